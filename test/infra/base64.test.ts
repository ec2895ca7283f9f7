import fc from 'fast-check';
import { expect, it } from 'vitest';
import { base64Length, decodeBase64Into, encodeBase64Into } from '../../infra/base64.ts';

const room = new Uint8Array(4_096);

it('encodes as Buffer does, at any place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(9), (bytes, at) => {
      const end = encodeBase64Into(bytes, room, at);
      expect(Buffer.from(room.subarray(at, end)).toString('latin1')).toBe(Buffer.from(bytes).toString('base64'));
      expect(end - at).toBe(base64Length(bytes.length));
    }),
  );
});

it('decodes what Buffer encodes, in the middle of other text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 700 }), (bytes) => {
      const text = Buffer.from(`"${Buffer.from(bytes).toString('base64')}"`);
      const length = decodeBase64Into(text, { from: 1, to: text.length - 1 }, room);
      expect(room.subarray(0, length)).toEqual(bytes);
    }),
  );
});

it('takes exactly what is clean base64', () => {
  const clean = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/;
  const letters = fc.constantFrom('A', 'b', '9', '+', '/', '=', '-', '_', ' ', 'é', '"', '\n');
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 12 }), (parts) => {
      const text = Buffer.from(parts.join(''), 'latin1');
      const length = decodeBase64Into(text, { from: 0, to: text.length }, room);
      const isClean = clean.test(text.toString('latin1'));
      expect(length >= 0).toBe(isClean);
      if (isClean) expect(Buffer.from(room.subarray(0, length))).toEqual(Buffer.from(text.toString('latin1'), 'base64'));
    }),
    { numRuns: 5_000 },
  );
});

it('refuses what has no room, and what is no range', () => {
  const text = Buffer.from(Buffer.alloc(30).toString('base64'));
  expect(decodeBase64Into(text, { from: 0, to: text.length }, new Uint8Array(29))).toBe(-1);
  expect(decodeBase64Into(text, { from: 0, to: text.length }, new Uint8Array(30))).toBe(30);
  expect(decodeBase64Into(text, { from: 8, to: 4 }, room)).toBe(-1);
});
