import type { RequestHandler, Response } from 'express';

/** An error in our words. */
export const sendError = (response: Response, status: number, message: string): void => {
  response.status(status).json({ error: { status, message } });
};

/** What a browser says of the page that asks. A page of another origin, or none that it would name, may not change anything. */
const isForeign = (request: Parameters<RequestHandler>[0]): boolean => {
  const { origin, host = '', 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
};

/**
 * The console has no login: whoever reaches it may use it, and the browser of somebody who does can be made to by any page. So a
 * request that changes something must not come from such a page; one from no browser says nothing of pages.
 */
export const refuseForeignPages: RequestHandler = (request, response, next) => {
  if (isForeign(request)) sendError(response, 403, 'pages of other origins can not change anything here');
  else next();
};
