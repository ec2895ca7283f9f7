import { Starts } from '../../infra/starts.ts';
import { type FrameCodec, Framer, MULAW_FRAME } from './framer.ts';
import { decodeInto, encodeInto, MULAW_SILENCE } from './g711.ts';
import { Downsampler, refuseLonger, Upsampler } from './resample.ts';

/**
 * Speech between one phone leg (mu-law, 8 kHz) and the model's format. One per session that hears
 * the caller, and one per session that is heard, so that each begins with fresh filter memory; the agent's side also with each `reset`.
 *
 * What is returned may be the argument itself, or where all transcoders put what they make: valid until the next call of any of them.
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
const FRAMES_PER_SECOND = 50;
const PCM_FRAME_SAMPLES = 480;
const BYTES_PER_SAMPLE = 2;

// Node's machines are little-endian (but for s390x), and so is the format: the bytes are the samples.
const bytesOf = ({ buffer, byteOffset, byteLength }: Int16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

// One memory for all streams, since each is done with it before another's turn: what is used all the time stays near the processor.
const mulawRoom = new Uint8Array(FRAMES_PER_SECOND * MULAW_FRAME);
const mulawStarts = new Starts(mulawRoom, MULAW_FRAME);
const pcmStarts = new Starts(bytesOf(new Upsampler().made), 3 * BYTES_PER_SAMPLE);

/** Model to phone: PCM16 little-endian at 24 kHz to mu-law. */
const pcmToMulaw = (): FrameCodec => {
  const downsampler = new Downsampler();
  return {
    frameBytes: PCM_FRAME_SAMPLES * BYTES_PER_SAMPLE,
    silence: 0,
    room: bytesOf(downsampler.room),
    encode: (frames) => {
      const mulaw = mulawStarts.of(frames * MULAW_FRAME);
      downsampler.process(mulaw.length);
      encodeInto(downsampler.made, mulaw, 0);
      return mulaw;
    },
    ringing: () => downsampler.ringing(),
    reset: () => downsampler.reset(),
  };
};

/** Phone to model: mu-law to PCM16 little-endian at 24 kHz. */
const mulawToPcm = (): ((mulaw: Uint8Array) => Uint8Array) => {
  const upsampler = new Upsampler();
  return (mulaw) => {
    refuseLonger(mulaw.length, LONGEST_FROM_PHONE);
    decodeInto(mulaw, upsampler.room);
    upsampler.process(mulaw.length);
    return pcmStarts.of(3 * BYTES_PER_SAMPLE * mulaw.length);
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
  room: mulawRoom,
  encode: (frames) => mulawStarts.of(frames * MULAW_FRAME),
  ringing: () => false,
  reset: () => undefined,
};

/** For a model that takes and gives mu-law itself (`audio/pcmu`): only cuts the model's speech into whole frames. */
export const passThrough = (): Transcoder => {
  const framer = new Framer(mulawAsIs);
  return {
    toModel: (mulaw) => mulaw,
    toPhone: (audio) => (framer.isEmpty && audio.length % MULAW_FRAME === 0 ? audio : framer.push(audio)),
    endOfSpeech: () => framer.flush(),
    reset: () => framer.reset(),
  };
};
