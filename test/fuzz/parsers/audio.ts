import { decodeInto, encodeInto } from '../../../gateway/audio/g711.ts';
import { passThrough, pcmTranscoder } from '../../../gateway/audio/transcoder.ts';
import { must, type Parser } from '../parser.ts';
import type { Random } from '../random.ts';

const samples = new Int16Array(1_600);
const again = new Uint8Array(1_600);

/** Speech of any kind: noise, one byte over and over, a square wave at full scale, a header of a file. */
const speech = (random: Random, most: number): Buffer => {
  const kind = random.below(4);
  if (kind === 0) return random.bytes(most);
  const made = Buffer.alloc(random.pick([0, 1, 2, 159, 160, 161, 320, most]), random.pick([0xff, 0x7f, 0x00, 0x80, 0xd5]));
  if (kind === 1) for (let at = 0; at < made.length; at += 1) made[at] = (at >> 3) & 1 ? 0x00 : 0x80;
  if (kind === 2) made.write('RIFF....WAVEfmt ', 'latin1');
  return made;
};

const mulaw: Parser = {
  name: 'mu-law',
  cases: 100_000,
  play: (random) => {
    const bytes = speech(random, 400);
    const pcm = samples.subarray(0, bytes.length);
    decodeInto(bytes, pcm);
    const back = again.subarray(0, bytes.length);
    encodeInto(pcm, back, 0);
    for (let at = 0; at < bytes.length; at += 1) {
      const code = bytes[at] ?? 0;
      const level = pcm[at] ?? 0;
      must(code & 0x80 ? level >= 0 : level <= 0, 'the sign is the first bit');
      // Both zeros are one.
      must(back[at] === (code === 0x7f ? 0xff : code), `code ${code} comes back`);
    }
    const through = passThrough();
    const heard = through.toPhone(bytes).length;
    must((heard + through.endOfSpeech().length) % 160 === 0 && heard <= bytes.length, 'whole frames');
  },
  large: (size) => {
    const bytes = Buffer.alloc(size, 0x7f);
    const pcm = new Int16Array(size);
    decodeInto(bytes, pcm);
    encodeInto(pcm, bytes, 0);
    passThrough().toPhone(bytes);
  },
};

const steady = Buffer.from(Array.from({ length: 80 }, (_, at) => (at * 37) & 0xff));
/** What the other call must hear of its steady sound, whoever spoke in between. The filter reaches over less than one piece: from the second on each is the same. */
const expectedOfOther = (() => {
  const alone = pcmTranscoder();
  alone.toModel(steady);
  return Buffer.from(alone.toModel(steady));
})();
const other = pcmTranscoder();
other.toModel(steady);

const inPieces = (random: Random, audio: Buffer): Buffer => {
  const transcoder = pcmTranscoder();
  const parts: Buffer[] = [];
  for (let at = 0; at < audio.length; ) {
    const to = at + 1 + random.below(random.oneIn(2) ? 7 : 2_000);
    parts.push(Buffer.from(transcoder.toPhone(audio.subarray(at, to))));
    at = to;
  }
  parts.push(Buffer.from(transcoder.endOfSpeech()));
  return Buffer.concat(parts);
};

const resampler: Parser = {
  name: 'resampler',
  cases: 100_000,
  play: (random) => {
    const fromPhone = speech(random, 400);
    const transcoder = pcmTranscoder();
    const toModel = transcoder.toModel(fromPhone);
    must(toModel.length === fromPhone.length * 6, 'as long for the model as it was');
    const level = fromPhone[0] ?? 0;
    if (fromPhone.length > 100 && (level === 0 || level === 0x80) && fromPhone.every((code) => code === level)) {
      // What clips stays at the end of the scale: it must not come out at the other one.
      const last = Buffer.from(toModel).readInt16LE(toModel.length - 2);
      must(level === 0 ? last < -30_000 : last > 30_000, `full scale stays there, not ${last}`);
    }
    const fromModel = speech(random, 1_500);
    const whole = Buffer.concat([Buffer.from(transcoder.toPhone(fromModel)), Buffer.from(transcoder.endOfSpeech())]);
    const frames = Math.ceil(fromModel.length / 960);
    must(whole.length % 160 === 0 && whole.length >= Math.floor(fromModel.length / 960) * 160, 'no frame is lost');
    must(whole.length <= (frames + 1) * 160, 'no more than the filter needs to ring out');
    if (random.oneIn(4)) must(inPieces(random, fromModel).equals(whole), 'the same, however it is cut');
    must(expectedOfOther.equals(other.toModel(steady)), 'another call hears what it would alone');
  },
  large: (size) => {
    const transcoder = pcmTranscoder();
    for (let at = 0; at < size; at += 1_600) transcoder.toModel(Buffer.alloc(1_600, at & 0xff));
    transcoder.toPhone(Buffer.alloc(size, 0x7f));
  },
};

export const audioParsers: readonly Parser[] = [mulaw, resampler];
