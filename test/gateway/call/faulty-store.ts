import { type CallId, term } from '../../../infra/brand.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import { openSqlite } from '../../../infra/sqlite.ts';
import type { Append, AppendResult, Claim, ContextStore } from '../../../store/context-store.ts';
import { contextTables, SqliteContextStore } from '../../../store/sqlite-context-store.ts';
import { FakeClock } from '../../world/clock.ts';

export const memoryStore = async (): Promise<ContextStore> => {
  const sqlite = openSqlite(':memory:');
  await sqlite.run('prepare', contextTables);
  return new SqliteContextStore(sqlite, { clock: new FakeClock(), keepDays: 30 });
};

/** A real store behind a line that a test cuts. */
export class FaultyStore implements ContextStore {
  /** `away`: every request fails. `silent`: requests are never answered. */
  line: 'good' | 'away' | 'silent' = 'good';
  /** What the next appends are answered, in place of the store's word. */
  readonly scripted: AppendResult[] = [];
  /** The seqs of each append that was tried. */
  readonly appends: number[][] = [];
  claims = 0;
  readonly #store: ContextStore;

  constructor(store: ContextStore) {
    this.#store = store;
  }

  claim(callId: CallId, owner: string): Promise<Claim> {
    this.claims += 1;
    return this.#over(() => this.#store.claim(callId, owner));
  }

  append(batch: Append): Promise<AppendResult> {
    this.appends.push(batch.events.map(({ seq }) => seq));
    const answer = this.scripted.shift();
    return this.#over(() => (answer === undefined ? this.#store.append(batch) : Promise.resolve(answer)));
  }

  load = (callId: CallId) => this.#over(() => this.#store.load(callId));
  recent = (limit: number) => this.#over(() => this.#store.recent(limit));
  unfinished: ContextStore['unfinished'] = (query) => this.#over(() => this.#store.unfinished(query));
  finish = (callId: CallId) => this.#over(() => this.#store.finish(callId));
  ping = () => this.#over(() => this.#store.ping());
  close = () => this.#store.close();

  async #over<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.line === 'away') throw new ThroughlineError('store-unavailable', 'cut');
    if (this.line === 'silent') return new Promise(() => {});
    return work();
  }
}

export const stale: AppendResult = { kind: 'stale', term: term(9), owner: 'other' };
