import type { TwimlElement } from '../twiml-document.ts';
import type { HttpMethod } from './webhook.ts';

/** A `<Stream>` that may be opened. */
export interface StreamPlan {
  /** `wss://…`, as the gateway's TwiML says it: what is signed. */
  readonly url: string;
  readonly name: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly statusCallback: { readonly url: string; readonly method: HttpMethod } | undefined;
}

export type StreamPlanning =
  | { readonly kind: 'plan'; readonly plan: StreamPlan; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly code: 31920 | 31922 | 31923 | 31941; readonly message: string };

const refused = (code: 31920 | 31922 | 31923 | 31941, message: string): StreamPlanning => ({
  kind: 'refused',
  code,
  message,
});

export const methodOf = (text: string | undefined): HttpMethod => (text?.toUpperCase() === 'GET' ? 'GET' : 'POST');

/** The stream's URL; a relative one is taken relative to the document. */
const resolveUrl = (text: string, base: string): URL | undefined => {
  if (!URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  if (!URL.canParse(text)) url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
};

/** Twilio leaves out a parameter whose name and value together have 500 characters or more. */
const parametersOf = (stream: TwimlElement, warnings: string[]): Record<string, string> => {
  const parameters: Record<string, string> = {};
  for (const { attributes } of stream.children) {
    const { name = '', value = '' } = attributes;
    if (name.length + value.length < 500) parameters[name] = value;
    else warnings.push(`<Parameter name="${name}"> has 500 characters or more`);
  }
  return parameters;
};

const callbackOf = (stream: TwimlElement, warnings: string[]): StreamPlan['statusCallback'] => {
  const { statusCallback: url, statusCallbackMethod } = stream.attributes;
  if (url === undefined) return undefined;
  if (/^https?:/.test(url) && URL.canParse(url)) return { url, method: methodOf(statusCallbackMethod) };
  warnings.push('<Stream statusCallback> is not an absolute URL');
  return undefined;
};

/** Checks `<Connect><Stream>` as Twilio does before it opens a socket. `base` is the URL of the document. */
export const planStream = (stream: TwimlElement, base: string): StreamPlanning => {
  const { url: text, track = 'inbound_track', name } = stream.attributes;
  if (text === undefined) return refused(31923, 'stream without a URL');
  const url = resolveUrl(text, base);
  if (url === undefined) return refused(31923, `malformed stream URL ${text}`);
  if (url.protocol !== 'wss:') return refused(31922, `stream URL with ${url.protocol}, not wss:`);
  if (text.includes('?')) return refused(31920, 'stream URL with a query string');
  if (track !== 'inbound_track') return refused(31941, `track ${track} under <Connect>`);
  const warnings: string[] = [];
  const parameters = parametersOf(stream, warnings);
  const statusCallback = callbackOf(stream, warnings);
  return { kind: 'plan', plan: { url: URL.canParse(text) ? text : url.href, name, parameters, statusCallback }, warnings };
};
