import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const launcher = join(import.meta.dirname, '..', '..', 'infra', 'run.cjs');
const folder = mkdtempSync(join(tmpdir(), 'throughline-'));
const launch = (...words: readonly string[]) => spawnSync(process.execPath, [launcher, ...words], { encoding: 'utf8' });

const script = (name: string, code: string): string => {
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
};

afterAll(() => rmSync(folder, { recursive: true }));

test('says how it is used', () => {
  const { status, stderr } = launch();
  expect(status).toBe(1);
  expect(stderr).toBe('throughline: usage: node infra/run.cjs FILE [arguments …]\n');
});

test('runs TypeScript on Node 24 with the arguments, and passes its exit code on', () => {
  const file = script(
    'answer.mts',
    'const major: number = Number.parseInt(process.versions.node); console.log(major, process.argv.slice(2)); process.exit(7);',
  );
  const { status, stdout } = launch(file, 'a b', '--fast');
  expect(stdout).toBe("24 [ 'a b', '--fast' ]\n");
  expect(status).toBe(7);
});

test('a signal becomes the exit code that a shell would give', () => {
  expect(launch(script('killed.mts', "process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 9_000);")).status).toBe(
    128 + 9,
  );
});
