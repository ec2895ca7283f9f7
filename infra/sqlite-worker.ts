// The thread that owns one SQLite file, because node:sqlite is synchronous and another process's write blocks it.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from './errors.ts';
import { monotonicMs, type SqliteFile, type SqliteReply, type SqliteRequest } from './sqlite.ts';
import { SqliteEngine, type SqlOutcome } from './sqlite-engine.ts';

const { path, manner }: SqliteFile = workerData;
let engine: SqliteEngine | undefined;

/** Opens at the first request, and again after a failure to open: a full disk or a missing mount can come right. */
const answer = (requests: readonly SqliteRequest[]): readonly SqliteReply[] => {
  const now = monotonicMs();
  const inTime = requests.filter(({ expiresAt }) => expiresAt >= now);
  const late = requests.filter(({ expiresAt }) => expiresAt < now);
  return [...late.map(({ id }) => ({ id, problem: 'the thread was busy for too long' })), ...work(inTime)];
};

const work = (requests: readonly SqliteRequest[]): readonly SqliteReply[] => {
  if (requests.length === 0) return [];
  try {
    engine ??= new SqliteEngine(path, manner);
    const outcomes = engine.runTogether(requests.map(({ statements }) => statements));
    return requests.map(({ id }, index) => replyOf(id, outcomes[index]));
  } catch (error) {
    return requests.map(({ id }) => ({ id, problem: messageOf(error) }));
  }
};

const replyOf = (id: number, outcome: SqlOutcome | undefined): SqliteReply => {
  if (outcome !== undefined && 'rows' in outcome) return { id, rows: outcome.rows };
  return { id, problem: messageOf(outcome?.error) };
};

parentPort?.on('message', (requests: readonly SqliteRequest[] | 'close') => {
  if (requests !== 'close') return parentPort?.postMessage(answer(requests));
  engine?.close();
  parentPort?.close();
});
