import { ThroughlineError } from '../../infra/errors.ts';
import { decodeMulaw, encodeMulaw } from './carrier/mulaw.ts';

/** Sound in memory: one `Int16Array` per channel, all of the same length. */
export interface Sound {
  readonly sampleRate: number;
  readonly channels: readonly Int16Array[];
}

const unreadable = (why: string, facts: Readonly<Record<string, string | number>> = {}): ThroughlineError =>
  new ThroughlineError('wav-unreadable', `This is not a WAV file that can be used: ${why}. PCM with 16 bits or mu-law is.`, {
    facts,
  });

/** The chunks of a RIFF file by name; of two with the same name the first. A wrong length of the last one is forgiven. */
const chunksOf = (file: Buffer): ReadonlyMap<string, Buffer> => {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw unreadable('it has no RIFF header');
  }
  const chunks = new Map<string, Buffer>();
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    if (!chunks.has(name)) chunks.set(name, file.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
  return chunks;
};

const pcmFormat = 1;
const mulawFormat = 7;
const extensibleFormat = 0xfffe;

/** Samples of all channels, interleaved. */
const samplesOf = (format: number, bits: number, data: Buffer): Int16Array => {
  if (format === mulawFormat && bits === 8) return decodeMulaw(data);
  if (format !== pcmFormat || bits !== 16) throw unreadable(`format ${format} with ${bits} bits`, { format, bits });
  return Int16Array.from({ length: data.length >> 1 }, (_, at) => data.readInt16LE(2 * at));
};

/** Reads a WAV file. Throws `wav-unreadable`. */
export const readWav = (file: Buffer): Sound => {
  const chunks = chunksOf(file);
  const head = chunks.get('fmt ');
  const data = chunks.get('data');
  if (head === undefined || head.length < 16 || data === undefined) throw unreadable('a chunk "fmt " or "data" is missing');
  const written = head.readUInt16LE(0);
  const format = written === extensibleFormat && head.length >= 26 ? head.readUInt16LE(24) : written;
  const channelCount = head.readUInt16LE(2);
  const sampleRate = head.readUInt32LE(4);
  if (channelCount === 0 || sampleRate < 8_000)
    throw unreadable(`${channelCount} channels at ${sampleRate} Hz`, { sampleRate });
  const samples = samplesOf(format, head.readUInt16LE(14), data);
  const length = Math.floor(samples.length / channelCount);
  const channels = Array.from({ length: channelCount }, (_, channel) =>
    Int16Array.from({ length }, (__, at) => samples[at * channelCount + channel] ?? 0),
  );
  return { sampleRate, channels };
};

/** Makes a PCM16 WAV file. Shorter channels are filled up with silence. */
export const writeWav = (sound: Sound): Buffer => {
  const channelCount = sound.channels.length;
  const length = Math.max(0, ...sound.channels.map((channel) => channel.length));
  const dataBytes = length * channelCount * 2;
  const file = Buffer.alloc(44 + dataBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + dataBytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(pcmFormat, 20);
  file.writeUInt16LE(channelCount, 22);
  file.writeUInt32LE(sound.sampleRate, 24);
  file.writeUInt32LE(sound.sampleRate * channelCount * 2, 28);
  file.writeUInt16LE(channelCount * 2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(dataBytes, 40);
  sound.channels.forEach((channel, number) => {
    channel.forEach((sample, at) => {
      file.writeInt16LE(sample, 44 + 2 * (at * channelCount + number));
    });
  });
  return file;
};

/** A stereo WAV at 8 kHz of two directions of a call: left and right, both mu-law. */
export const writeCallWav = (left: Uint8Array, right: Uint8Array): Buffer =>
  writeWav({ sampleRate: 8_000, channels: [decodeMulaw(left), decodeMulaw(right)] });

const monoOf = ({ channels }: Sound): Float64Array => {
  const mixed = new Float64Array(channels[0]?.length ?? 0);
  for (const channel of channels) {
    for (let at = 0; at < mixed.length; at += 1) mixed[at] = (mixed[at] ?? 0) + (channel[at] ?? 0) / channels.length;
  }
  return mixed;
};

const greatestCommonDivisor = (one: number, other: number): number =>
  other === 0 ? one : greatestCommonDivisor(other, one % other);

const blackman = (position: number): number =>
  Math.abs(position) >= 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * position) + 0.08 * Math.cos(2 * Math.PI * position);

/** Samples of the 8 kHz side that the filter looks at to each side: 70 dB from 4.2 kHz on, flat to 3.1 kHz. */
const reach = 24;
const cutoffHertz = 3_650;

/** The low-pass for one fractional position: coefficients for the input samples from `-half` to `half`. Sums to 1. */
const filterAt = (fraction: number, sampleRate: number): Float64Array => {
  const half = Math.ceil((reach * sampleRate) / 8_000);
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, tap) => {
    const distance = tap - half - fraction;
    const angle = (2 * Math.PI * cutoffHertz * distance) / sampleRate;
    return (angle === 0 ? 1 : Math.sin(angle) / angle) * blackman(distance / half);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
};

const convolve = (input: Float64Array, centre: number, taps: Float64Array): number => {
  const first = centre - (taps.length - 1) / 2;
  let sum = 0;
  for (let tap = Math.max(0, -first); tap < taps.length && first + tap < input.length; tap += 1) {
    sum += (taps[tap] ?? 0) * (input[first + tap] ?? 0);
  }
  return sum;
};

/** Any recording as a telephone would carry it: mono, mu-law, 8 kHz, low-passed before the rate is lowered. */
export const toMulaw = (sound: Sound): Uint8Array => {
  const mono = monoOf(sound);
  if (sound.sampleRate === 8_000) return encodeMulaw(Int16Array.from(mono, Math.round));
  const step = sound.sampleRate / 8_000;
  const phases = 8_000 / greatestCommonDivisor(sound.sampleRate, 8_000);
  const filters = Array.from({ length: phases }, (_, phase) => filterAt((phase * step) % 1, sound.sampleRate));
  const pcm = Int16Array.from({ length: Math.floor(mono.length / step) }, (_, at) => {
    const taps = filters[at % phases] ?? new Float64Array(1);
    return Math.max(-32_768, Math.min(32_767, Math.round(convolve(mono, Math.floor(at * step), taps))));
  });
  return encodeMulaw(pcm);
};
