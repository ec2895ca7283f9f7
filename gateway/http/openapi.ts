import type { Express } from 'express';
import { z } from 'zod';
import { onlyAllowed } from './console-answers.ts';
import type { AnswerDescription, Description, Operation } from './describe.ts';
import { isPage, refusalsOf } from './refusal-descriptions.ts';
import { withoutQuery } from './rest/query.ts';
import { problemSchema } from './schemas/problem.ts';

type Json = Readonly<Record<string, unknown>>;

const path = '/api/v1/openapi.json';

export const describeOpenapi: Description = {
  [`GET ${path}`]: {
    summary: 'This description',
    needsNoStore: true,
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) } },
  },
};

const componentPath = '#/components/schemas/';

/** What zod writes once a schema has an id: the schema itself, and what it refers to beside it. */
class Components {
  readonly found = new Map<string, unknown>();

  /** The JSON schema of what is sent. What has an id goes among the components, and is referred to. */
  schemaOf(schema: z.ZodType): Json {
    const {
      $schema: _,
      $defs = {},
      ...whole
    } = z.toJSONSchema(schema, {
      io: 'input',
      target: 'draft-2020-12',
    });
    for (const [id, part] of Object.entries($defs)) this.found.set(id, placed(withoutId(part)));
    const id = schema.meta()?.id;
    if (id === undefined) return placed(whole);
    this.found.set(id, placed(withoutId(whole)));
    return { $ref: componentPath + id };
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const withoutId = (schema: unknown): unknown => {
  if (!isObject(schema)) return schema;
  const { id: _, $schema: __, ...rest } = schema;
  return rest;
};

/** The same with its references where OpenAPI has them. */
const placed = (schema: unknown): Json => {
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', componentPath) : moved(inner),
      ]),
    );
  };
  const whole = moved(schema);
  return isObject(whole) ? whole : {};
};

const queryParameters = (query: z.ZodObject, components: Components): readonly Json[] =>
  Object.entries(query.shape).map(([name, inner]) => {
    const { description, ...schema } = components.schemaOf(inner);
    return { name, in: 'query', required: false, ...(description === undefined ? {} : { description }), schema };
  });

const pathParameters = (named: Readonly<Record<string, string>>): readonly Json[] =>
  Object.entries(named).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }));

const contentOf = ({ schema, csv = false, text }: AnswerDescription, components: Components): Json => ({
  ...(schema === undefined ? {} : { 'application/json': { schema: components.schemaOf(schema) } }),
  ...(csv ? { 'text/csv': { schema: { type: 'string' } } } : {}),
  ...(text === undefined ? {} : { [text]: { schema: { type: 'string' } } }),
});

const problemContent = (components: Components): Json => ({
  'application/problem+json': { schema: components.schemaOf(problemSchema) },
});

const fileNameHeader = { 'Content-Disposition': 'CSV only: that it is a file, and its name.' };

const headersOf = ({ headers = {}, csv = false }: AnswerDescription): Json =>
  Object.fromEntries(
    Object.entries({ ...headers, ...(csv ? fileNameHeader : {}) }).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );

const answerOf = (status: number, answer: AnswerDescription, components: Components): Json => {
  const isProblem = status >= 400 && answer.schema === undefined && answer.text === undefined;
  const content = isProblem ? problemContent(components) : contentOf(answer, components);
  const headers = headersOf(answer);
  return {
    description: answer.description,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
};

/** `GET /api/v1/calls/{id}`: getCallsById; of a page: getCallsByIdPage */
const operationIdOf = (method: string, place: string, operation: Operation): string => {
  const words = place
    .replace('/api/v1', '')
    .replaceAll('{', 'by-')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${method}${words.join('')}${isPage(operation) ? 'Page' : ''}`;
};

const operationOf = (route: string, operation: Operation, components: Components): Json => {
  const [method = '', place = ''] = route.split(' ');
  const { summary, description, named = {}, query, body, isBodyOptional = false } = operation;
  const answers = { ...refusalsOf(method, operation), ...operation.answers };
  const parameters = [...pathParameters(named), ...(query === undefined ? [] : queryParameters(query, components))];
  const responses = Object.entries(answers).map(([status, answer]) => [
    status,
    answerOf(Number(status), answer, components),
  ]);
  return {
    operationId: operationIdOf(method.toLowerCase(), place, operation),
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: !isBodyOptional, content: { 'application/json': { schema: components.schemaOf(body) } } },
        }),
    responses: {
      ...Object.fromEntries(responses),
      default: { description: 'Any other error.', content: problemContent(components) },
    },
  };
};

/** The OpenAPI 3.1 document of some routes. Pure. */
export const openapiDocument = (descriptions: readonly Description[]): Json => {
  const components = new Components();
  const paths = new Map<string, Record<string, Json>>();
  for (const [route, operation] of descriptions.flatMap((description) => Object.entries(description))) {
    const [method = '', place = ''] = route.split(' ');
    const methods = paths.get(place) ?? {};
    methods[method.toLowerCase()] = operationOf(route, operation, components);
    paths.set(place, methods);
  }
  const sorted = <Value>(entries: Iterable<[string, Value]>) =>
    Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : 1)));
  return {
    openapi: '3.1.0',
    info: {
      title: 'throughline console',
      version: '1',
      description: 'What is known about calls and handoffs. Times are ISO 8601, UTC. Errors are problems (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://127.0.0.1:8081', description: 'The console port of a gateway.' }],
    paths: sorted(paths),
    components: { schemas: sorted(components.found) },
  };
};

/** `GET /api/v1/openapi.json`: the description of all that is served. */
export const serveOpenapi = (app: Express, descriptions: readonly Description[]): void => {
  const document = openapiDocument(descriptions);
  app
    .route(path)
    .all(withoutQuery)
    .get((_request, response) => {
      response.json(document);
    })
    .all(onlyAllowed('GET'));
};
