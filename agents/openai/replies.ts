import type { SessionEvent } from '../session.ts';
import type { ModelEvent, ToolCall } from './model-event.ts';

/** A message of the agent. Counts bytes, because chunks are of any length and milliseconds would lose the odd ones. */
interface Item {
  readonly id: string;
  bytes: number;
  text: string;
  ended: boolean;
  /** What the model was told to keep, once it was truncated. */
  keptMs: number | undefined;
}

interface Reply {
  readonly response: string;
  readonly asked: boolean;
  readonly items: Map<string, Item>;
  /** Announced but not known to be complete; acted on when the response completes. */
  readonly calls: Map<string, ToolCall>;
  /** Cancelled or talked over: what still comes of it is not passed on. */
  silenced: boolean;
  inText: boolean;
  tools: number;
}

type Of<Kind extends ModelEvent['kind']> = Extract<ModelEvent, { kind: Kind }>;

/** Items that can still be truncated. More than a phone leg ever has queued. */
const itemsKept = 64;

/**
 * The responses under way and what they said, item by item. Whatever belongs to a response that has not begun, is over or was
 * cancelled is dropped, by its id.
 */
export class Replies {
  readonly #emit: (event: SessionEvent) => void;
  readonly #bytesPerMs: number;
  readonly #live = new Map<string, Reply>();
  readonly #items = new Map<string, Item>();
  readonly #actedOn = new Set<string>();
  /** The item that was heard of last, while more of it may be heard: most audio is of the same as the audio before. */
  #last: Item | undefined;
  #lastResponse = '';
  #lastId = '';

  constructor(bytesPerMs: number, emit: (event: SessionEvent) => void) {
    this.#bytesPerMs = bytesPerMs;
    this.#emit = emit;
  }

  begin(response: string, asked: boolean): void {
    if (this.#live.has(response)) return;
    const fresh = { items: new Map(), calls: new Map(), silenced: false, inText: false, tools: 0 };
    this.#live.set(response, { response, asked, ...fresh });
    this.#emit({ type: 'response-started', response, asked });
  }

  /** From now on nothing of this response is heard. */
  silence(response: string | undefined): void {
    const reply = response === undefined ? undefined : this.#live.get(response);
    if (reply === undefined) return;
    reply.silenced = true;
    this.#last = undefined;
  }

  /** Counts audio. `false`: it is stale and must not be played. */
  addAudio(event: Of<'audio'>): boolean {
    const item = this.#item(event.response, event.item);
    if (item === undefined) return false;
    item.bytes += event.bytes.byteLength;
    return true;
  }

  addWords({ response, item: id, delta, spoken }: Of<'words'>): boolean {
    const item = this.#item(response, id);
    if (item === undefined) return false;
    item.text += delta;
    if (!spoken) this.#noteText(response);
    this.#emit({ type: 'agent-text', response, item: id, delta });
    return true;
  }

  /** The whole text of an item; stands even if deltas were missing. */
  endWords({ response, item: id, text, spoken }: Of<'words-ended'>): boolean {
    const item = this.#item(response, id);
    if (item === undefined) return false;
    item.text = text;
    if (!spoken) this.#noteText(response);
    return true;
  }

  endItem({ response, item: id, call, complete }: Of<'item-ended'>): boolean {
    const reply = this.#live.get(response);
    if (reply === undefined) return false;
    const item = id === undefined ? undefined : reply.items.get(id);
    if (item !== undefined && !reply.silenced) this.#endItem(response, item);
    if (call !== undefined) this.announce(response, call);
    // `arguments.done` is sent for cut-off calls too, so only the item's own status says that the arguments are whole.
    if (call !== undefined && complete && !reply.silenced) this.#act(reply, call);
    return true;
  }

  /** Remembers a call until its response completes. */
  announce(response: string, call: ToolCall): boolean {
    const reply = this.#live.get(response);
    reply?.calls.set(call.toolCallId, call);
    return reply !== undefined;
  }

  /** Ends a response: its open items first, then its calls if it completed, then itself. */
  finish({ response, status, failure, calls, usage }: Of<'response-done'>): boolean {
    const reply = this.#live.get(response);
    if (reply === undefined) return false;
    this.#live.delete(response);
    this.#last = undefined;
    for (const item of reply.items.values()) this.#endItem(response, item);
    if (status === 'completed') for (const call of [...reply.calls.values(), ...calls]) this.#act(reply, call);
    const spoke = [...reply.items.values()].some((item) => item.bytes > 0);
    const { asked, tools } = reply;
    const text = reply.inText && !spoke;
    this.#emit({ type: 'response-ended', response, asked, status, spoke, text, tools, failure, usage });
    return true;
  }

  /** Where to truncate, as an integer in ms, or `undefined` when there is nothing to tell the model. */
  truncation(id: string, heardMs: number): number | undefined {
    const item = this.#items.get(id);
    if (item === undefined || item.bytes === 0 || Number.isNaN(heardMs)) return undefined;
    const generated = this.#generatedMs(item);
    if (heardMs >= generated && item.ended) return undefined;
    const end = Math.floor(Math.min(Math.max(heardMs, 0), generated));
    if (item.keptMs !== undefined && end >= item.keptMs) return undefined;
    item.keptMs = end;
    return end;
  }

  #generatedMs(item: Item): number {
    return item.bytes / this.#bytesPerMs;
  }

  #noteText(response: string): void {
    const reply = this.#live.get(response);
    if (reply !== undefined) reply.inText = true;
  }

  #item(response: string, id: string): Item | undefined {
    if (this.#last !== undefined && response === this.#lastResponse && id === this.#lastId) return this.#last;
    const reply = this.#live.get(response);
    if (reply === undefined || reply.silenced) return undefined;
    this.#lastResponse = response;
    this.#lastId = id;
    this.#last = reply.items.get(id) ?? this.#newItem(reply, id);
    return this.#last;
  }

  #newItem(reply: Reply, id: string): Item {
    const item = { id, bytes: 0, text: '', ended: false, keptMs: undefined };
    reply.items.set(id, item);
    this.#items.set(id, item);
    for (const oldest of this.#items.keys()) {
      if (this.#items.size <= itemsKept) break;
      this.#items.delete(oldest);
    }
    return item;
  }

  #endItem(response: string, item: Item): void {
    if (item.ended) return;
    item.ended = true;
    this.#emit({ type: 'agent-item-ended', response, item: item.id, text: item.text, generatedMs: this.#generatedMs(item) });
  }

  #act(reply: Reply, call: ToolCall): void {
    if (this.#actedOn.has(call.toolCallId)) return;
    this.#actedOn.add(call.toolCallId);
    reply.tools += 1;
    this.#emit({ type: 'tool-requested', response: reply.response, ...call });
  }
}
