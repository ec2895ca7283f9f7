import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { consoleApp, described } from '../../../gateway/http/api.ts';
import { openapiDocument } from '../../../gateway/http/openapi.ts';
import { committedOpenapi } from './committed-openapi.ts';
import { emptyConsole, openConsole } from './console-world.ts';

const paths = z.record(
  z.string(),
  z.record(z.string(), z.object({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) })),
);
const document = z.looseObject({ openapi: z.string(), paths }).parse(openapiDocument(described));
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

/** The methods and paths that express answers, but those that only refuse. */
const served = (): readonly string[] => {
  const layers: unknown = consoleApp(emptyConsole()).router.stack;
  const layer = z.object({
    route: z.object({ path: z.string(), stack: z.array(z.object({ method: z.string().optional() })) }).optional(),
  });
  return z
    .array(layer)
    .parse(layers)
    .flatMap(({ route }) =>
      route === undefined
        ? []
        : [...new Set(route.stack.flatMap(({ method }) => method ?? []))].map(
            (method) => `${method.toUpperCase()} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`,
          ),
    );
};

describe('the description of the console', () => {
  test('is a valid OpenAPI 3.1 document', async () => {
    expect(document.openapi).toBe('3.1.0');
    const result = await new Validator().validate(JSON.parse(committedOpenapi()));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  test('the validator notices what is wrong', async () => {
    expect((await new Validator().validate({ ...openapiDocument(described), paths: { calls: { get: {} } } })).valid).toBe(
      false,
    );
  });

  test('has every route, and no other', () => {
    const routes = described.flatMap((description) => Object.keys(description));
    expect(routes.toSorted()).toEqual(served().toSorted());
    expect(routes.length).toBeGreaterThan(15);
  });

  test('refers to nothing that is not there, and each operation has a name of its own', () => {
    const text = committedOpenapi();
    const names = new Set(
      Object.keys(
        z.object({ components: z.object({ schemas: z.record(z.string(), z.unknown()) }) }).parse(JSON.parse(text)).components
          .schemas,
      ),
    );
    const referred = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, ref = '']) => ref);
    expect(referred.length).toBeGreaterThan(20);
    for (const ref of referred) expect(names).toContain(ref.replace('#/components/schemas/', ''));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('getCallsById');
  });

  test('is what is committed: if not, run npm run openapi', () => {
    const committed = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'openapi.json'), 'utf8');
    expect(committed === committedOpenapi(), 'docs/openapi.json is old: run `npm run openapi`').toBe(true);
  });

  test('is served', async () => {
    const { server, url } = await openConsole();
    afterAll(() => server.close());
    expect(await (await fetch(`${url}/api/v1/openapi.json`)).json()).toEqual(JSON.parse(committedOpenapi()));
  });
});
