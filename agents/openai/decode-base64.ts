/**
 * Decodes base64, or `undefined` when it is not clean: `Buffer.from` never fails but skips what it does not know and takes the
 * URL-safe alphabet too, so a result of the wrong length or one of those two letters gives it away. Of a character beyond Latin-1 it
 * reads the lower byte, so that `Ł` (U+0141) would pass for `A`: what is not ASCII has more bytes than characters.
 */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  if (Buffer.byteLength(text) !== text.length) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
};
