import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../world/free-port.ts';
import type { LoadPlan } from './load.ts';
import type { Seen } from './probe.ts';
import { cpuOf, memoryOf, treeOf } from './process-cpu.ts';
import type { Spread } from './statistics.ts';

export interface LoadResult {
  readonly calls: number;
  readonly toModel: Spread;
  /** To the model, of the newest frame in each append only: it waited for no other. */
  readonly late: Spread;
  readonly toPhone: Spread;
  readonly lostToModel: number;
  readonly lostToPhone: number;
  readonly alien: number;
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
  /** Of the serving process that was latest. */
  readonly loopDelay: Seen['delay'];
  readonly profile: Seen['profile'];
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
  return spawn(command, rest, { cwd: root, env, stdio: 'pipe' });
};

const environmentOf = (
  system: System,
  port: number,
  { modelUrl, consolePort, folder }: { readonly modelUrl: string; readonly consolePort: number; readonly folder: string },
) => ({
  PATH: process.env['PATH'],
  PORT: String(port),
  CONSOLE_PORT: String(consolePort),
  PUBLIC_URL: `http://localhost:${port}`,
  OPENAI_BASE_URL: modelUrl,
  OPENAI_API_KEY: 'sk-bench',
  MODEL_URL: modelUrl.replace('http', 'ws'),
  STORE: `sqlite:${join(folder, 'bench.db')}`,
  BENCH_FOLDER: folder,
  NODE_OPTIONS: `--import=${join(import.meta.dirname, 'probe.ts')} --disable-warning=ExperimentalWarning`,
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

/** Lines of JSON that the load generator says. */
interface Said {
  readonly modelUrl?: string;
  readonly measuring?: true;
  readonly measured?: true;
  readonly result?: LoadResult;
}

/** One system under load: started when the model listens, its CPU time read between two moments of the generator. */
class Run {
  readonly #system: System;
  readonly #load: Load;
  readonly #ports: { readonly port: number; readonly consolePort: number };
  #served: ChildProcess | undefined;
  #pids: readonly number[] = [];
  /** Those that serve. A process that only keeps another alive is not watched: a probe would be most of its work. */
  #serving: readonly number[] = [];
  #before = { user: 0, system: 0 };
  #idle = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), 'throughline-bench-'));
  /** What the system printed on its error output. */
  readonly #words: string[] = [];
  #figures = { cpu: 0, kernel: 0, megabytesPerCall: 0 };

  constructor(system: System, load: Load, ports: { readonly port: number; readonly consolePort: number }) {
    this.#system = system;
    this.#load = load;
    this.#ports = ports;
  }

  /** The result, once it is there. */
  async hear(said: Said, go: () => void): Promise<Measured | undefined> {
    if (said.modelUrl !== undefined) {
      await this.#serve(said.modelUrl);
      go();
    } else if (said.measuring === true) {
      this.#signal();
      this.#before = cpuOf(this.#pids);
    } else if (said.measured === true) {
      this.#measure();
      this.#signal();
    }
    return said.result === undefined ? undefined : this.#result(said.result);
  }

  async #serve(modelUrl: string): Promise<void> {
    const { port, consolePort } = this.#ports;
    const env = environmentOf(this.#system, port, { modelUrl, consolePort, folder: this.#folder });
    this.#served = onCore(0, [join(root, this.#system.file)], env);
    this.#served.stdout?.resume();
    this.#served.stderr?.on('data', (words) => this.#words.push(String(words)));
    await listens(port).catch((error) => {
      throw new Error(`${this.#system.name}: ${error.message}\n${this.#words.join('').slice(-2_000)}`);
    });
    const { pids, leaves } = treeOf(this.#served.pid ?? 0);
    this.#pids = pids;
    this.#serving = leaves;
    this.#idle = memoryOf(this.#pids);
  }

  #measure(): void {
    const { calls, seconds } = this.#load;
    const after = cpuOf(this.#pids);
    const kernel = (after.system - this.#before.system) / (calls * seconds);
    const cpu = (after.user - this.#before.user) / (calls * seconds) + kernel;
    this.#figures = { cpu, kernel, megabytesPerCall: (memoryOf(this.#pids) - this.#idle) / calls };
  }

  /** To the probes. */
  #signal(): void {
    for (const pid of this.#serving) process.kill(pid, 'SIGUSR2');
  }

  async #result(result: LoadResult): Promise<Measured> {
    const seen = await Promise.all(this.#serving.map((pid) => this.#seenBy(pid)));
    const { delay, profile } = seen.reduce((one, other) => (other.delay.p99 > one.delay.p99 ? other : one));
    return { name: this.#system.name, ...this.#figures, ...result, loopDelay: delay, profile };
  }

  async #seenBy(pid: number): Promise<Seen> {
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        return JSON.parse(readFileSync(join(this.#folder, `${pid}.json`), 'utf8'));
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(`${this.#system.name}: process ${pid} did not say what it saw\n${this.#words.join('').slice(-2_000)}`);
  }

  async end(): Promise<void> {
    await this.#kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #kill(): Promise<void> {
    const served = this.#served;
    if (served === undefined || served.exitCode !== null) return;
    const ended = once(served, 'exit');
    served.kill('SIGTERM');
    const cancel = setTimeout(() => served.kill('SIGKILL'), 8_000);
    await ended;
    clearTimeout(cancel);
  }
}

/** Runs one system under one load, each on a core of its own. */
export const runLoad = async (system: System, load: Load): Promise<Measured> => {
  const ports = { port: await freePort(), consolePort: await freePort() };
  const plan: LoadPlan = { ...load, target: system.target, format: system.format, port: ports.port };
  const generator = onCore(1, [join(import.meta.dirname, 'load.ts'), JSON.stringify(plan)], process.env);
  generator.stderr?.pipe(process.stderr);
  const run = new Run(system, load, ports);
  try {
    if (generator.stdout === null) throw new Error('the load generator has no output');
    for await (const line of createInterface({ input: generator.stdout })) {
      const result = await run.hear(JSON.parse(line), () => generator.stdin?.write('go\n'));
      if (result !== undefined) return result;
    }
    throw new Error('the load generator ended without a result');
  } finally {
    generator.kill('SIGKILL');
    await run.end();
  }
};
