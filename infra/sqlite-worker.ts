// The thread that owns one SQLite file, because node:sqlite is synchronous and another process's write blocks it.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from './errors.ts';
import { monotonicMs, type SqliteReply, type SqliteRequest } from './sqlite.ts';
import { SqliteEngine } from './sqlite-engine.ts';

let engine: SqliteEngine | undefined;

/** Opens at the first request, and again after a failure to open: a full disk or a missing mount can come right. */
const answer = (request: SqliteRequest): SqliteReply => {
  if (monotonicMs() > request.expiresAt) return { id: request.id, problem: 'the thread was busy for too long' };
  try {
    engine ??= new SqliteEngine(String(workerData));
    return { id: request.id, rows: engine.run(request.statements) };
  } catch (error) {
    return { id: request.id, problem: messageOf(error) };
  }
};

parentPort?.on('message', (request: SqliteRequest | 'close') => {
  if (request !== 'close') return parentPort?.postMessage(answer(request));
  engine?.close();
  parentPort?.close();
});
