import { ThroughlineError } from '../../infra/errors.ts';
import { type FrameCodec, Framer, MULAW_FRAME } from './framer.ts';
import { decodeInto, encodeInto, MULAW_SILENCE } from './g711.ts';
import { LONGEST_UP } from './kernel.ts';
import { Downsampler, Upsampler } from './resample.ts';

/**
 * Speech between one phone leg (mu-law, 8 kHz) and the model's format. One per session that hears
 * the caller, and one per session that is heard, so that each begins with fresh filter memory; the agent's side also with each `reset`.
 *
 * What is returned may be the argument itself, or memory that all transcoders share: use it before any of them is called again.
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

const PCM_FRAME_SAMPLES = 480;
const BYTES_PER_SAMPLE = 2;

// Node's machines are little-endian (but for s390x), and so is the format: the bytes are the samples.

/** Model to phone: PCM16 little-endian at 24 kHz to mu-law. */
const pcmToMulaw = (): FrameCodec => {
  const downsampler = new Downsampler();
  const narrow = downsampler.output.subarray(0, MULAW_FRAME);
  return {
    frameBytes: PCM_FRAME_SAMPLES * BYTES_PER_SAMPLE,
    silence: 0,
    encode: (frame, mulaw, start) => {
      downsampler.lineBytes.set(frame, BYTES_PER_SAMPLE * downsampler.inputAt);
      downsampler.run(PCM_FRAME_SAMPLES);
      encodeInto(narrow, mulaw, start);
    },
    ringing: () => downsampler.ringing(),
    reset: () => downsampler.reset(),
  };
};

/** Phone to model: mu-law to PCM16 little-endian at 24 kHz. */
const mulawToPcm = (): ((mulaw: Uint8Array) => Uint8Array) => {
  const upsampler = new Upsampler();
  let view: Uint8Array = new Uint8Array(0);
  return (mulaw) => {
    if (mulaw.length > LONGEST_UP) {
      throw new ThroughlineError('audio-block-too-long', 'More speech at once than one message of the carrier holds.', {
        facts: { count: mulaw.length, limit: LONGEST_UP },
      });
    }
    decodeInto(mulaw, upsampler.input);
    upsampler.run(mulaw.length);
    const length = 3 * BYTES_PER_SAMPLE * mulaw.length;
    if (view.length !== length) view = upsampler.outputBytes.subarray(0, length);
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
