import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Form fields of a POST; none for GET and for the WebSocket upgrade. */
export type SignedFields = Iterable<readonly [name: string, value: string]>;

const compare = (one: string, other: string): number => {
  if (one === other) return 0;
  return one < other ? -1 : 1;
};

/** What Twilio signs: the URL, then each distinct field as name and value, sorted by UTF-16 code units. */
const signedText = (url: string, fields: SignedFields): string => {
  const sorted = [...fields].sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return sorted.reduce((text, [name, value], index) => {
    const before = sorted[index - 1];
    return before?.[0] === name && before[1] === value ? text : text + name + value;
  }, url);
};

/** `X-Twilio-Signature` as Twilio computes it: HMAC-SHA1 with the auth token, base64. */
export const expectedSignature = (authToken: string, url: string, fields: SignedFields): string =>
  createHmac('sha1', authToken).update(signedText(url, fields), 'utf8').digest('base64');

const equal = (one: string, other: string): boolean => {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length === b.length && timingSafeEqual(a, b);
};

export interface SignedRequest {
  /** Every form in which Twilio may have been told this URL. */
  readonly urls: readonly string[];
  readonly fields: SignedFields;
}

/** The URL whose signature is `signature` under one of the tokens (the current one, and the old one in a rotation), else `undefined`. */
export const signedUrl = (
  authTokens: readonly string[],
  signature: string | undefined,
  { urls, fields }: SignedRequest,
): string | undefined => {
  if (signature === undefined) return undefined;
  const signs = (url: string): boolean =>
    authTokens.some((token) => equal(signature, expectedSignature(token, url, fields)));
  return urls.find(signs);
};

/** Whether `hash`, from `bodySHA256` in the URL, is the hash of these raw bytes. */
export const isBodyHash = (hash: string, body: Uint8Array): boolean =>
  equal(hash.toLowerCase(), createHash('sha256').update(body).digest('hex'));

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** The host of `PUBLIC_URL`. This machine has several names, and a program here may have been told another one than we were. */
const namesOf = ({ hostname }: URL): readonly string[] =>
  loopbackNames.includes(hostname) ? [hostname, ...loopbackNames.filter((name) => name !== hostname)] : [hostname];

/** `PUBLIC_URL` without its scheme and without a slash at the end: with its port, with none, with the scheme's own. */
const hosts = (publicUrl: URL): readonly string[] => {
  const path = publicUrl.pathname.replace(/\/$/, '');
  const standard = publicUrl.protocol === 'https:' ? ':443' : ':80';
  const ports = publicUrl.port === '' ? ['', standard] : [`:${publicUrl.port}`, ''];
  return namesOf(publicUrl).flatMap((name) => ports.map((port) => name + port + path));
};

/** Forms of a webhook's URL: with and without a port. `target` is path and query as requested. */
export const webhookUrls = (publicUrl: URL, target: string): readonly string[] =>
  hosts(publicUrl).map((host) => `${publicUrl.protocol}//${host}${target}`);

/**
 * Forms of the media socket's URL. Twilio signs the `wss` form; a slash at the end, the port, and `https` are seen too. Without
 * TLS (loopback) the plain schemes as well.
 */
export const mediaUrls = (publicUrl: URL, path: string): readonly string[] => {
  const schemes = publicUrl.protocol === 'https:' ? ['wss', 'https'] : ['ws', 'wss', 'http', 'https'];
  return schemes.flatMap((scheme) =>
    hosts(publicUrl).flatMap((host) => [`${scheme}://${host}${path}`, `${scheme}://${host}${path}/`]),
  );
};
