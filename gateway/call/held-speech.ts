import type { Epoch } from '../../infra/brand.ts';

export interface AgentAudio {
  readonly bytes: Uint8Array;
  readonly item: string;
  readonly response: string;
}

type Piece = AgentAudio | { readonly ended: string };

/** As much as one session may say before it is heard: 90 s of 24 kHz PCM. */
const mostBytes = 90 * 48_000;

interface Held {
  readonly pieces: Piece[];
  bytes: number;
  /** A response that said more than is held: the rest of it is not heard either. */
  cut: string | undefined;
}

/** What sessions say that are not bound yet, in order. Bounded: a model can make ten minutes of speech in a second. */
export class HeldSpeech {
  readonly #held = new Map<Epoch, Held>();

  /** Copies the bytes. */
  add(epoch: Epoch, audio: AgentAudio): void {
    const held = this.#held.get(epoch) ?? { pieces: [], bytes: 0, cut: undefined };
    this.#held.set(epoch, held);
    if (held.bytes + audio.bytes.byteLength > mostBytes) held.cut = audio.response;
    if (held.cut !== undefined) return;
    held.bytes += audio.bytes.byteLength;
    held.pieces.push({ ...audio, bytes: audio.bytes.slice() });
  }

  /** All audio of an item came. */
  itemEnded(epoch: Epoch, item: string): void {
    this.#held.get(epoch)?.pieces.push({ ended: item });
  }

  take(epoch: Epoch): Pick<Held, 'pieces' | 'cut'> {
    const held = this.#held.get(epoch) ?? { pieces: [], cut: undefined };
    this.#held.delete(epoch);
    return held;
  }

  forget(epoch: Epoch): void {
    this.#held.delete(epoch);
  }
}
