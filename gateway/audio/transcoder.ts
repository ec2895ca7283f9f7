import { type FrameCodec, Framer, MULAW_FRAME } from './framer.ts';
import { decodeInto, encodeInto, MULAW_SILENCE } from './g711.ts';
import { Downsampler, Upsampler } from './resample.ts';

/**
 * Speech between one phone leg (mu-law, 8 kHz) and the model's format. One per session that hears
 * the caller, and one per session that is heard, so that each begins with fresh filter memory; the agent's side also with each `reset`.
 *
 * What is returned may be reused, or be the argument itself: valid until the next call of the same transcoder.
 */
export interface Transcoder {
  /** The caller's speech for the model, as long as it came: 1 to 1,600 bytes. Throws on more. */
  toModel(mulaw: Uint8Array): Uint8Array;
  /** The model's speech for the phone: any length, odd too. Whole 20 ms frames, maybe none; the rest waits for the next piece. */
  toPhone(audio: Uint8Array): Uint8Array;
  /**
   * The model stopped speaking: what still waits, filled up with silence to whole frames. None, one or, when the filter's end
   * reaches beyond the first, two. Then as after `reset`.
   */
  endOfSpeech(): Uint8Array;
  /** Forgets all of the model's speech that waits: after a barge-in, and when another session is bound. */
  reset(): void;
}

/** The most that one message of Media Streams brings: 200 ms. */
const LONGEST_FROM_PHONE = 1_600;
const PCM_FRAME_SAMPLES = 480;
const BYTES_PER_SAMPLE = 2;

/** Model to phone: PCM16 little-endian at 24 kHz to mu-law. */
const pcmToMulaw = (): FrameCodec => {
  const downsampler = new Downsampler(PCM_FRAME_SAMPLES);
  const wide = new Int16Array(PCM_FRAME_SAMPLES);
  const narrow = new Int16Array(MULAW_FRAME);
  return {
    frameBytes: PCM_FRAME_SAMPLES * BYTES_PER_SAMPLE,
    silence: 0,
    encode: (frame, mulaw, start) => {
      for (let index = 0; index < PCM_FRAME_SAMPLES; index++) {
        wide[index] = (frame[2 * index] ?? 0) | ((frame[2 * index + 1] ?? 0) << 8);
      }
      downsampler.process(wide, PCM_FRAME_SAMPLES, narrow);
      encodeInto(narrow, mulaw, start);
    },
    ringing: () => downsampler.ringing(),
    reset: () => downsampler.reset(),
  };
};

/** Phone to model: mu-law to PCM16 little-endian at 24 kHz. */
const mulawToPcm = (): ((mulaw: Uint8Array) => Uint8Array) => {
  const upsampler = new Upsampler(LONGEST_FROM_PHONE);
  const narrow = new Int16Array(LONGEST_FROM_PHONE);
  // Node's machines are little-endian (but for s390x), and so is the format: the bytes are the samples.
  const wide = new Int16Array(3 * LONGEST_FROM_PHONE);
  let view = new Uint8Array(wide.buffer);
  return (mulaw) => {
    decodeInto(mulaw, narrow);
    upsampler.process(narrow, mulaw.length, wide);
    const length = 3 * BYTES_PER_SAMPLE * mulaw.length;
    if (view.length !== length) view = new Uint8Array(wide.buffer, 0, length);
    return view;
  };
};

/** mu-law at 8 kHz to and from PCM16 little-endian at 24 kHz. Adds 2 ms each way. */
export const pcmTranscoder = (): Transcoder => {
  const framer = new Framer(pcmToMulaw());
  return {
    toModel: mulawToPcm(),
    toPhone: (audio) => framer.push(audio),
    endOfSpeech: () => framer.flush(),
    reset: () => framer.reset(),
  };
};

const mulawAsIs: FrameCodec = {
  frameBytes: MULAW_FRAME,
  silence: MULAW_SILENCE,
  encode: (frame, mulaw, start) => mulaw.set(frame, start),
  ringing: () => false,
  reset: () => undefined,
};

/** For a model that takes and gives mu-law itself (`audio/pcmu`): only cuts the model's speech into whole frames. */
export const passThrough = (): Transcoder => {
  const framer = new Framer(mulawAsIs);
  return {
    toModel: (mulaw) => mulaw,
    toPhone: (audio) => framer.push(audio),
    endOfSpeech: () => framer.flush(),
    reset: () => framer.reset(),
  };
};
