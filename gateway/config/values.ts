import { whyNotDialable } from '../../agents/phone-number.ts';
import { parseStoreUrl } from '../../store/store-url.ts';

/** A value that was understood, or what is wrong with it, in words that fit behind the setting's name. */
export type Parsed<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly wrong: string };
export type Parse<Value> = (text: string) => Parsed<Value>;

const right = <Value>(value: Value): Parsed<Value> => ({ ok: true, value });
const wrong = (text: string): Parsed<never> => ({ ok: false, wrong: text });

/** What was given, short and without control characters. Never used for secrets or for URLs. */
const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

export const anyText: Parse<string> = (text) => right(text);

export const oneWord: Parse<string> = (text) =>
  /\s/.test(text) ? wrong('must not contain spaces or line breaks') : right(text);

/** A secret that we make up ourselves, so that it is never too short to be guessed. */
export const longSecret: Parse<string> = (text) => {
  if (/[^\x21-\x7e]/.test(text)) return wrong('must be one word of plain ASCII');
  return text.length >= 16 && text.length <= 512 ? right(text) : wrong('must have from 16 to 512 characters');
};

export const accountSid: Parse<string> = (text) =>
  /^AC[0-9a-fA-F]{32}$/.test(text) ? right(text) : wrong('must be AC and 32 hexadecimal digits');

export const wholeNumber =
  (from: number, to: number): Parse<number> =>
  (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return number >= from && number <= to
      ? right(number)
      : wrong(`is ${shown(text)}; must be a whole number from ${from} to ${to}`);
  };

export const port = wholeNumber(1, 65_535);

/** `off`, or a limit from 1. */
export const limitOrOff: Parse<number | undefined> = (text) =>
  text === 'off' ? right(undefined) : wholeNumber(1, 100_000)(text);

export const oneOf =
  <Choice extends string>(...choices: readonly Choice[]): Parse<Choice> =>
  (text) => {
    const choice = choices.find((candidate) => candidate === text);
    return choice === undefined ? wrong(`is ${shown(text)}; must be one of ${choices.join(', ')}`) : right(choice);
  };

/** `auto`, or whole 20 ms frames, up to five. */
export const appendMs: Parse<number | 'auto'> = (text) => {
  if (text === 'auto') return right(text);
  const choice = [20, 40, 60, 80, 100].find((candidate) => String(candidate) === text);
  return choice === undefined ? wrong(`is ${shown(text)}; must be auto, 20, 40, 60, 80 or 100`) : right(choice);
};

export const languageTag: Parse<string> = (text) => {
  try {
    return right(Intl.getCanonicalLocales(text)[0] ?? text);
  } catch {
    return wrong(`is ${shown(text)}; must be a language tag such as en or de-AT`);
  }
};

export const hostName: Parse<string> = (text) =>
  /^[A-Za-z0-9.:_-]{1,253}$/.test(text)
    ? right(text)
    : wrong('must be an IP address or a host name, without a port or https://');

/** Whether a URL's host is this machine for certain: such a URL can't be reached from outside. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|(.*\.)?localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

const httpUrl = (text: string): URL | string => {
  if (!URL.canParse(text)) return 'is not a URL; write it as https://host';
  const url = new URL(text);
  if (url.protocol === 'ws:' || url.protocol === 'wss:')
    return `must start with ${url.protocol.replace('ws', 'http')}// (WebSockets follow from it)`;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must start with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  return url.search === '' && url.hash === '' ? url : 'must not contain ? or #';
};

/** An http or https URL, with a path if need be; comes back without the last slash. */
export const serviceUrl: Parse<string> = (text) => {
  const url = httpUrl(text);
  return typeof url === 'string' ? wrong(url) : right(url.href.replace(/\/+$/, ''));
};

/** An https origin without a path; http is good enough only on this machine. */
export const publicOrigin: Parse<string> = (text) => {
  const url = httpUrl(text);
  if (typeof url === 'string') return wrong(url);
  if (url.pathname !== '/') return wrong('must be the origin only, without a path; the /twilio/… paths are fixed');
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return wrong('must be https (Twilio signs and streams over TLS)');
  return right(url.origin);
};

/** An http or https origin without a path, of one host. */
export const plainOrigin: Parse<string> = (text) => {
  const url = httpUrl(text);
  if (typeof url === 'string') return wrong(url);
  if (url.pathname !== '/') return wrong('must be the origin only, without a path: https://console.example.com');
  if (!/^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname)) return wrong('must name one host, without *');
  return right(url.origin);
};

/** A number that we may have rung, in E.164 form. */
export const phoneNumber: Parse<string> = (text) => {
  const why = whyNotDialable(text);
  return why === undefined ? right(text) : wrong(why);
};

/** `name=+15551234567, other=+15557654321` */
export const people: Parse<ReadonlyMap<string, string>> = (text) => {
  const numbers = new Map<string, string>();
  for (const [index, entry] of text.split(',').entries()) {
    const [, name, number] = /^\s*([A-Za-z][\w-]{0,31})\s*=\s*(\S+)\s*$/.exec(entry) ?? [];
    const place = `entry ${index + 1}`;
    if (name === undefined || number === undefined) return wrong(`${place} must look like name=+15551234567`);
    const why = whyNotDialable(number);
    if (why !== undefined) return wrong(`${place} (${name}) ${why}`);
    if (numbers.has(name)) return wrong(`${place}: ${name} is there twice`);
    numbers.set(name, number);
  }
  return right(numbers);
};

const sealKeyBytes = 32;

/** 32 bytes as 64 hex digits or as base64. */
export const sealKey: Parse<Uint8Array> = (text) => {
  const isHex = /^[0-9a-fA-F]+$/.test(text) && text.length === 2 * sealKeyBytes;
  const bytes = /^[A-Za-z0-9+/_-]{42,43}[A-Za-z0-9+/_=-]$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (!isHex && bytes.length !== sealKeyBytes) return wrong('must be 32 bytes: 44 characters of base64, or 64 hex digits');
  const key = isHex ? Buffer.from(text, 'hex') : bytes;
  return new Set(key).size < 8 ? wrong('is no random key: its bytes are nearly all the same') : right(key);
};

/** The name of an HTTP header; comes back in lower case. */
export const headerName: Parse<string> = (text) =>
  /^[A-Za-z0-9-]{1,64}$/.test(text) ? right(text.toLowerCase()) : wrong('must be the name of a header, as X-Forwarded-User');

/** `hooks.internal:8443, 10.0.0.7:8080`: hosts as a URL has them, each with its port. */
export const places: Parse<ReadonlySet<string>> = (text) => {
  const found = new Set<string>();
  for (const [index, entry] of text.split(',').entries()) {
    const place = entry.trim();
    const [, host = '', number = ''] = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(place) ?? [];
    if (!port(number).ok || !URL.canParse(`http://${host}`))
      return wrong(`entry ${index + 1} must look like hooks.internal:8443 or [fd00::7]:8080, without https://`);
    found.add(`${new URL(`http://${host}`).hostname}:${Number(number)}`);
  }
  return right(found);
};

/** `sqlite:PATH`, or any form of Redis. The text comes back as it was. */
export const storeUrl: Parse<string> = (text) => {
  const parsed = parseStoreUrl(text);
  return 'problem' in parsed ? wrong(`can't be used: ${parsed.problem}`) : right(text);
};

export const redisUrl: Parse<string> = (text) =>
  text.startsWith('redis') ? storeUrl(text) : wrong('must start with redis:// or rediss://');
