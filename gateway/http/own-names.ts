import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { isLoopback } from '../config/values.ts';
import { sendProblem } from './console-answers.ts';

/** An address, or a name that no public name server can point here: of this machine, or of the network it is in. */
const isOwnName = (host: string): boolean =>
  isLoopback(host) || isIP(host.replace(/^\[|\]$/g, '')) > 0 || /^[\w-]+$/.test(host);

/**
 * A web page may have its own name resolve to an address that only this network can reach, and its visitor's browser would then read
 * what callers said. It can't change the `Host` that the browser sends.
 */
export const refuseForeignNames =
  (consoleHost: string): RequestHandler =>
  (request, response, next) => {
    const host = (request.headers.host ?? '').replace(/:\d{1,5}$/, '');
    if (isOwnName(host) || host.toLowerCase() === consoleHost.toLowerCase()) next();
    else sendProblem(response, 421, 'ask this console by its address, by localhost, or by the name in CONSOLE_HOST');
  };
