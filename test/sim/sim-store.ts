import type { CallId } from '../../infra/brand.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { Append, AppendResult, ContextStore } from '../../store/context-store.ts';
import type { SimLine } from './sim-line.ts';

/** A store as a process is connected to it. */
export interface StoreConnection extends ContextStore {
  /** The process heard that this was taken. */
  took?(batch: Append): void;
  /** Which connection it is: an answer to what was asked over an earlier one is never heard. */
  readonly heardOf?: number;
  /** The process hears that another server has taken over. */
  hears?(): void;
}

/** A context store as one process sees it, over its line. */
export class SimStore implements ContextStore {
  readonly #store: StoreConnection;
  readonly #line: SimLine;
  /** The store said that it has this. */
  readonly #onTaken: (batch: Append) => void;

  constructor(store: StoreConnection, line: SimLine, onTaken: (batch: Append) => void) {
    this.#store = store;
    this.#line = line;
    this.#onTaken = onTaken;
  }

  claim = (callId: CallId, owner: string) => this.#over(() => this.#store.claim(callId, owner));
  load = (callId: CallId) => this.#over(() => this.#store.load(callId));
  recent = (limit: number) => this.#over(() => this.#store.recent(limit));
  unfinished: ContextStore['unfinished'] = (query) => this.#over(() => this.#store.unfinished(query));
  finish = (callId: CallId) => this.#over(() => this.#store.finish(callId));
  ping = () => this.#over(() => this.#store.ping());
  close = async () => {};

  append = (batch: Append) => this.appends(batch);

  protected async appends(batch: Append): Promise<AppendResult> {
    const result = await this.#over(() => this.#store.append(batch));
    if (result.kind !== 'appended') return result;
    this.#store.took?.(batch);
    this.#onTaken(batch);
    return result;
  }

  async #over<Result>(work: () => Promise<Result>): Promise<Result> {
    const { heardOf } = this.#store;
    const result = await this.#line.over(work);
    if (this.#store.heardOf !== heardOf) throw new ThroughlineError('store-unavailable', 'the connection is closed');
    return result;
  }
}
