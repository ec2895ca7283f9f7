// `npm run check`: everything that can be said about the code without running it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const modules = join(root, 'node_modules');
const floors = ['infra', 'store', 'agents', 'gateway', 'test'].filter((folder) => existsSync(join(root, folder)));
const inCi = process.env['CI'] !== undefined && process.env['CI'] !== '';

/** Each tool's own script, run by this very Node. */
const tools: readonly (readonly [string, readonly string[]])[] = [
  ['format and lint', ['@biomejs/biome/bin/biome', inCi ? 'ci' : 'check', '.']],
  ['types', ['typescript/bin/tsc', '-p', '.']],
  ['layers', ['dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.cjs', ...floors]],
  ['dead code', ['knip/bin/knip.js', '--no-progress']],
];

interface Outcome {
  readonly name: string;
  readonly good: boolean;
  readonly seconds: string;
  readonly output: string;
}

const run = (name: string, [script = '', ...words]: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const started = performance.now();
    const chunks: string[] = [];
    const child = spawn(process.execPath, [join(modules, script), ...words], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    child.on('close', (code) => {
      resolve({
        name,
        good: code === 0,
        seconds: ((performance.now() - started) / 1_000).toFixed(1),
        output: chunks.join(''),
      });
    });
  });

const outcomes = await Promise.all(tools.map(([name, command]) => run(name, command)));
for (const { good, name, output } of outcomes) if (!good) process.stdout.write(`\n--- ${name}\n${output.trimEnd()}\n`);
process.stdout.write('\n');
for (const { name, good, seconds } of outcomes) {
  process.stdout.write(`${good ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${seconds.padStart(5)} s\n`);
}
process.exitCode = outcomes.every(({ good }) => good) ? 0 : 1;
