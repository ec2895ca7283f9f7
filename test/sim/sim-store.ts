import type { CallId } from '../../infra/brand.ts';
import type { Append, ContextStore } from '../../store/context-store.ts';
import type { SimLine } from './sim-line.ts';

/** A context store as one process sees it, over its line. */
export class SimStore implements ContextStore {
  readonly #store: ContextStore;
  readonly #line: SimLine;
  /** The store said that it has this. */
  readonly #onTaken: (batch: Append) => void;

  constructor(store: ContextStore, line: SimLine, onTaken: (batch: Append) => void) {
    this.#store = store;
    this.#line = line;
    this.#onTaken = onTaken;
  }

  claim = (callId: CallId, owner: string) => this.#line.over(() => this.#store.claim(callId, owner));
  load = (callId: CallId) => this.#line.over(() => this.#store.load(callId));
  recent = (limit: number) => this.#line.over(() => this.#store.recent(limit));
  unfinished: ContextStore['unfinished'] = (query) => this.#line.over(() => this.#store.unfinished(query));
  finish = (callId: CallId) => this.#line.over(() => this.#store.finish(callId));
  ping = () => this.#line.over(() => this.#store.ping());
  close = async () => {};

  append = async (batch: Append) => {
    const result = await this.#line.over(() => this.#store.append(batch));
    if (result.kind === 'appended') this.#onTaken(batch);
    return result;
  };
}
