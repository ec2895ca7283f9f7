import type { SealingKey } from '../../store/context/seal.ts';
import type { RecordingPart } from '../call/recording-port.ts';
import { type PieceKind, sealedHeader, sealedHeaderBytes, sealedSecondBytes, sealPiece } from './sealed-sound.ts';
import { wavHeader, wavHeaderBytes } from './wav.ts';

/** Bytes, and where in the file they go. */
interface Placed {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/** How a part is written. */
export interface PartFormat {
  /** Whether the header says how much sound there is. */
  readonly tellsLength: boolean;
  /** Of sound that was added. */
  readonly soundBytes: number;
  header(soundBytes: number): Uint8Array;
  /** A second of sound, or at last less. */
  add(sound: Uint8Array): Placed;
  /** What marks the end, if anything does. */
  end(): Placed | undefined;
}

/** A WAV file, valid whenever its header was written. */
export const plainFormat = (): PartFormat => {
  let soundBytes = 0;
  return {
    tellsLength: true,
    get soundBytes() {
      return soundBytes;
    },
    header: wavHeader,
    add(sound) {
      const position = wavHeaderBytes + soundBytes;
      soundBytes += sound.length;
      return { bytes: sound, position };
    },
    end: () => undefined,
  };
};

/** Pieces sealed with the call's key. */
export const sealedFormat = (key: SealingKey, part: RecordingPart): PartFormat => {
  let soundBytes = 0;
  let number = 0;
  let end = sealedHeaderBytes;
  const piece = (kind: PieceKind, sound: Uint8Array): Placed => {
    const bytes = sealPiece(key, { part, number }, { kind, sound });
    const position = end;
    number += 1;
    end += bytes.length;
    soundBytes += sound.length;
    return { bytes, position };
  };
  return {
    tellsLength: false,
    get soundBytes() {
      return soundBytes;
    },
    header: () => sealedHeader(key),
    add: (sound) => piece('sound', sound),
    end: () => piece('end', new Uint8Array(0)),
  };
};

/** Where the piece with a second of sound begins. */
export const placeOfSecond = (number: number): number => sealedHeaderBytes + number * sealedSecondBytes;
