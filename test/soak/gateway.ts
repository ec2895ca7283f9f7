import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { treeOf } from '../bench/process-cpu.ts';
import { freePort } from '../world/free-port.ts';
import type { Holdings } from './probe.ts';

const root = join(import.meta.dirname, '..', '..');
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const until = async (what: string, done: () => boolean | Promise<boolean>, limit = 30_000): Promise<void> => {
  for (let waited = 0; waited < limit; waited += 100) {
    if (await done()) return;
    await sleep(100);
  }
  throw new Error(`${what} did not happen within ${limit / 1_000} s`);
};

/** The gateway as `npm start` runs it, with a probe in its serving process. */
export class SoakedGateway {
  readonly port: number;
  readonly #consolePort: number;
  readonly #folder: string;
  readonly #child: ChildProcess;

  static async start(modelUrl: string): Promise<SoakedGateway> {
    const gateway = new SoakedGateway(await freePort(), await freePort(), modelUrl);
    await until('the start of the gateway', async () => (await gateway.#activeCalls()) === 0);
    return gateway;
  }

  private constructor(port: number, consolePort: number, modelUrl: string) {
    this.port = port;
    this.#consolePort = consolePort;
    this.#folder = mkdtempSync(join(tmpdir(), 'throughline-soak-'));
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'gateway', 'main.ts')], {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        CONSOLE_PORT: String(consolePort),
        STORE: `sqlite:${join(this.#folder, 'soak.db')}`,
        OPENAI_BASE_URL: modelUrl,
        OPENAI_API_KEY: 'sk-soak',
        LOG_LEVEL: 'fatal',
        THROUGHLINE_DRAIN_SECONDS: '1',
        SOAK_FOLDER: this.#folder,
        NODE_OPTIONS: `--import=${join(import.meta.dirname, 'probe.ts')}`,
      },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
  }

  async #activeCalls(): Promise<number | undefined> {
    try {
      const text = await (await fetch(`http://127.0.0.1:${this.#consolePort}/metrics`)).text();
      return Number(/^throughline_calls_active (\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      return undefined;
    }
  }

  /** Waits until no call is left. */
  async quiet(): Promise<void> {
    await until('the end of all calls', async () => (await this.#activeCalls()) === 0);
  }

  /** What the serving process holds now. */
  async holdings(): Promise<Holdings> {
    const [pid] = treeOf(this.#child.pid ?? 0).leaves;
    if (pid === undefined || pid === this.#child.pid) throw new Error('the gateway has no serving process');
    const file = join(this.#folder, `${pid}.json`);
    rmSync(file, { force: true });
    process.kill(pid, 'SIGUSR2');
    let read: Holdings | undefined;
    await until('the reading', () => {
      try {
        read = JSON.parse(readFileSync(file, 'utf8'));
        return true;
      } catch {
        return false;
      }
    });
    if (read === undefined) throw new Error('no reading');
    return read;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
