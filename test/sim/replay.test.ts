import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { inTheBackground } from './in-the-background.ts';
import { fingerprint } from './replay.ts';

inTheBackground();

it('seeds play the same in another process, word for word', async () => {
  const seeds = [1, 7, 23, 99];
  const script = fileURLToPath(new URL('./replay.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...seeds.map(String)], { timeout: 300_000 });
  expect(stdout).toMatch(/^[0-9a-f]{64}$/);
  expect(stdout).toBe(await fingerprint(seeds));
}, 600_000);
