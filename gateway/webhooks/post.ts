import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';

/** Where something is sent: `addresses` were checked, and no others are connected to; undefined: as the system finds them. */
export interface Target {
  readonly url: URL;
  readonly addresses: readonly string[] | undefined;
}

export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostLimits {
  readonly clock: Clock;
  /** Until the answer is read. */
  readonly withinMs: number;
  /** Of the answer's body; the rest is cut. */
  readonly mostBytes: number;
  /** More authorities to trust, for tests. */
  readonly ca?: string;
}

/** What came back. `broken`: why there is no status, in words. */
export type Posted =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'late' }
  | { readonly kind: 'broken'; readonly error: string };

/** Answers with the addresses that were checked, whatever the name leads to by now. */
const lookupOf =
  (addresses: readonly string[]): LookupFunction =>
  (_name, options, callback) => {
    const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
    const [first] = all;
    if (first === undefined) callback(new Error('no address'), '', 4);
    else if (options.all === true) callback(null, all);
    else callback(null, first.address, first.family);
  };

const begin = ({ url, addresses }: Target, { headers, body }: Sent, ca: string | undefined): ClientRequest => {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, {
    method: 'POST',
    // A connection of its own: one that is kept could lead to where the name was before.
    agent: false,
    headers: { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' },
    ...(addresses === undefined ? {} : { lookup: lookupOf(addresses) }),
    ...(ca === undefined ? {} : { ca }),
  });
  request.end(body);
  return request;
};

/** Reads up to a limit, so that a short answer ends in order; nothing of it is kept. */
const readSome = (response: IncomingMessage, mostBytes: number, done: () => void): void => {
  let bytes = 0;
  response.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > mostBytes) done();
  });
  response.on('close', done);
  response.on('error', done);
};

/** Posts once: follows nothing, waits no longer and reads no more than it may. Never rejects. The status counts, whatever becomes of the body. */
export const post = (target: Target, sent: Sent, limits: PostLimits): Promise<Posted> =>
  new Promise((resolve) => {
    const { clock, withinMs, mostBytes, ca } = limits;
    let posted: Posted = { kind: 'late' };
    let request: ClientRequest | undefined;
    const end = (): void => {
      cancel();
      request?.destroy();
      resolve(posted);
    };
    const cancel = clock.after(ms(withinMs), end);
    const failed = (thrown: unknown): void => {
      if (posted.kind === 'late') posted = { kind: 'broken', error: wordsOf(thrown) };
      end();
    };
    try {
      request = begin(target, sent, ca);
    } catch (thrown) {
      failed(thrown);
      return;
    }
    request.on('error', failed);
    request.on('response', (response) => {
      posted = { kind: 'answered', status: response.statusCode ?? 0 };
      readSome(response, mostBytes, end);
    });
  });

/** Of several addresses that failed there is no message but those of each. */
const wordsOf = (thrown: unknown): string => {
  const words = thrown instanceof AggregateError ? thrown.errors.map(messageOf).join('; ') : messageOf(thrown);
  return (words === '' ? 'the connection failed' : words).slice(0, 200);
};
