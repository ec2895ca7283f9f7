import { Worker } from 'node:worker_threads';
import { messageOf, ThroughlineError } from './errors.ts';
import { SqliteEngine, type SqliteManner, type SqlRow, type SqlStatement } from './sqlite-engine.ts';

/** Rows per statement, in the order of the statements. */
export type SqlResult = readonly (readonly SqlRow[])[];

export interface SqliteRequest {
  readonly id: number;
  readonly statements: readonly SqlStatement[];
  /** Reading of `monotonicMs`: a request that waited too long is refused, not run late. */
  readonly expiresAt: number;
}

export type SqliteReply =
  | { readonly id: number; readonly rows: SqlResult }
  | { readonly id: number; readonly problem: string };

/** One SQLite database. Several processes may open the same file; each transaction waits for the others' for a moment. */
export interface Sqlite {
  /** All statements in one transaction, or none. Rejects with `store-unavailable`. `what` names the call in the error. */
  run(what: string, statements: readonly SqlStatement[]): Promise<SqlResult>;
  /** Lets what was asked before end. Safe to call twice. */
  close(): Promise<void>;
}

/** Opens a database: `:memory:` on this thread (it never blocks), a file on a worker thread of its own. */
export const openSqlite = (path: string, manner: SqliteManner = {}): Sqlite =>
  path === ':memory:' ? new MemorySqlite() : new FileSqlite({ path, manner });

/** What the thread of a file is told. */
export interface SqliteFile {
  readonly path: string;
  readonly manner: SqliteManner;
}

/** One clock for all threads of the process. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

const unavailable = (what: string, problem: string): ThroughlineError =>
  new ThroughlineError('store-unavailable', `SQLite could not ${what}: ${problem}`, { facts: { what } });

class MemorySqlite implements Sqlite {
  readonly #engine = new SqliteEngine(':memory:');

  async run(what: string, statements: readonly SqlStatement[]): Promise<SqlResult> {
    try {
      return this.#engine.run(statements);
    } catch (error) {
      throw unavailable(what, messageOf(error));
    }
  }

  async close(): Promise<void> {
    this.#engine.close();
  }
}

interface Pending {
  readonly what: string;
  readonly resolve: (rows: SqlResult) => void;
  readonly reject: (error: ThroughlineError) => void;
}

const patienceMs = 2_000;
/** While there is much to do, requests that come within this time share a post and a transaction. */
const togetherMs = 100;
/** Who asks now and then, one request after another, does not wait: so many posts go at once, and each quiet `togetherMs` gives one back. */
const mostAtOnce = 30;

class FileSqlite implements Sqlite {
  readonly #file: SqliteFile;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #closing: Promise<void> | undefined;
  #lastId = 0;
  /** Requests that go to the thread with the next post. */
  readonly #waiting: SqliteRequest[] = [];
  #atOnce = mostAtOnce;
  #countedAt = monotonicMs();
  #isPosting = false;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  run(what: string, statements: readonly SqlStatement[]): Promise<SqlResult> {
    if (this.#closing !== undefined) return Promise.reject(unavailable(what, 'it was closed'));
    this.#lastId += 1;
    const request: SqliteRequest = { id: this.#lastId, statements, expiresAt: monotonicMs() + patienceMs };
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { what, resolve, reject });
      this.#waiting.push(request);
      this.#postSoon();
    });
  }

  /**
   * With what is asked for in the same moment as long as there was little; else together with what comes within a while. To wake a thread costs as much as
   * its work.
   */
  #postSoon(): void {
    if (this.#isPosting) return;
    this.#isPosting = true;
    const now = monotonicMs();
    this.#atOnce = Math.min(mostAtOnce, this.#atOnce + (now - this.#countedAt) / togetherMs);
    this.#countedAt = now;
    if (this.#atOnce >= 1) queueMicrotask(() => this.#post());
    else setTimeout(() => this.#post(), Math.ceil((1 - this.#atOnce) * togetherMs));
  }

  #post(): void {
    this.#isPosting = false;
    const requests = this.#waiting.splice(0);
    if (requests.length === 0) return;
    this.#atOnce -= 1;
    this.#running().postMessage(requests);
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#post();
      if (this.#worker === undefined) return resolve();
      this.#worker.once('exit', () => resolve());
      this.#worker.postMessage('close');
    });
    return this.#closing;
  }

  /** The thread; a new one if the last one died. */
  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), { workerData: this.#file });
    worker.on('message', (replies: readonly SqliteReply[]) => {
      for (const reply of replies) this.#settle(reply);
    });
    let problem = 'its thread ended';
    worker.on('error', (error) => {
      problem = messageOf(error);
    });
    worker.on('exit', () => this.#lose(problem)); // always follows 'error'
    this.#worker = worker;
    return worker;
  }

  #settle(reply: SqliteReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('rows' in reply) pending?.resolve(reply.rows);
    else pending?.reject(unavailable(pending.what, reply.problem));
  }

  #lose(problem: string): void {
    this.#worker = undefined;
    for (const { what, reject } of this.#pending.values()) reject(unavailable(what, problem));
    this.#pending.clear();
    this.#waiting.length = 0; // refused with the others
  }
}
