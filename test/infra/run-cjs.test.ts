import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  expect(stderr).toBe('throughline: usage: node infra/run.cjs [--keep] FILE [arguments …]\n');
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

test('--keep starts again what was killed, but not what ended, nor for ever', () => {
  const marks = join(folder, 'marks');
  const dies = (times: number) =>
    script(
      `dies-${times}.mts`,
      `import { appendFileSync, readFileSync } from 'node:fs';
       appendFileSync('${marks}', 'x');
       if (readFileSync('${marks}').length <= ${times}) { process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 9_000); }
       process.exitCode = 3;`,
    );
  writeFileSync(marks, '');
  expect(launch('--keep', dies(2)).status).toBe(3);
  expect(readFileSync(marks, 'utf8')).toBe('xxx');
  writeFileSync(marks, '');
  expect(launch('--keep', dies(99)).status).toBe(128 + 9);
  expect(readFileSync(marks, 'utf8')).toBe('xxxxx');
});
