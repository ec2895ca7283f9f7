// The bridge that examples show: JSON both ways, each message at once, linear interpolation up, every third sample down.
import { serveBridge } from './serve-bridge.ts';

const decode = (code: number): number => {
  const inverted = ~code & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
};

const encode = (sample: number): number => {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(32_635, Math.abs(sample)) + 0x84;
  const exponent = 24 - Math.clz32(magnitude);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
};

const toModel = (payload: string): string => {
  const mulaw = Buffer.from(payload, 'base64');
  const pcm = Buffer.alloc(mulaw.length * 6);
  for (let index = 0; index < mulaw.length; index++) {
    const here = decode(mulaw[index] ?? 0xff);
    const next = decode(mulaw[Math.min(index + 1, mulaw.length - 1)] ?? 0xff);
    pcm.writeInt16LE(here, 6 * index);
    pcm.writeInt16LE(Math.round(here + (next - here) / 3), 6 * index + 2);
    pcm.writeInt16LE(Math.round(here + (2 * (next - here)) / 3), 6 * index + 4);
  }
  return pcm.toString('base64');
};

const toPhone = (delta: string): string => {
  const pcm = Buffer.from(delta, 'base64');
  const mulaw = Buffer.alloc(Math.floor(pcm.length / 6));
  for (let index = 0; index < mulaw.length; index++) mulaw[index] = encode(pcm.readInt16LE(6 * index));
  return mulaw.toString('base64');
};

serveBridge({ format: { type: 'audio/pcm', rate: 24_000 }, toModel, toPhone });
