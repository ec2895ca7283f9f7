import type { FormValues } from './signature.ts';

/** Somebody who can be called. */
export type Address =
  /** `key`: under which people are known, `+1…` or `sip:user@host`. */
  | { readonly kind: 'address'; readonly key: string; readonly sipHeaders: FormValues }
  | { readonly kind: 'refused'; readonly code: 13223 | 13252 | 13224; readonly message: string };

/** Headers together, names included: Twilio's limit. */
const headerLimit = 1_024;
const otherHeaders = ['user-to-user', 'remote-party-id', 'p-preferred-identity', 'p-called-party-id'];

const isHeaderName = (name: string): boolean => /^X-[A-Za-z0-9-]+$/i.test(name) || otherHeaders.includes(name.toLowerCase());

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const headersOf = (query: string): FormValues | string => {
  const headers: Record<string, string> = {};
  if (query.length > headerLimit) return `headers of ${query.length} characters`;
  for (const part of query.split('&').filter((text) => text !== '')) {
    const [name = '', ...rest] = part.split('=');
    const value = decoded(rest.join('='));
    if (!isHeaderName(name)) return `a header can't be called ${name}`;
    if (value === undefined || /[\r\n]/.test(value)) return `the value of ${name} is not percent-encoded`;
    headers[name] = value;
  }
  return headers;
};

/** Reads what stands in `<Number>`, `<Sip>` or `To`: a number in E.164 form, or a SIP URI with headers as its query. */
export const readAddress = (text: string): Address => {
  if (/^\+[1-9]\d{6,14}$/.test(text)) return { kind: 'address', key: text, sipHeaders: {} };
  if (!/^sips?:/i.test(text)) return { kind: 'refused', code: 13223, message: `not a number or SIP address: ${text}` };
  const [uri = '', query = ''] = text.split(/\?(.*)/s);
  const [, user, host] = /^sips?:([^@;\s]+)@([A-Za-z0-9.-]+)(?::\d+)?(?:;[^\s?]*)?$/i.exec(uri) ?? [];
  if (user === undefined || host === undefined)
    return { kind: 'refused', code: 13224, message: `not a SIP address: ${uri}` };
  const headers = headersOf(query);
  if (typeof headers === 'string') return { kind: 'refused', code: 13252, message: headers };
  return { kind: 'address', key: `sip:${user}@${host.toLowerCase()}`, sipHeaders: headers };
};
