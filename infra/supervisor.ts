import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { ms } from './brand.ts';
import type { Cancel, Clock } from './clock.ts';
import { ConnectionQueue, type WaitingConnection } from './supervisor/connection-queue.ts';

/** What happens to the workers, for a log. `worker` is the number of the place, from 1; a restarted worker keeps it. */
export type SupervisorFact =
  | { readonly type: 'worker-started'; readonly worker: number; readonly pid: number | undefined }
  | { readonly type: 'worker-ready'; readonly worker: number }
  | { readonly type: 'worker-ended'; readonly worker: number; readonly how: string; readonly restartMs: number | undefined }
  | { readonly type: 'connection-given-up' };

export interface SupervisorOptions {
  /** The worker's module. It calls `receiveConnections` and then `reportReady`. */
  readonly script: string;
  readonly workers: number;
  readonly port: number;
  /** `undefined`: all addresses. */
  readonly host?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Flags of Node for the workers; `undefined`: those of this process. */
  readonly nodeFlags?: readonly string[];
  /** How long workers may take to end politely before they are killed. */
  readonly drainMs: number;
  readonly clock: Clock;
  report(fact: SupervisorFact): void;
}

/** `stopped`: as asked. `never-ready`: a worker ended by itself, with an error, before any was ever ready: trying again won't help. */
export type SupervisorEnd = { readonly kind: 'stopped' } | { readonly kind: 'never-ready'; readonly exitCode: number };

interface Worker {
  readonly number: number;
  process: ChildProcess | undefined;
  ready: boolean;
  startedAt: number;
  /** How often it was started. */
  starts: number;
  /** Deaths in a row, each soon after the start. */
  quickDeaths: number;
  /** Handed over, but not yet acknowledged: they go to another worker if this one dies. */
  readonly handed: Map<number, WaitingConnection>;
  cancelRestart: Cancel | undefined;
}

/** A worker that lived this long was fine: the next death starts a new count. */
const soonMs = 10_000;

/** No wait after a first death; then 250 ms, doubling up to 10 s. */
const restartDelay = (quickDeaths: number): number =>
  quickDeaths <= 1 ? 0 : Math.min(10_000, 250 * 2 ** (quickDeaths - 2));

/**
 * Owns the listening port and keeps worker processes alive behind it. The supervisor accepts connections and hands each, unread,
 * to a worker that is ready; while there is none they wait, so a request sent while the only worker restarts is answered by
 * the next one. The port stays open while workers drain: running calls still get their webhooks.
 */
