const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;

/** The bytes of an ASCII text. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/**
 * Reads a JSON text of a shape that is known beforehand straight from its bytes. Every step gives the place behind what it read, or -1 when
 * something else stands there; a step from -1 gives -1. So a chain of steps needs one check at its end.
 */
export const afterLiteral = (data: Uint8Array, at: number, literal: Uint8Array): number => {
  if (at < 0 || at + literal.length > data.length) return -1;
  for (let index = 0; index < literal.length; index++) if (data[at + index] !== literal[index]) return -1;
  return at + literal.length;
};

/** Behind the closing quote of a string whose first character is at `at`; it may hold no escapes and nothing but printable ASCII. */
export const afterString = (data: Uint8Array, at: number): number => {
  if (at < 0) return -1;
  for (let index = at; index < data.length; index++) {
    const byte = data[index] ?? 0;
    if (byte === quote) return index + 1;
    if (byte < space || byte > 0x7e || byte === backslash) return -1;
  }
  return -1;
};

const zero = 0x30;
const nine = 0x39;

/** 1: a letter or a digit of ASCII. */
const isWordByte = Uint8Array.from({ length: 256 }, (_, byte) => (/^[A-Za-z0-9]$/.test(String.fromCharCode(byte)) ? 1 : 0));

/** Behind the closing quote of a string of letters and digits, one at least, whose first character is at `at`. */
export const afterWord = (data: Uint8Array, at: number): number => {
  if (at < 0) return -1;
  let end = at;
  while (isWordByte[data[end] ?? 0] === 1) end += 1;
  return end > at && data[end] === quote ? end + 1 : -1;
};

/** Behind 1 to 15 digits. */
export const afterDigits = (data: Uint8Array, at: number): number => {
  if (at < 0) return -1;
  let end = at;
  for (let byte = data[end] ?? 0; byte >= zero && byte <= nine; byte = data[end] ?? 0) end += 1;
  return end > at && end - at <= 15 ? end : -1;
};

/** The number that the digits from `at` to `end` mean. */
export const numberAt = (data: Uint8Array, at: number, end: number): number => {
  let value = 0;
  for (let index = at; index < end; index++) value = value * 10 + (data[index] ?? zero) - zero;
  return value;
};

/** A text that mostly is the same as the last time, as a string that is made only when it changes. Latin-1. */
export class SameText {
  #text: string;

  /** What it is expected to be. */
  constructor(text = '') {
    this.#text = text;
  }

  at(data: Buffer, from: number, to: number): string {
    if (!this.#isAt(data, from, to)) this.#text = data.toString('latin1', from, to);
    return this.#text;
  }

  #isAt(data: Uint8Array, from: number, to: number): boolean {
    const text = this.#text;
    if (text.length !== to - from) return false;
    for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== data[from + index]) return false;
    return true;
  }
}
