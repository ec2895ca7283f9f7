import { type ClientItem, type Refusal, refusal } from './client-events.ts';

/** An item as the server sends it; only what the server itself reads is typed. */
export interface WireItem {
  readonly id: string;
  readonly object: 'realtime.item';
  readonly type: string;
  readonly role?: string;
  status: string;
  content?: { readonly type: string; readonly text?: string; transcript?: string | null }[];
  readonly name?: string;
  readonly call_id?: string;
  arguments?: string;
  readonly output?: string;
}

export interface Item {
  readonly wire: WireItem;
  readonly madeBy: 'client' | 'server';
  /** Milliseconds of assistant audio generated so far. */
  generatedMs: number;
}

/** The default conversation: items in order, ids unique. */
export class Conversation {
  readonly items: Item[] = [];

  find(id: string): Item | undefined {
    return this.items.find((item) => item.wire.id === id);
  }

  /** Adds at the end and gives the id of the item before. */
  append(wire: WireItem, madeBy: Item['madeBy']): string | null {
    const previous = this.items.at(-1)?.wire.id ?? null;
    this.items.push({ wire, madeBy, generatedMs: 0 });
    return previous;
  }

  /** Adds a client's item where it wants it: behind `after`, at the start for `root`, at the end for undefined. */
  create(id: string, item: ClientItem, after: string | undefined): { previous: string | null; wire: WireItem } | Refusal {
    if (this.find(id) !== undefined) return refusal('invalid_value', `Item '${id}' already exists.`, 'item.id');
    const at = this.#placeAfter(after);
    if (at === undefined) return refusal('item_not_found', `Item '${after}' does not exist.`, 'previous_item_id');
    if (item.type === 'function_call_output' && !this.#hasCall(item.call_id)) {
      return refusal('invalid_value', `No function call with call_id '${item.call_id}'.`, 'item.call_id');
    }
    const wire = { ...item, id, object: 'realtime.item', status: 'completed' } as WireItem;
    this.items.splice(at, 0, { wire, madeBy: 'client', generatedMs: 0 });
    return { previous: this.items[at - 1]?.wire.id ?? null, wire };
  }

  /** Cuts an assistant's audio; its transcript goes with it. */
  truncate(id: string, audioEndMs: number): Item | Refusal {
    const item = this.find(id);
    if (item === undefined) return refusal('item_truncate_invalid_item_id', `Item '${id}' does not exist.`, 'item_id');
    const audio = item.wire.content?.find((part) => part.type === 'output_audio');
    if (item.wire.role !== 'assistant' || audio === undefined) {
      return refusal('invalid_value', 'Only assistant audio can be truncated.', 'item_id');
    }
    if (audioEndMs > item.generatedMs) {
      const message = `Audio content of ${Math.floor(item.generatedMs)} ms is already shorter than ${audioEndMs} ms.`;
      return refusal('invalid_value', message, 'audio_end_ms');
    }
    audio.transcript = null;
    return item;
  }

  remove(id: string): Refusal | undefined {
    const at = this.items.findIndex((item) => item.wire.id === id);
    if (at < 0) return refusal('item_delete_invalid_item_id', `Item '${id}' does not exist.`, 'item_id');
    this.items.splice(at, 1);
    return undefined;
  }

  #placeAfter(after: string | undefined): number | undefined {
    if (after === undefined) return this.items.length;
    if (after === 'root') return 0;
    const at = this.items.findIndex((item) => item.wire.id === after);
    return at < 0 ? undefined : at + 1;
  }

  #hasCall(callId: string): boolean {
    return this.items.some((item) => item.wire.type === 'function_call' && item.wire.call_id === callId);
  }
}

export const isRefusal = (value: object): value is Refusal => 'code' in value && 'message' in value;
