import { decodeMulaw, frameBytes } from '../world/carrier/mulaw.ts';
import { candidates, likeness } from './alignment.ts';

/** The caller's line as the carrier sent it. */
export interface SentLine {
  /** Mu-law of the line, 8 kHz, from the first ring on. */
  readonly mulaw: Uint8Array;
  /** The first sample of every frame of 20 ms that was sent, in order. */
  readonly frames: readonly number[];
}

/** What one session of the model received: mu-law at 8 kHz, or PCM16 little-endian at 24 kHz. */
export interface ReceivedAudio {
  readonly bytes: Buffer;
  readonly format: 'pcmu' | 'pcm';
}

/** A frame that is alike by this much is that frame: our resampler leaves more than 0.95, other frames of hiss are under 0.3. */
const alikeEnough = 0.75;
/** So far, in samples, a filter can mix a frame with what stands beside it, or hold it back at the end of a session: 3 ms. */
const filterSamples = 24;
/** How far, in frames, to look for where a session goes on after a gap. */
const searchFrames = 100;

/** 24 kHz as three readings of 8 kHz, each a third of a sample later: the resampler's delay is no whole sample. */
const phasesOf = ({ bytes, format }: ReceivedAudio): Float64Array[] => {
  if (format === 'pcmu') return [Float64Array.from(decodeMulaw(bytes))];
  return [0, 1, 2].map((phase) =>
    Float64Array.from({ length: Math.floor(bytes.length / 6) }, (_, at) => bytes.readInt16LE(6 * at + 2 * phase)),
  );
};

/** One session's audio with the place on the line where it begins: sample `at` of `samples` is `at + offset` of the line. */
interface Placed {
  readonly samples: Float64Array;
  readonly offset: number;
}

interface Found {
  readonly samples: Float64Array;
  readonly at: number;
  readonly likeness: number;
}

/** Where a piece is on the line, and in which reading it is most alike. One reading tells where to look; there all are compared. */
const finest = (
  phases: readonly Float64Array[],
  { at, probe }: { readonly at: number; readonly probe: number },
  line: Float64Array,
): Found => {
  const samples = phases[phases.length >> 1] ?? new Float64Array(0);
  let best: Found = { samples, at: 0, likeness: -1 };
  const last = line.length - probe;
  const near = candidates({ samples, at }, line, probe).flatMap((found) => [found - 1, found, found + 1]);
  for (const place of new Set(near)) {
    if (place < 0 || place > last) continue;
    for (const reading of phases) {
      const alike = likeness({ samples: reading, at }, { samples: line, at: place }, probe);
      if (alike > best.likeness) best = { samples: reading, at: place, likeness: alike };
    }
  }
  return best;
};

/** Where the session's audio begins on the line; undefined when none of it is on the line. */
const place = (received: ReceivedAudio, line: Float64Array): Placed | undefined => {
  const phases = phasesOf(received);
  const length = phases[0]?.length ?? 0;
  const probe = 2 * frameBytes;
  // The first frame has the start of the filter in it, and any other may be damaged.
  for (let at = frameBytes; at + probe <= length; at += 5 * frameBytes) {
    const found = finest(phases, { at, probe }, line);
    if (found.likeness >= alikeEnough) return { samples: found.samples, offset: found.at - at };
  }
  return undefined;
};

/** Where a session goes on after a gap is proved by so many frames in a row: one alone could be a vowel that repeats itself. */
const confirmingFrames = 6;
/** Close to a session's end fewer have to do. */
const fewestConfirming = 3;

/** The jumps to try, nearest first, in frames: one more, one less, two more, and so on. */
const shifts = Array.from({ length: 2 * searchFrames }, (_, at) => (at % 2 === 0 ? 1 : -1) * ((at >> 1) + 1));

/** How alike a frame is with the session's audio at an offset; 0 where the session has none. Only its inner part counts. */
const match = (line: Float64Array, frame: number, { samples, offset }: Placed): number => {
  const at = frame + filterSamples - offset;
  const length = frameBytes - 2 * filterSamples;
  if (at < 0 || at + length > samples.length) return 0;
  return likeness({ samples: line, at: at + offset }, { samples, at }, length);
};

/** Whether the frames from this one on, but for those behind the session's end, are all there at an offset. */
const continues = (line: Float64Array, { samples, offset }: Placed, frame: number): boolean => {
  let seen = 0;
  for (let at = frame; seen < confirmingFrames; at += frameBytes) {
    if (at - offset + frameBytes - filterSamples > samples.length) break;
    if (match(line, at, { samples, offset }) < alikeEnough) return false;
    seen += 1;
  }
  return seen >= fewestConfirming;
};

/** Numbers of the frames that one session received. A stretch of its audio stands for one frame only. */
const heardBy = (received: ReceivedAudio, line: Float64Array, frames: readonly number[]): Set<number> => {
  const placed = place(received, line);
  if (placed === undefined) return new Set();
  const { samples } = placed;
  let { offset } = placed;
  const owners = new Map<number, number>();
  frames.forEach((frame, number) => {
    const at = (shift: number): Placed => ({ samples, offset: offset + shift * frameBytes });
    if (match(line, frame, at(0)) < alikeEnough) {
      const shift = shifts.find((by) => continues(line, at(by), frame));
      if (shift === undefined) return;
      offset += shift * frameBytes;
    }
    // A vowel repeats itself: behind a lost frame the next one can pass for it, for a while. The claim of the later frame is better.
    owners.set(Math.round((frame - offset) / frameBytes), number);
  });
  return new Set(owners.values());
};

/**
 * Numbers of the sent frames whose sound is in no session's input. Recognises each frame by its content (the line hisses, so
 * that every frame is unlike the others), so neither a replay nor silence hides a loss.
 */
export const framesLost = (sent: SentLine, sessions: readonly ReceivedAudio[]): number[] => {
  const line = Float64Array.from(decodeMulaw(sent.mulaw));
  const heard = sessions.map((session) => heardBy(session, line, sent.frames));
  return sent.frames.flatMap((_, number) => (heard.some((frames) => frames.has(number)) ? [] : [number]));
};
