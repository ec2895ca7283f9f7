// The same work by libraries: mu-law at 8 kHz to PCM16 at 24 kHz and back, one stream each.
import libSampleRate from '@alexanderolsen/libsamplerate-js';
import alawmulaw from 'alawmulaw';
import SpeexResampler from 'speex-resampler';
import waveResampler from 'wave-resampler';

const { ConverterType, create } = libSampleRate;
const { mulaw } = alawmulaw;
const Speex = SpeexResampler.default ?? SpeexResampler;
const bytesOf = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);
const samplesOf = (bytes) => new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const floatOf = (samples) => Float32Array.from(samples, (sample) => sample / 32_768);
const wordsOf = (floats) =>
  Int16Array.from(floats, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768))));

const speex = async (quality) => {
  await Speex.initPromise;
  return () => {
    const up = new Speex(1, 8_000, 24_000, quality);
    const down = new Speex(1, 24_000, 8_000, quality);
    return {
      toModel: (frame) => up.processChunk(bytesOf(mulaw.decode(frame))),
      toPhone: (pcm) => mulaw.encode(samplesOf(down.processChunk(Buffer.from(pcm)))),
    };
  };
};

const libsamplerate = async (converterType) => {
  const make = (from, to) => create(1, from, to, { converterType });
  const streams = [];
  for (let count = 0; count < 20; count += 1) streams.push([await make(8_000, 24_000), await make(24_000, 8_000)]);
  let next = 0;
  return () => {
    const [up, down] = streams[next++ % streams.length];
    return {
      toModel: (frame) => wordsOf(up.full(floatOf(mulaw.decode(frame)))),
      toPhone: (pcm) => mulaw.encode(wordsOf(down.full(floatOf(samplesOf(pcm))))),
    };
  };
};

// It keeps nothing between two pieces, so each border is a click; for its speed alone.
const wave = () => ({
  toModel: (frame) =>
    wordsOfWhole(waveResampler.resample(mulaw.decode(frame), 8_000, 24_000, { method: 'linear', LPF: false })),
  toPhone: (pcm) =>
    mulaw.encode(wordsOfWhole(waveResampler.resample(samplesOf(pcm), 24_000, 8_000, { method: 'linear', LPF: false }))),
});
const wordsOfWhole = (values) => Int16Array.from(values, Math.round);

/** Name and maker of each. */
export const transcoders = async () => [
  ['alawmulaw and speex-resampler, quality 7', await speex(7)],
  ['alawmulaw and speex-resampler, quality 3', await speex(3)],
  ['alawmulaw and libsamplerate-js, fastest sinc', await libsamplerate(ConverterType.SRC_SINC_FASTEST)],
  ['alawmulaw and wave-resampler, linear, no filter', wave],
];
