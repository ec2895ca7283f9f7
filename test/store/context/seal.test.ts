import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSealed, nonceBytes, type SealingKey, seal, sealingKey, unseal } from '../../../store/context/seal.ts';

const key = sealingKey(randomBytes(32));
const place = 'event|CA1|7';
const sealed = (text: string, by: SealingKey = key): string => seal(by, { text, place, nonce: randomBytes(nonceBytes) });

describe('a sealed text', () => {
  it('opens to what it was, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const stored = sealed(text.toWellFormed());
        expect(isSealed(stored)).toBe(true);
        expect(unseal(key, stored, place)).toEqual({ kind: 'text', text: text.toWellFormed() });
      }),
    );
  });

  it('has nothing of the text in it, and is another one each time', () => {
    const [one, other] = [sealed('my account is 4711'), sealed('my account is 4711')];
    expect(one).not.toBe(other);
    expect(Buffer.from(one.slice(5), 'base64url').toString('latin1')).not.toContain('4711');
  });

  it.each([
    ['another call', key, 'event|CA2|7'],
    ['another place of the call', key, 'event|CA1|8'],
    ['another kind', key, 'summary|CA1|7'],
    ['another key', sealingKey(randomBytes(32)), place],
    ['another key of the same name', { id: key.id, secret: randomBytes(32) }, place],
  ])('does not open for %s', (_, by, where) => {
    expect(unseal(by, sealed('words'), where)).toEqual({ kind: 'damaged' });
  });

  it('C Bundle: is damaged by any flipped bit', () => {
    const stored = sealed('{"v":1,"type":"caller-said","text":"hello"}');
    const bytes = Buffer.from(stored);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect([bit, unseal(key, flipped.toString('latin1'), place)]).toEqual([bit, { kind: 'damaged' }]);
    }
  });

  it('C Bundle: is damaged by any cut, and by anything behind it', () => {
    const stored = sealed('words');
    for (let length = 0; length < stored.length; length += 1)
      expect(unseal(key, stored.slice(0, length), place)).toEqual({ kind: 'damaged' });
    for (const tail of ['A', '=', '\n', 'AAAA']) expect(unseal(key, stored + tail, place)).toEqual({ kind: 'damaged' });
  });

  it('never throws, whatever is stored', () => {
    fc.assert(fc.property(fc.string(), (text) => unseal(key, `tls1.${text}`, place).kind === 'damaged'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = `tls1.${Buffer.from([1, ...key.id, ...bytes]).toString('base64url')}`;
        return unseal(key, text, place).kind === 'damaged';
      }),
    );
  });
});
