import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../config/values.ts';
import { sendProblem } from './console-answers.ts';

/** What the console is called. */
export interface OwnNames {
  /** Where it listens: a name here is one that it answers to. */
  readonly consoleHost: string;
  /** The origin of the proxy in front of it, as browsers know it; undefined: there is none. */
  readonly consoleUrl: string | undefined;
}

/** An address, or a name that no public name server can point here: of this machine, or of the network it is in. */
const isNearName = (host: string): boolean =>
  isLoopback(host) || isIP(host.replace(/^\[|\]$/g, '')) > 0 || /^[\w-]+$/.test(host);

/**
 * A web page may have its own name resolve to an address that only this network can reach, and its visitor's browser would then read
 * what callers said. It can't change the `Host` that the browser sends.
 */
export const refuseForeignNames = ({ consoleHost, consoleUrl }: OwnNames): RequestHandler => {
  const own = new Set([consoleHost.toLowerCase(), ...(consoleUrl === undefined ? [] : [new URL(consoleUrl).hostname])]);
  return (request, response, next) => {
    const host = (request.headers.host ?? '').replace(/:\d{1,5}$/, '');
    if (isNearName(host) || own.has(host.toLowerCase())) next();
    else
      sendProblem(
        response,
        421,
        'ask this console by its address, by localhost, or by a name in CONSOLE_HOST or CONSOLE_URL',
      );
  };
};

/** What a browser says of the page that asks. A page of another origin, or none that it would name, may not change anything. */
const isForeign = (request: Request, consoleUrl: string | undefined): boolean => {
  const { origin, host = '', 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return origin !== undefined && origin !== consoleUrl && origin !== `http://${host}` && origin !== `https://${host}`;
};

const changesNothing: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The console has no login: whoever reaches it may use it, and the browser of somebody who does can be made to by any page. So a
 * request that changes something must not come from such a page; one from no browser says nothing of pages.
 */
export const refuseForeignPages =
  ({ consoleUrl }: OwnNames): RequestHandler =>
  (request, response, next) => {
    if (changesNothing.has(request.method) || !isForeign(request, consoleUrl)) next();
    else
      sendProblem(
        response,
        403,
        'pages of other origins can not change anything here; the origin of a proxy in front of the console is set by CONSOLE_URL',
      );
  };
