/** Longest header that is read, in characters. The telephone network carries 128 bytes; SIP more. */
const longestHeader = 2_048;
/** Most values of one header that are read. */
const mostValues = 5;

/** Splits at a separator that stands outside of double quotes. */
const splitOutside = (text: string, separator: ',' | ';'): readonly string[] => {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '\\' && isQuoted) at += 1;
    else if (letter === '"') isQuoted = !isQuoted;
    else if (letter === separator && !isQuoted) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
};

const unquoted = (text: string): string => (/^"(.*)"$/s.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : text);

const parametersOf = (parts: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    parts.map((part) => {
      const equals = part.indexOf('=');
      const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
      return [name.trim().toLowerCase(), unquoted(value.trim()).toLowerCase()];
    }),
  );

/** Without its first byte where that is a protocol discriminator of the telephone network: a control character, no text. */
const fromHex = (hex: string): string | undefined => {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(hex)) return undefined;
  const text = Buffer.from(hex, 'hex').toString('utf8');
  return text.includes('\ufffd') ? undefined : text.replace(/^\p{Cc}/u, '');
};

const contentOf = (text: string): string | undefined => {
  const [data = '', ...parts] = splitOutside(text, ';');
  const plain = unquoted(data.trim());
  const encoding = parametersOf(parts).get('encoding');
  if (encoding === undefined) return plain === '' ? undefined : plain;
  return encoding === 'hex' ? fromHex(plain) : undefined;
};

/**
 * The texts in a `User-to-User` header (RFC 7433): `data[;encoding=hex][;purpose=…][;content=…]`, and more of them behind commas.
 * Hexadecimal digits are decoded only where the encoding says so. What can't be read is left out; never throws.
 */
export const readUserToUser = (header: string): readonly string[] => {
  if (header.length > longestHeader) return [];
  const whole = header.trim();
  // Not allowed there without quotes or an encoding, but sent all the same.
  if (/^\{.*\}$/s.test(whole)) return [whole];
  return splitOutside(whole, ',')
    .slice(0, mostValues)
    .flatMap((text) => contentOf(text) ?? []);
};
