import { describe, expect, it } from 'vitest';
import { decodeMulaw, encodeMulaw, levelOf } from './carrier/mulaw.ts';
import { readWav, type Sound, toMulaw, writeCallWav, writeWav } from './wav.ts';

const sine = (hertz: number, sampleRate: number, seconds = 1): Int16Array =>
  Int16Array.from({ length: sampleRate * seconds }, (_, at) =>
    Math.round(16_000 * Math.sin((2 * Math.PI * hertz * at) / sampleRate)),
  );

const middle = (mulaw: Uint8Array): Uint8Array => mulaw.subarray(800, mulaw.length - 800);

describe('mu-law of the outside world', () => {
  it('decodes and encodes every code back to itself, but for negative zero', () => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    const again = encodeMulaw(decodeMulaw(codes));
    expect([...again].flatMap((code, at) => (code === at ? [] : [at]))).toEqual([0x7f]);
  });

  it.each([
    [0xff, 0],
    [0x80, 32_124],
    [0x00, -32_124],
    [0xfe, 8],
  ])('decodes %i to %i', (code, sample) => {
    expect(decodeMulaw(Uint8Array.of(code))[0]).toBe(sample);
  });
});

describe('WAV files', () => {
  it('reads back what was written, channel by channel', () => {
    const sound: Sound = { sampleRate: 24_000, channels: [Int16Array.of(1, -2, 32_767), Int16Array.of(-32_768, 0, 7)] };
    expect(readWav(writeWav(sound))).toEqual(sound);
  });

  it('puts the two directions of a call left and right, padded to one length', () => {
    const { sampleRate, channels } = readWav(writeCallWav(Uint8Array.of(0x80, 0xff), Uint8Array.of(0x00)));
    expect([sampleRate, ...channels.map((channel) => [...channel])]).toEqual([8_000, [32_124, 0], [-32_124, 0]]);
  });

  it('reads mu-law, odd chunks before the data, and the extensible header', () => {
    const plain = writeWav({ sampleRate: 8_000, channels: [Int16Array.of(5, 6)] });
    const extensible = Buffer.alloc(40);
    plain.copy(extensible, 0, 20, 36);
    extensible.writeUInt16LE(0xfffe, 0);
    extensible.writeUInt16LE(1, 24);
    const parts = [
      plain.subarray(0, 12),
      chunk('LIST', Buffer.from('odd')),
      chunk('fmt ', extensible),
      chunk('data', plain.subarray(44)),
    ];
    expect([...(readWav(Buffer.concat(parts)).channels[0] ?? [])]).toEqual([5, 6]);
    const mulawHead = Buffer.from(plain.subarray(20, 36));
    mulawHead.writeUInt16LE(7, 0);
    mulawHead.writeUInt16LE(8, 14);
    const mulaw = [plain.subarray(0, 12), chunk('fmt ', mulawHead), chunk('data', Buffer.of(0x80, 0xff))];
    expect([...(readWav(Buffer.concat(mulaw)).channels[0] ?? [])]).toEqual([32_124, 0]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['other bytes', Buffer.from('ID3 this is an mp3 file, really')],
    ['no data', writeWav({ sampleRate: 8_000, channels: [Int16Array.of(1)] }).subarray(0, 36)],
    ['24 bits', with24Bits()],
  ])('refuses %s', (_name, file) => {
    expect(() => readWav(file)).toThrow(expect.objectContaining({ code: 'wav-unreadable' }));
  });
});

describe('a recording becomes telephone audio', () => {
  it.each([8_000, 16_000, 24_000, 44_100, 48_000])('keeps length and level of a voice at %i Hz', (sampleRate) => {
    const tone = sine(1_000, sampleRate);
    const mulaw = toMulaw({ sampleRate, channels: [tone, tone] });
    expect(mulaw.length).toBe(8_000);
    expect(levelOf(middle(mulaw))).toBeCloseTo(-9.24, 0);
  });

  it.each([16_000, 24_000, 44_100, 48_000])('lets nothing above 4 kHz fold back from %i Hz', (sampleRate) => {
    for (const hertz of [4_400, 5_000, 7_000]) {
      expect(levelOf(middle(toMulaw({ sampleRate, channels: [sine(hertz, sampleRate)] })))).toBeLessThan(-60);
    }
  });

  it('keeps the pitch', () => {
    const pcm = decodeMulaw(toMulaw({ sampleRate: 44_100, channels: [sine(500, 44_100)] }));
    let crossings = 0;
    for (let at = 1; at < pcm.length; at += 1) if ((pcm[at - 1] ?? 0) < 0 && (pcm[at] ?? 0) >= 0) crossings += 1;
    expect(crossings).toBeGreaterThan(497);
    expect(crossings).toBeLessThan(502);
  });
});

function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 0, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

function with24Bits(): Buffer {
  const file = writeWav({ sampleRate: 8_000, channels: [Int16Array.of(1)] });
  file.writeUInt16LE(24, 34);
  return file;
}
