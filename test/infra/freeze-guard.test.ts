import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const module = join(import.meta.dirname, '..', '..', 'infra', 'freeze-guard.ts');

/** A process that is guarded and then does this. How it ended, and what it said. */
const guarded = async (script: string, meanwhile: (pid: number) => Promise<void> = async () => {}) => {
  const text = `const { guardAgainstFreezing } = await import(${JSON.stringify(module)});
    const busy = (span) => { const until = performance.now() + span; while (performance.now() < until); };
    const end = guardAgainstFreezing();
    setTimeout(async () => { ${script} }, 300);`;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, 'exit');
  await meanwhile(child.pid ?? 0);
  const [code, signal] = await ended;
  return { end: signal ?? code, said };
};

describe('a process whose event loop stands still', () => {
  it('is killed, and says why', async () => {
    const { end, said } = await guarded('busy(60_000)');
    expect(end).toBe('SIGKILL');
    expect(said).toMatch(/event loop stands still/);
  });

  it('is killed when it waits for something that does not come', async () => {
    const { end } = await guarded('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)');
    expect(end).toBe('SIGKILL');
  });

  it('is left alone when it was only busy for a while, again and again', async () => {
    const { end } = await guarded(
      'for (let i = 0; i < 8; i += 1) { busy(300); await new Promise((r) => setTimeout(r, 120)); } await end();',
    );
    expect(end).toBe(0);
  });

  it.skipIf(process.platform === 'win32')('is left alone when all of it was stopped', async () => {
    const { end } = await guarded('setTimeout(() => end(), 2_000)', async (pid) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      process.kill(pid, 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 4_500));
      process.kill(pid, 'SIGCONT');
    });
    expect(end).toBe(0);
  });
});
