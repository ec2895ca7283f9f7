import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../world/free-port.ts';
import type { LoadPlan } from './load.ts';
import { cpuOf, memoryOf, treeOf } from './process-cpu.ts';
import type { Spread } from './statistics.ts';

export interface LoadResult {
  readonly calls: number;
  readonly toModel: Spread;
  readonly toPhone: Spread;
  readonly lostToModel: number;
  readonly lostToPhone: number;
  readonly alien: number;
  readonly framesPerAppend: number;
  readonly clear: Spread;
  readonly truncation: Spread;
  readonly generatorBusy: number;
}

export interface Measured extends LoadResult {
  readonly name: string;
  /** CPU milliseconds per second of one call, all processes. */
  readonly cpu: number;
  /** The part of it that is the kernel's. */
  readonly kernel: number;
  readonly megabytesPerCall: number;
}

/** Something that serves calls: a file of ours that Node runs. */
export interface System {
  readonly name: string;
  readonly file: string;
  readonly target: 'gateway' | 'bridge';
  readonly format: 'pcm' | 'pcmu';
  readonly env?: Readonly<Record<string, string>>;
}

export type Load = Pick<LoadPlan, 'calls' | 'seconds' | 'deltaMs' | 'pace' | 'interrupts'>;

const root = join(import.meta.dirname, '..', '..');
const hasTaskset = spawnSync('taskset', ['--version']).status === 0;

/** Whether each side has a core of its own. */
export const isPinned = hasTaskset;

const onCore = (core: number, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess => {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...args];
  const [command = '', ...rest] = hasTaskset ? ['taskset', '-c', String(core), ...node] : node;
  return spawn(command, rest, { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] });
};

const environmentOf = (
  system: System,
  port: number,
  { modelUrl, consolePort }: { modelUrl: string; consolePort: number },
) => ({
  PATH: process.env['PATH'],
  PORT: String(port),
  CONSOLE_PORT: String(consolePort),
  PUBLIC_URL: `http://localhost:${port}`,
  OPENAI_BASE_URL: modelUrl,
  OPENAI_API_KEY: 'sk-bench',
  MODEL_URL: modelUrl.replace('http', 'ws'),
  STORE: `sqlite:${join(mkdtempSync(join(tmpdir(), 'throughline-bench-')), 'bench.db')}`,
  LOG_LEVEL: 'error',
  THROUGHLINE_DRAIN_SECONDS: '1',
  THROUGHLINE_MAX_CALLS: '5000',
  THROUGHLINE_AUDIO: system.format,
  ...system.env,
});

const listens = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/healthz`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing listens on port ${port}`);
};

/** Runs one system under one load, each on a core of its own. */
export const runLoad = async (system: System, load: Load): Promise<Measured> => {
  const port = await freePort();
  const consolePort = await freePort();
  const plan: LoadPlan = { ...load, target: system.target, format: system.format, port };
  const generator = onCore(1, [join(import.meta.dirname, 'load.ts'), JSON.stringify(plan)], process.env);
  let served: ChildProcess | undefined;
  let pids: readonly number[] = [];
  let before = { user: 0, system: 0 };
  let idle = 0;
  let figures = { cpu: 0, kernel: 0, megabytesPerCall: 0 };
  try {
    if (generator.stdout === null) throw new Error('the load generator has no output');
    for await (const line of createInterface({ input: generator.stdout })) {
      const said = JSON.parse(line);
      if (said.modelUrl !== undefined) {
        served = onCore(0, [join(root, system.file)], environmentOf(system, port, { modelUrl: said.modelUrl, consolePort }));
        served.stdout?.resume();
        await listens(port);
        pids = treeOf(served.pid ?? 0);
        idle = memoryOf(pids);
        generator.stdin?.write('go\n');
      } else if (said.measuring === true) before = cpuOf(pids);
      else if (said.measured === true) {
        const after = cpuOf(pids);
        const seconds = load.calls * load.seconds;
        const kernel = (after.system - before.system) / seconds;
        const cpu = (after.user - before.user) / seconds + kernel;
        figures = { cpu, kernel, megabytesPerCall: (memoryOf(pids) - idle) / load.calls };
      } else if (said.result !== undefined) return { name: system.name, ...figures, ...said.result };
    }
    throw new Error('the load generator ended without a result');
  } finally {
    generator.kill('SIGKILL');
    if (served !== undefined && served.exitCode === null) {
      const ended = once(served, 'exit');
      served.kill('SIGTERM');
      const cancel = setTimeout(() => served?.kill('SIGKILL'), 8_000);
      await ended;
      clearTimeout(cancel);
    }
  }
};
