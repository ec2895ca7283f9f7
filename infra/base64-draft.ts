import { base64Length, encodeBase64Into, shortBytes } from './base64.ts';
import type { Draft } from './websocket/frame-writer.ts';

/** Messages that are the same but for some bytes as base64, which needs no escapes in JSON: nothing is made but the message itself. */
export class Base64Draft implements Draft {
  length = 0;
  readonly #head: Buffer;
  readonly #tail: Buffer;
  #bytes: Uint8Array = new Uint8Array(0);

  /** What stands before and behind the base64: ASCII. */
  constructor(head: string, tail: string) {
    this.#head = Buffer.from(head);
    this.#tail = Buffer.from(tail);
  }

  /** The message with these bytes: good until the next call, and as long as they stay as they are. */
  of(bytes: Uint8Array): this {
    this.#bytes = bytes;
    this.length = this.#head.length + base64Length(bytes.length) + this.#tail.length;
    return this;
  }

  writeTo(out: Buffer, at: number): void {
    const bytes = this.#bytes;
    const start = at + this.#head.length;
    out.set(this.#head, at);
    if (bytes.length <= shortBytes) encodeBase64Into(bytes, out, start);
    else out.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'), start, 'latin1');
    out.set(this.#tail, at + this.length - this.#tail.length);
  }
}
