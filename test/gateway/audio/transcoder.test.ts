import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInto } from '../../../gateway/audio/g711.ts';
import { passThrough, pcmTranscoder, type Transcoder } from '../../../gateway/audio/transcoder.ts';
import { cut, inBandNoise, joined, tone } from './signal.ts';

const bytesOf = (samples: Int16Array): Uint8Array => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
const samplesOf = (pcm: Uint8Array): Int16Array => new Int16Array(pcm.slice().buffer);
const mulawOf = (samples: Int16Array): Uint8Array => {
  const mulaw = new Uint8Array(samples.length);
  encodeInto(samples, mulaw, 0);
  return mulaw;
};

/** All that comes out for the phone; each piece is copied at once, as it is only valid until the next call. */
const spoken = (transcoder: Transcoder, pieces: readonly Uint8Array[]): Uint8Array =>
  joined([...pieces.map((piece) => transcoder.toPhone(piece).slice()), transcoder.endOfSpeech().slice()]);
const heard = (transcoder: Transcoder, pieces: readonly Uint8Array[]): Uint8Array =>
  joined(pieces.map((piece) => transcoder.toModel(piece).slice()));

const silence = (frames: number): Uint8Array => new Uint8Array(160 * frames).fill(0xff);
const speech = bytesOf(tone(440, 24_000, 24_000));
const lengths = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 10 });

describe.each([
  ['pcm', pcmTranscoder, 960],
  ['pcmu', passThrough, 160],
] as const)('%s: whole frames for the phone', (_, create, frameBytes) => {
  it('gives whole frames only, as soon as they are complete, and the same bytes for any cutting', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 6_000 }), lengths(2_500), (bytes, blocks) => {
        const transcoder = create();
        let given = 0;
        let got = 0;
        const pieces = cut(bytes, blocks).map((piece) => {
          const mulaw = transcoder.toPhone(piece).slice();
          given += piece.length;
          got += mulaw.length;
          expect(got).toBe(160 * Math.floor(given / frameBytes));
          return mulaw;
        });
        const end = transcoder.endOfSpeech().slice();
        expect(end.length % 160).toBe(0);
        expect(end.length).toBeLessThanOrEqual(320);
        expect(joined([...pieces, end])).toEqual(spoken(create(), [bytes]));
      }),
      { numRuns: 60 },
    );
  });

  it('whole frames behind a part of one take their place after it', () => {
    const transcoder = create();
    const bytes = Uint8Array.from({ length: 3 * frameBytes }, (_, index) => (index * 7) % 251);
    const cutting = [frameBytes - 60, frameBytes, frameBytes + 60];
    expect(joined(cut(bytes, cutting).map((piece) => transcoder.toPhone(piece).slice()))).toEqual(
      create().toPhone(bytes).slice(),
    );
  });

  it('takes more than a second at once', () => {
    expect(create().toPhone(new Uint8Array(70 * frameBytes + 1)).length).toBe(70 * 160);
  });

  it('has nothing to say at the end when nothing is carried', () => {
    const transcoder = create();
    expect(transcoder.endOfSpeech().length).toBe(0);
    transcoder.toPhone(new Uint8Array(frameBytes / 2));
    expect(transcoder.endOfSpeech().length).toBe(160);
    expect(transcoder.endOfSpeech().length).toBe(0);
  });

  it('is as new after a reset: nothing of the old speech comes out', () => {
    const transcoder = create();
    transcoder.toPhone(speech.subarray(0, 2_345));
    transcoder.reset();
    expect(transcoder.endOfSpeech().length).toBe(0);
    expect(spoken(transcoder, [speech])).toEqual(spoken(create(), [speech]));
  });

  it('is as new after the end of speech', () => {
    const transcoder = create();
    spoken(transcoder, [speech.subarray(0, 2_345)]);
    expect(spoken(transcoder, [speech])).toEqual(spoken(create(), [speech]));
  });
});

