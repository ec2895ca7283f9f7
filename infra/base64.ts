const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const equals = 0x3d;

/** Six bits by character; -1: not of the alphabet. */
const values = new Int8Array(256).fill(-1);
for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;

/** Characters by six bits. */
const characters = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));

/**
 * Up to so many bytes it is faster to code base64 here than to call into the engine's coder, which is much the faster one then and makes a
 * text on the way.
 */
export const shortBytes = 320;
/** The same in characters. */
export const shortText = (shortBytes / 3) * 4;

/** Characters of so many bytes. */
export const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

const paddingOf = (text: Uint8Array, to: number): number => {
  if (text[to - 1] !== equals) return 0;
  return text[to - 2] === equals ? 2 : 1;
};

/** The six bits of a character, or -1. */
const valueAt = (text: Uint8Array, at: number): number => values[text[at] ?? 0] ?? -1;

/**
 * Decodes the base64 (RFC 4648, 4) that stands in `text` from `from` to `to`, to the start of `out`: the number of bytes, or -1 when it is
 * not clean or there is no room.
 */
export const decodeBase64Into = (
  text: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
  out: Uint8Array,
): number => {
  const length = to - from;
  if (length <= 0 || length % 4 !== 0 || (length / 4) * 3 > out.length) return -1;
  const padding = paddingOf(text, to);
  const whole = padding === 0 ? to : to - 4;
  let seen = 0;
  let at = 0;
  for (let index = from; index < whole; index += 4) {
    const first = valueAt(text, index);
    const second = valueAt(text, index + 1);
    const third = valueAt(text, index + 2);
    const fourth = valueAt(text, index + 3);
    seen |= first | second | third | fourth;
    out[at] = (first << 2) | (second >> 4);
    out[at + 1] = (second << 4) | (third >> 2);
    out[at + 2] = (third << 6) | fourth;
    at += 3;
  }
  if (padding === 0) return seen < 0 ? -1 : at;
  const first = valueAt(text, whole);
  const second = valueAt(text, whole + 1);
  const third = padding === 1 ? valueAt(text, whole + 2) : 0;
  out[at] = (first << 2) | (second >> 4);
  out[at + 1] = (second << 4) | (third >> 2);
  return (seen | first | second | third) < 0 ? -1 : at + 3 - padding;
};

/** Writes `bytes` as base64 to `out` from `at` on, where there must be room; gives the place behind it. */
export const encodeBase64Into = (bytes: Uint8Array, out: Uint8Array, at: number): number => {
  const rest = bytes.length % 3;
  const whole = bytes.length - rest;
  let end = at;
  for (let index = 0; index < whole; index += 3) {
    writeFour(out, end, byteAt(bytes, index) | byteAt(bytes, index + 1, 8) | byteAt(bytes, index + 2, 0));
    end += 4;
  }
  if (rest === 0) return end;
  writeFour(out, end, byteAt(bytes, whole) | (rest === 2 ? byteAt(bytes, whole + 1, 8) : 0));
  if (rest === 1) out[end + 2] = equals;
  out[end + 3] = equals;
  return end + 4;
};

const byteAt = (bytes: Uint8Array, at: number, shift = 16): number => (bytes[at] ?? 0) << shift;

const writeFour = (out: Uint8Array, at: number, bits: number): void => {
  out[at] = characters[bits >> 18] ?? 0;
  out[at + 1] = characters[(bits >> 12) & 63] ?? 0;
  out[at + 2] = characters[(bits >> 6) & 63] ?? 0;
  out[at + 3] = characters[bits & 63] ?? 0;
};
