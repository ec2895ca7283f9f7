import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { Supervisor, type SupervisorFact } from '../../infra/supervisor.ts';

const root = join(import.meta.dirname, '..', '..');
const script = join(root, 'test', 'infra', 'stand-in-worker.ts');
const running: Supervisor[] = [];

const supervise = async (
  change: { readonly workers?: number; readonly env?: Record<string, string>; readonly drainMs?: number } = {},
) => {
  const facts: SupervisorFact[] = [];
  const waiting = new Set<() => void>();
  const supervisor = new Supervisor({
    script,
    workers: change.workers ?? 1,
    port: 0,
    host: '127.0.0.1',
    env: { PATH: process.env['PATH'], ...change.env },
    drainMs: change.drainMs ?? 5_000,
    clock: systemClock,
    report: (fact) => {
      facts.push(fact);
      for (const look of waiting) look();
    },
  });
  running.push(supervisor);
  const port = await supervisor.start();
  /** Resolves when so many facts of a type have been reported. */
  const seen = (type: SupervisorFact['type'], count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (facts.filter((fact) => fact.type === type).length < count) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { supervisor, port, facts, seen };
};

const request = async (port: number, path = '/'): Promise<IncomingMessage> => {
  const [response] = await once(get({ port, path, host: '127.0.0.1', agent: new Agent({ keepAlive: false }) }), 'response');
  return response;
};

const ask = async (port: number): Promise<{ readonly pid: number; readonly worker: string; readonly isFirst: boolean }> => {
  const chunks: string[] = [];
  for await (const chunk of (await request(port)).setEncoding('utf8')) chunks.push(chunk);
  return JSON.parse(chunks.join(''));
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

afterEach(async () => {
  for (const supervisor of running.splice(0)) {
    supervisor.abort();
    await supervisor.ended;
  }
});

describe('supervisor', () => {
  test('a connection made before any worker is ready is answered by the first one', async () => {
    const { supervisor, port } = await supervise();
    const answer = ask(port);
    expect(await supervisor.ready).toBe(true);
    expect((await answer).pid).not.toBe(process.pid);
  });

  test('a killed worker costs its own connections; what comes meanwhile is answered by the next worker', async () => {
    const { port, seen, facts } = await supervise();
    const first = await ask(port);
    const running = await request(port, '/stay');
    const cut = new Promise<void>((resolve) =>
      running
        .on('close', resolve)
        .on('error', () => {})
        .resume(),
    );
    process.kill(first.pid, 'SIGKILL');
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(port)));
    await cut;
    await seen('worker-ready', 2);
    expect(new Set(answers.map(({ pid }) => pid))).toHaveLength(1);
    expect(answers[0]?.pid).not.toBe(first.pid);
    expect(answers[0]?.worker).toBe('1');
    expect([first.isFirst, answers[0]?.isFirst]).toEqual([true, false]);
    expect(facts).toContainEqual({ type: 'worker-ended', worker: 1, how: 'SIGKILL', restartMs: 0 });
  });

  test('fast repeated deaths are followed by longer and longer waits', async () => {
    const { port, seen, facts } = await supervise();
    for (const death of [1, 2, 3]) {
      process.kill((await ask(port)).pid, 'SIGKILL'); // from the second on asked while there is no worker
      await seen('worker-ended', death);
    }
    expect(facts.filter((fact) => fact.type === 'worker-ended').map((fact) => fact.restartMs)).toEqual([0, 250, 500]);
  });

  test('several workers take turns', async () => {
    const { port, seen } = await supervise({ workers: 2 });
    await seen('worker-ready', 2);
    const answers = [await ask(port), await ask(port), await ask(port), await ask(port)];
    expect(answers.map(({ worker }) => worker).toSorted()).toEqual(['1', '1', '2', '2']);
  });

  test('time limits of the HTTP server hold for connections that were handed over', async () => {
    const { supervisor, port } = await supervise();
    await supervisor.ready;
    const slow = connect(port, '127.0.0.1', () => slow.write('GET / HTTP/1.1\r\nHost: x\r\n'));
    const [answer] = await once(slow.setEncoding('utf8'), 'data');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    slow.destroy();
  });

  test('stop ends every worker and frees the port', async () => {
    const { supervisor, port, seen } = await supervise({ workers: 2 });
    await seen('worker-ready', 2);
    const pids = [(await ask(port)).pid, (await ask(port)).pid];
    supervisor.stop();
    supervisor.stop();
    expect(await supervisor.ended).toEqual({ kind: 'stopped' });
    expect(pids.map(isAlive)).toEqual([false, false]);
    await expect(ask(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a worker that does not end in time is killed', async () => {
    const { supervisor, port, facts } = await supervise({ env: { STAND_IN_STUBBORN: '1' }, drainMs: 200 });
    const { pid } = await ask(port);
    supervisor.stop();
    expect((await ask(port)).pid).toBe(pid); // while it drains it still answers
    await supervisor.ended;
    expect(facts.at(-1)).toEqual({ type: 'worker-ended', worker: 1, how: 'SIGKILL', restartMs: undefined });
  });

  test('gives up when a worker says by its exit code that it can never start', async () => {
    const { supervisor } = await supervise({ env: { STAND_IN_EXIT: '3' } });
    expect(await supervisor.ready).toBe(false);
    expect(await supervisor.ended).toEqual({ kind: 'never-ready', exitCode: 3 });
  });

  test('workers do not outlive a killed supervisor', async () => {
    const code = `
      const { Supervisor } = await import(${JSON.stringify(join(root, 'infra', 'supervisor.ts'))});
      const { systemClock } = await import(${JSON.stringify(join(root, 'infra', 'clock.ts'))});
      const script = ${JSON.stringify(script)};
      const supervisor = new Supervisor({ script, workers: 1, port: 0, env: process.env, drainMs: 0, clock: systemClock, report: () => {} });
      await supervisor.start();
      if (await supervisor.ready) process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.resume();
    // The pipe closes when the last process that holds it has ended: the worker.
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');
  });

  test('a port in use is an error that says so', async () => {
    const { port } = await supervise();
    const second = new Supervisor({
      ...{ script, workers: 1, port, host: '127.0.0.1', env: {}, drainMs: 0, clock: systemClock },
      report: () => {},
    });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