export class Supervisor {
  /** Resolves when the first worker is ready, or when there never will be one. */
  readonly ready: Promise<boolean>;
  readonly ended: Promise<SupervisorEnd>;
  readonly #options: SupervisorOptions;
  readonly #workers: readonly Worker[];
  readonly #queue: ConnectionQueue;
  readonly #server: Server;
  readonly #settleReady: (ready: boolean) => void;
  readonly #settleEnd: (end: SupervisorEnd) => void;
  #next = 0;
  /** `starting` until a worker was ready once; `stopping` from the first cause of an end, which stays. */
  #phase: 'starting' | 'serving' | SupervisorEnd = 'starting';

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const ready = Promise.withResolvers<boolean>();
    const ended = Promise.withResolvers<SupervisorEnd>();
    [this.ready, this.#settleReady] = [ready.promise, ready.resolve];
    [this.ended, this.#settleEnd] = [ended.promise, ended.resolve];
    this.#queue = new ConnectionQueue(options.clock, () => options.report({ type: 'connection-given-up' }));
    this.#workers = Array.from({ length: options.workers }, (_, index) => newWorker(index + 1));
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Takes the port, then starts the workers. Rejects with Node's error (`EADDRINUSE` …) when the port can't be taken. */
  async start(): Promise<number> {
    const { port, host } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
    for (const worker of this.#workers) this.#launch(worker);
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Asks all workers to end, waits for their drain, then kills what is left. Safe to call twice. */
  stop(): void {
    this.#end({ kind: 'stopped' }, this.#options.drainMs);
  }

  /** Kills all workers now. */
  abort(): void {
    this.stop();
    for (const worker of this.#workers) worker.process?.kill('SIGKILL');
  }

  #end(end: SupervisorEnd, drainMs: number): void {
    if (typeof this.#phase === 'object') return;
    this.#phase = end;
    for (const worker of this.#workers) {
      worker.cancelRestart?.();
      worker.process?.kill('SIGTERM');
    }
    const kill = this.#options.clock.after(ms(drainMs), () => this.abort());
    void this.ended.then(kill);
    this.#endWhenAllAreGone();
  }

  #endWhenAllAreGone(): void {
    if (typeof this.#phase !== 'object' || this.#workers.some((worker) => worker.process !== undefined)) return;
    this.#server.close();
    this.#queue.abort();
    this.#settleReady(false);
    this.#settleEnd(this.#phase);
  }

  #launch(worker: Worker): void {
    worker.starts += 1;
    const ofWorker = { THROUGHLINE_WORKER_NUMBER: String(worker.number), THROUGHLINE_WORKER_START: String(worker.starts) };
    const env = { ...this.#options.env, ...ofWorker };
    const { script, nodeFlags } = this.#options;
    // Without flags of its own a worker gets ours, less an `-e` that must not be run again.
    const child = fork(script, [], nodeFlags === undefined ? { env } : { env, execArgv: [...nodeFlags] });
    worker.process = child;
    worker.startedAt = this.#options.clock.now();
    this.#options.report({ type: 'worker-started', worker: worker.number, pid: child.pid });
    child.on('message', (message) => this.#told(worker, message));
    child.on('error', () => {}); // a failed send; 'exit' follows, or the message comes back unacknowledged
    child.once('exit', (code, signal) => this.#gone(worker, code, signal));
  }

  #told(worker: Worker, message: unknown): void {
    if (isReady(message)) {
      worker.ready = true;
      if (this.#phase === 'starting') this.#phase = 'serving';
      this.#options.report({ type: 'worker-ready', worker: worker.number });
      this.#settleReady(true);
      this.#dispatch();
    } else if (isTaken(message)) {
      // The worker has its own copy of the socket now. Ours was never read; closing it does not end the connection.
      worker.handed.get(message.taken)?.socket.destroy();
      worker.handed.delete(message.taken);
    }
  }

  #gone(worker: Worker, code: number | null, signal: NodeJS.Signals | null): void {
    const wasQuick = this.#options.clock.now() - worker.startedAt < soonMs;
    worker.process = undefined;
    worker.ready = false;
    worker.quickDeaths = wasQuick ? worker.quickDeaths + 1 : 1;
    this.#queue.putBack([...worker.handed.values()]);
    worker.handed.clear();
    const hopeless = this.#phase === 'starting' && code !== null && code !== 0;
    const restartMs = hopeless || typeof this.#phase === 'object' ? undefined : restartDelay(worker.quickDeaths);
    this.#options.report({ type: 'worker-ended', worker: worker.number, how: signal ?? `exit code ${code}`, restartMs });
    if (hopeless) this.#end({ kind: 'never-ready', exitCode: code }, 2_000);
    if (restartMs === undefined) this.#endWhenAllAreGone();
    else this.#restart(worker, restartMs);
    this.#dispatch();
  }

  #restart(worker: Worker, delay: number): void {
    if (delay === 0) this.#launch(worker);
    else worker.cancelRestart = this.#options.clock.after(ms(delay), () => this.#launch(worker));
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    this.#queue.add(socket);
    this.#dispatch();
  }

  /** Hands waiting connections to ready workers in turn. */
  #dispatch(): void {
    const ready = this.#workers.filter((worker) => worker.ready);
    while (ready.length > 0) {
      const connection = this.#queue.take();
      if (connection === undefined) return;
      const worker = ready[this.#next++ % ready.length];
      worker?.handed.set(connection.id, connection);
      // `keepOpen`: until the worker says that it has the socket, ours is the only sure copy.
      worker?.process?.send({ connection: connection.id }, connection.socket, { keepOpen: true }, () => {});
    }
  }
}

const newWorker = (number: number): Worker => ({
  number,
  process: undefined,
  ready: false,
  startedAt: 0,
  starts: 0,
  quickDeaths: 0,
  handed: new Map(),
  cancelRestart: undefined,
});

const isReady = (message: unknown): boolean => typeof message === 'object' && message !== null && 'ready' in message;
const isTaken = (message: unknown): message is { readonly taken: number } =>
  typeof message === 'object' && message !== null && 'taken' in message && typeof message.taken === 'number';
