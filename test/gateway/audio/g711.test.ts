import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeInto, encodeInto, MULAW_SILENCE } from '../../../gateway/audio/g711.ts';

const allSamples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
const allCodes = Uint8Array.from({ length: 256 }, (_, index) => index);

const encode = (pcm: Int16Array): Uint8Array => {
  const mulaw = new Uint8Array(pcm.length);
  encodeInto(pcm, mulaw, 0);
  return mulaw;
};
const decode = (mulaw: Uint8Array): Int16Array => {
  const pcm = new Int16Array(mulaw.length);
  decodeInto(mulaw, pcm);
  return pcm;
};
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const littleEndian = (pcm: Int16Array): Uint8Array =>
  Uint8Array.from([...pcm].flatMap((sample) => [sample & 0xff, (sample >> 8) & 0xff]));

describe('G.711 mu-law', () => {
  it('encodes all 65,536 samples as ITU-T STL does', () => {
    expect(md5(encode(allSamples))).toBe('492174ac6f9a6838aa10eda54d75bb8f');
  });

  it('decodes all 256 codes as ITU-T STL does', () => {
    expect(md5(littleEndian(decode(allCodes)))).toBe('4564589ec3203313ff004120bb32117f');
  });

  it('gives every code back but the negative zero, which becomes silence', () => {
    const expected = allCodes.map((code) => (code === 0x7f ? MULAW_SILENCE : code));
    expect(encode(decode(allCodes))).toEqual(expected);
  });

  it.each([
    ['silence', 0xff, 0],
    ['negative zero', 0x7f, 0],
    ['largest', 0x80, 32_124],
    ['smallest: a buffer of zeros is a bang', 0x00, -32_124],
  ])('%s: %i is %i', (_, code, sample) => {
    expect([...decode(Uint8Array.of(code))]).toEqual([sample]);
  });

  it('writes at the place it is told and nowhere else', () => {
    const mulaw = new Uint8Array(6).fill(1);
    encodeInto(Int16Array.of(32_767, -32_768), mulaw, 2);
    expect([...mulaw]).toEqual([1, 1, 0x80, 0x00, 1, 1]);
  });
});
