import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler, type Response } from 'express';
import { ms } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Announced } from '../../store/intakes.ts';
import { rateLimit } from '../twilio/rate-limit.ts';
import { readAnnouncement, type Wish } from './announcement.ts';
import type { Announcing, HttpDeps } from './deps.ts';
import { afterOf, linksOf } from './links.ts';

const maxBodyBytes = 16 * 1024;
/** A second, per process. A line that takes 500 calls at a time has far fewer new ones. */
const mostAnnouncements = 100;
/** A second: who has no key may try a few. */
const mostWithoutKey = 10;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const isAllowed = (apiKey: string, header: string | undefined): boolean => {
  const [, given = ''] = /^Bearer +([^\s]{1,512}) *$/i.exec(header ?? '') ?? [];
  return timingSafeEqual(digest(given), digest(apiKey));
};

const sendError = (response: Response, status: number, error: object): void => {
  response
    .set('Cache-Control', 'no-store')
    .status(status)
    .json({ error: { status, ...error } });
};

/** What another application puts into its own TwiML, so that the call comes to us. Needs to know whose calls these are. */
const streamFor = (deps: HttpDeps, { callId, from, to, ttlSeconds }: Wish, { key }: Announced) => {
  if (callId === undefined || deps.accountSid === undefined) return {};
  const links = linksOf(deps.publicUrl);
  const call = { callId, from, to, brought: { fields: {}, key } };
  const parameters = deps.tokens.issueAhead(call, deps.accountSid, ttlSeconds * 1_000);
  return { stream: { url: links.media, action: afterOf(links, parameters.nonce), parameters } };
};

const readBody = express.raw({ type: 'application/json', limit: maxBodyBytes, inflate: false });

const hasType = (header: string | undefined): boolean => /^application\/json *(;|$)/i.test(header ?? '');

/** Keys first, then how often, then the kind of the body: nothing of a stranger's is read. */
const guard = (apiKey: string, { clock, count }: HttpDeps): RequestHandler => {
  const mayAnnounce = rateLimit(clock, mostAnnouncements, ms(1_000));
  const mayTry = rateLimit(clock, mostWithoutKey, ms(1_000));
  const refuse = (response: Response, status: 401 | 415 | 429, message: string): void => {
    count('intake_refused', { why: status === 401 ? 'no-key' : status === 415 ? 'no-json' : 'too-often' });
    sendError(response, status, { message });
  };
  return (request, response, next) => {
    const allowed = isAllowed(apiKey, request.get('Authorization'));
    if (!(allowed ? mayAnnounce() : mayTry())) {
      response.set('Retry-After', '1');
      refuse(response, 429, 'too many requests in a second');
    } else if (!allowed) {
      response.set('WWW-Authenticate', 'Bearer realm="intakes"');
      refuse(response, 401, 'send the key in THROUGHLINE_INTAKE_KEY as "Authorization: Bearer …"');
    } else if (!hasType(request.get('Content-Type'))) refuse(response, 415, 'send application/json');
    else next();
  };
};

/** `POST /intakes`: an IVR announces what it knows of a call that is to come. */
export const announceIntakes = (deps: HttpDeps, announcing: Announcing): readonly RequestHandler[] => {
  const { count, log } = deps;
  const bodied: RequestHandler = (request, response, next) =>
    readBody(request, response, (thrown?: unknown) => {
      const isTooLong = typeof thrown === 'object' && thrown !== null && Reflect.get(thrown, 'status') === 413;
      if (isTooLong) sendError(response, 413, { message: `a body has at most ${maxBodyBytes} bytes` });
      else next(thrown);
    });
  const answer: RequestHandler = async (request, response) => {
    const result = readAnnouncement(request.body, announcing.intake);
    if ('problems' in result) {
      count('intake_refused', { why: 'wrong' });
      sendError(response, 400, { message: 'this can not be announced', problems: result.problems });
      return;
    }
    const { fields, callId, from, ttlSeconds } = result.wish;
    const about = callId === undefined ? {} : { callId };
    try {
      const announced = await announcing.intakes.announce({ fields, from, keepMs: ttlSeconds * 1_000, ...about });
      const { key, expiresAt } = announced;
      const body = { key, expiresAt: new Date(expiresAt).toISOString(), ...streamFor(deps, result.wish, announced) };
      response.set('Cache-Control', 'no-store').status(201).json(body);
    } catch (thrown) {
      count('intake_failed');
      log.warn({ error: messageOf(thrown) }, 'an announcement of an IVR could not be kept');
      response.set('Retry-After', '2');
      sendError(response, 503, { message: 'the store is away; try again, or let the call bring its fields along' });
    }
  };
  return [guard(announcing.apiKey, deps), bodied, answer];
};
