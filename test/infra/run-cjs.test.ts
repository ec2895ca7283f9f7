import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

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

describe('a launcher whose parent goes away', () => {
  /** Says each signal, and ends a while after the first. */
  const says = script(
    'says.mts',
    `for (const signal of ['SIGINT', 'SIGTERM'])
       process.on(signal, () => { process.stdout.write(signal + ' '); setTimeout(() => process.exit(0), 1_200); });
     setTimeout(() => process.exit(1), 9_000);
     process.stdout.write('up ');`,
  );
  const parentOf = script(
    'parent.cjs',
    `const child = require('node:child_process').spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' });
     process.on('SIGUSR2', () => child.kill('SIGINT'));`,
  );

  /** What the child says when its launcher's parent is killed, maybe after the launcher itself got SIGINT. */
  const said = async ({ interrupted, words = [] }: { interrupted?: boolean; words?: readonly string[] }) => {
    const env = { ...process.env, npm_lifecycle_event: 'start' };
    const between = spawn(process.execPath, [parentOf, launcher, ...words, says], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    const closed = once(between.stdout, 'close'); // the child's end is its last holder
    const heard = (part: string) =>
      new Promise<void>((resolve) => between.stdout.on('data', () => text.includes(part) && resolve()));
    between.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    await heard('up');
    if (interrupted === true) {
      between.kill('SIGUSR2');
      await heard('SIGINT');
    }
    between.kill('SIGKILL');
    await closed;
    return text;
  };

  test.each([[['--keep']], [[]]])('%j passes the end of npm on as SIGTERM', async (words) => {
    expect(await said({ words })).toBe('up SIGTERM ');
  });

  test('does not signal a second time when it was asked before', async () => {
    expect(await said({ interrupted: true, words: ['--keep'] })).toBe('up SIGINT ');
  });
});
