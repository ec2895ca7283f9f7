import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { noticePage } from '../screen/screen-page.ts';
import { screenStyle } from '../screen/screen-style.ts';

/** Why a request gets no page of its own. */
export type Problem = 400 | 403 | 404 | 410 | 413 | 415 | 429 | 503;

interface Notice {
  readonly title: string;
  readonly words: string;
}

const noLink: Notice = {
  title: 'This link does not work',
  words:
    'It is not complete, or the time in which it works is over. Links work for eight hours after a caller was announced.',
};
const notUnderstood: Notice = {
  title: 'That could not be read',
  words: 'Nothing was saved. Go back, and try it once more.',
};

/** What a person reads. None of it tells what the link was about. */
const notices: Readonly<Record<Problem, Notice>> = {
  400: notUnderstood,
  403: { title: 'Not from this page', words: 'Nothing was saved. Open the link that you were sent, and write there.' },
  404: noLink,
  410: noLink,
  413: { title: 'Too long', words: 'Nothing was saved. Go back, and write less: notes have room for 1,700 characters.' },
  415: notUnderstood,
  429: { title: 'Too many requests', words: 'Wait a minute, and reload this page.' },
  503: {
    title: 'Not available at the moment',
    words: 'Our records can not be reached. The call goes on. Reload this page in a few seconds.',
  },
};

/** Nothing runs, nothing is loaded, nothing frames it; the one style is known by its hash; forms go back here alone. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(screenStyle).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const headers = {
  'Content-Security-Policy': policy,
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex, nofollow',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  Vary: 'Accept',
} as const;

/** Puts the headers of every answer on it. */
export const secure: RequestHandler = (_request, response, next) => {
  response.set(headers);
  next();
};

/** Whether a program sent this. */
export const isJsonBody = (request: Request): boolean => request.is('application/json') === 'application/json';

/** A program: it asks for JSON, or sends some and doesn't say what it wants. */
export const wantsJson = (request: Request): boolean =>
  request.accepts(isJsonBody(request) ? ['json', 'html'] : ['html', 'json']) === 'json';

/** Sends the page, or the JSON, that stands for a problem. */
export const sendProblem = (request: Request, response: Response, status: Problem): void => {
  const { title, words } = notices[status];
  if (status === 429) response.set('Retry-After', '60');
  response.status(status);
  if (wantsJson(request)) response.json({ error: { status, message: `${title}. ${words}` } });
  else response.type('html').send(noticePage(title, words));
};