describe('pcm', () => {
  it('gives the model 480 samples for each frame from the first on', () => {
    const transcoder = pcmTranscoder();
    const frames = cut(mulawOf(tone(440, 8_000, 480)), [160]).map((frame) => transcoder.toModel(frame).length);
    expect(frames).toEqual([960, 960, 960]);
  });

  it('gives the model the same bytes for any cutting of the caller', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1_600 }), lengths(400), (mulaw, blocks) => {
        expect(heard(pcmTranscoder(), cut(mulaw, blocks))).toEqual(heard(pcmTranscoder(), [mulaw]));
      }),
      { numRuns: 60 },
    );
  });

  it('hears the caller as one stream, whatever happens on the agent’s side', () => {
    const [first = silence(0), second = silence(0)] = cut(mulawOf(tone(440, 8_000, 320)), [160]);
    const transcoder = pcmTranscoder();
    const before = transcoder.toModel(first).slice();
    transcoder.toPhone(speech);
    transcoder.endOfSpeech();
    transcoder.reset();
    expect(joined([before, transcoder.toModel(second)])).toEqual(heard(pcmTranscoder(), [first, second]));
  });

  it('streams in turn, each done with what it got before the next, hear and say what they would alone', () => {
    const frames = (samples: Int16Array, length: number) => cut(mulawOf(samples), [length]);
    const [low, high] = [tone(440, 8_000, 1_600), tone(1_900, 8_000, 1_600)];
    const [one, other] = [pcmTranscoder(), pcmTranscoder()];
    const turns = frames(low, 160).map((piece, index) => {
      const up = one.toModel(piece).slice();
      const otherUp = other.toModel(frames(high, 160)[index] ?? piece).slice();
      const down = one.toPhone(up).slice();
      return { up, down, otherDown: other.toPhone(otherUp).slice() };
    });
    const alone = (samples: Int16Array) => {
      const transcoder = pcmTranscoder();
      const up = heard(transcoder, frames(samples, 160));
      return { up, down: transcoder.toPhone(up).slice() };
    };
    expect(joined(turns.map(({ up }) => up))).toEqual(alone(low).up);
    expect(joined(turns.map(({ down }) => down))).toEqual(alone(low).down);
    expect(joined(turns.map(({ otherDown }) => otherDown))).toEqual(alone(high).down);
  });

  it('refuses more than one message of the carrier can hold', () => {
    expect(() => pcmTranscoder().toModel(silence(11))).toThrow(expect.objectContaining({ code: 'audio-block-too-long' }));
  });

  it('keeps silence silent both ways', () => {
    expect(heard(pcmTranscoder(), [silence(3)])).toEqual(new Uint8Array(3 * 960));
    expect(spoken(pcmTranscoder(), [new Uint8Array(3 * 960)])).toEqual(silence(3));
    expect(spoken(pcmTranscoder(), [new Uint8Array(700)])).toEqual(silence(1));
  });

  it('gives the codes back that went up: 97 % the same in band, 31 samples later', () => {
    const codes = mulawOf(inBandNoise(16_000, 1_600));
    const transcoder = pcmTranscoder();
    const back = joined(cut(codes, [160]).map((frame) => transcoder.toPhone(transcoder.toModel(frame)).slice())).subarray(
      31,
    );
    const same = back.filter((code, index) => code === codes[index]).length;
    expect(same / back.length).toBeGreaterThanOrEqual(0.97);
  });

  it('brings the very end of the speech out, though it ends with a frame', () => {
    const click = Int16Array.from({ length: 480 }, (_, index) => (index >= 477 ? 20_000 : 0));
    const transcoder = pcmTranscoder();
    const before = transcoder.toPhone(bytesOf(click)).slice();
    const end = transcoder.endOfSpeech().slice();
    expect(Math.max(...before.map((code) => ~code & 0x7f))).toBeLessThan(Math.max(...end.map((code) => ~code & 0x7f)));
    expect(end.length).toBe(160);
    expect([...end.subarray(60)]).toEqual([...silence(1).subarray(60)]);
  });

  it('needs a second frame when the rest leaves no room for the filter', () => {
    const transcoder = pcmTranscoder();
    transcoder.toPhone(bytesOf(tone(440, 24_000, 470)));
    expect(transcoder.endOfSpeech().length).toBe(320);
  });

  it('speaks little-endian: low byte first, both ways', () => {
    const loud = mulawOf(new Int16Array(1_600).fill(7_932));
    const pcm = heard(pcmTranscoder(), [loud]);
    expect([...pcm.subarray(-2)]).toEqual([7_932 & 0xff, 7_932 >> 8]);
    expect(samplesOf(pcm).at(-1)).toBe(7_932);
    const constant = new Uint8Array(960 * 4).map((_, index) => (index % 2 === 0 ? 7_932 & 0xff : 7_932 >> 8));
    expect(pcmTranscoder().toPhone(constant).at(-1)).toBe(loud.at(-1));
  });

  it('takes every byte as a legal code', () => {
    const codes = Uint8Array.from({ length: 1_600 }, (_, index) => (index * 97) & 0xff);
    const samples = samplesOf(heard(pcmTranscoder(), [codes]));
    expect(samples.length).toBe(4_800);
    expect(spoken(pcmTranscoder(), [bytesOf(samples)]).length).toBe(1_760);
  });
});

describe('pcmu', () => {
  it('passes what it gets', () => {
    const codes = Uint8Array.from({ length: 400 }, (_, index) => (index * 31) & 0xff);
    expect(heard(passThrough(), [codes])).toEqual(codes);
    expect(spoken(passThrough(), [codes])).toEqual(joined([codes, silence(1).subarray(0, 80)]));
  });
});
