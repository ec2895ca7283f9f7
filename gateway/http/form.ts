/** Most bytes and fields of a form. Twilio's largest are near 4 KB and 60 fields. */
export const maxFormBytes = 64 * 1024;
const maxFields = 100;

export type Form = ReadonlyMap<string, string>;

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

const field = (pair: string): readonly [string, string] | undefined => {
  const equals = pair.indexOf('=');
  const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
  const value = decoded(equals < 0 ? '' : pair.slice(equals + 1));
  // `a[b]=` asks a nesting parser for objects; no field of Twilio is named so.
  return name === undefined || value === undefined || /[[\]]/.test(name) ? undefined : [name, value];
};

/** Parses `application/x-www-form-urlencoded`, flat. `undefined`: bad percent-encoding, a repeated or nested field, or over 100 of them. */
export const parseForm = (text: string): Form | undefined => {
  const form = new Map<string, string>();
  const pairs = text.split('&', maxFields + 1).filter((pair) => pair !== '');
  if (pairs.length > maxFields) return undefined;
  for (const pair of pairs) {
    const [name, value] = field(pair) ?? [];
    if (name === undefined || value === undefined || form.has(name)) return undefined;
    form.set(name, value);
  }
  return form;
};
