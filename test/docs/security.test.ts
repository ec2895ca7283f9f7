import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('SECURITY.md', () => {
  const rows = [...read('SECURITY.md').matchAll(/^\| (D\d+) \|.*\| (`test[^|]*) \|$/gm)].map(([, row = '', tests = '']) => ({
    row,
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }));

  it('names tests that are there, for every row', () => {
    expect(rows.length).toBeGreaterThanOrEqual(20);
    expect(rows.filter(({ tests }) => tests.length === 0)).toEqual([]);
    expect(rows.flatMap(({ tests }) => tests).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('what is installed', () => {
  const lock = z
    .object({
      packages: z.record(
        z.string(),
        z.object({
          hasInstallScript: z.boolean().optional(),
          resolved: z.string().optional(),
          integrity: z.string().optional(),
          link: z.boolean().optional(),
        }),
      ),
    })
    .parse(JSON.parse(read('package-lock.json')));
  const manifest = z
    .object({
      allowScripts: z.record(z.string(), z.boolean()),
      dependencies: z.record(z.string(), z.string()),
      devDependencies: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(read('package.json')));
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

  it('runs no script that nobody decided on', () => {
    const scripted = Object.entries(lock.packages).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript === true ? [nameOf(path)] : [],
    );
    expect(scripted.filter((name) => !(name in manifest.allowScripts))).toEqual([]);
  });

  it('is what was published: each package has the hash of its content', () => {
    const unsure = Object.entries(lock.packages).filter(
      ([path, { integrity, link }]) => path !== '' && link !== true && integrity === undefined,
    );
    expect(unsure.map(([path]) => path)).toEqual([]);
  });

  it('is asked for by exact versions', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
