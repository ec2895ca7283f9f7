import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

const root = join(import.meta.dirname, '..', '..');

/** A gateway as `npm start` runs it: a supervisor and its serving process, real ones. */
export interface GatewayProcess {
  readonly port: number;
  readonly consoleUrl: string;
  /** Process id of the supervisor. */
  readonly pid: number;
  /** Process ids of the serving processes now. */
  workers(): readonly number[];
  /** All that was printed so far. */
  output(): string;
  /** SIGTERM, and waits for the end. Safe when it is gone already. */
  stop(): Promise<void>;
  /** The machine is gone: SIGKILL of supervisor and serving processes at once. */
  kill9(): Promise<void>;
  /** The machine hangs: SIGSTOP of all of them. */
  freeze(): void;
  thaw(): void;
}

const untilReady = (child: ChildProcess, output: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    const look = () => {
      if (output().includes('ready for calls')) resolve();
    };
    child.stderr?.on('data', look);
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}:\n${output()}`)));
  });

/** Starts `gateway/main.ts` with these settings on free ports; its serving processes get the flags, too. Linux only: finds the workers in /proc. */
export const startGateway = async (
  settings: Readonly<Record<string, string>>,
  nodeFlags: readonly string[] = [],
): Promise<GatewayProcess> => {
  const [port, consolePort] = await Promise.all([freePort(), freePort()]);
  const flags = ['--disable-warning=ExperimentalWarning', ...nodeFlags];
  const child = spawn(process.execPath, [...flags, join(root, 'gateway', 'main.ts')], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...settings, PORT: String(port), CONSOLE_PORT: String(consolePort) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => parts.push(data.toString()));
  const output = () => parts.join('');
  await untilReady(child, output);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const pid = child.pid ?? 0;
  const workers = (): readonly number[] =>
    hasEnded()
      ? []
      : readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
          .split(' ')
          .filter((text) => text !== '')
          .map(Number);
  // Stopped and killed from the top, so that a supervisor does not see its workers go.
  const signalAll = (signal: NodeJS.Signals): void => {
    const all = [pid, ...workers()];
    for (const each of all) process.kill(each, signal);
  };
  return {
    port,
    pid,
    consoleUrl: `http://127.0.0.1:${consolePort}`,
    workers,
    output,
    stop: async () => {
      if (hasEnded()) return;
      child.kill('SIGTERM');
      await ended;
    },
    kill9: async () => {
      if (hasEnded()) return;
      signalAll('SIGKILL');
      await ended;
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => {
      if (!hasEnded()) signalAll('SIGCONT');
    },
  };
};
