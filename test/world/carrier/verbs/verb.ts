import type { TwimlElement } from '../../twiml-document.ts';
import { waitFor } from '../announce.ts';
import type { CallRecord } from '../call-record.ts';
import type { Callback, Leg, Next, RunDocuments } from '../leg.ts';
import type { FormValues } from '../signature.ts';
import { methodOf, type StreamPlan } from '../stream-plan.ts';
import type { HttpMethod } from '../webhook.ts';
import type { CarrierWorld } from '../world.ts';

/** What a running document can do with its call. */
export interface Stage {
  readonly world: CarrierWorld;
  readonly leg: Leg;
  readonly record: CallRecord;
  /** URL of the running document; empty for one that came by REST. */
  readonly base: string;
  readonly method: HttpMethod;
  readonly run: RunDocuments;
  /** A request with the parameters of the call, whose answer doesn't matter. */
  notify(purpose: string, callback: Callback | undefined, form: FormValues): void;
  /** A request with these parameters alone, whose answer doesn't matter. */
  report(purpose: string, callback: Callback, form: FormValues): void;
  /** Opens the stream and waits until it is over, or could not be opened. The answer: whether the call goes on. */
  stream(plan: StreamPlan, signal: AbortSignal): Promise<boolean>;
  streamRefused(element: TwimlElement, code: number, message: string): void;
}

export type Verb = (stage: Stage, element: TwimlElement, signal: AbortSignal) => Promise<Next>;

export const on: Next = { go: 'on' };

/** Milliseconds of an attribute in seconds. */
export const seconds = (text: string | undefined, byDefault: number): number => {
  const value = Number(text ?? byDefault);
  return 1_000 * (Number.isFinite(value) && value >= 0 ? value : byDefault);
};

/** How often something is heard: `loop="0"` means until it is stopped. */
export const timesOf = (element: TwimlElement): number => {
  const loop = Number(element.attributes['loop'] ?? 1);
  return loop === 0 ? Number.POSITIVE_INFINITY : loop;
};

/** An absolute URL; a malformed one stays as it is, and its request fails. */
export const absolute = (url: string, base: string): string => (URL.canParse(url, base) ? new URL(url, base).href : url);

/** Where an attribute with a URL points. */
export const callbackOf = (stage: Stage, url: string | undefined, method: string | undefined): Callback | undefined =>
  url === undefined ? undefined : { url: absolute(url, stage.base), method: methodOf(method) };

export const toAction = (stage: Stage, element: TwimlElement, form: FormValues = {}): Next => {
  const action = callbackOf(stage, element.attributes['action'], element.attributes['method']);
  if (action === undefined) return on;
  return { go: 'to', source: { kind: 'url', purpose: 'action', ...action, form } };
};

/** Like `toAction`, for verbs whose action is told even when the caller hung up in them; the answer counts for nothing then. */
export const afterwards = (
  stage: Stage,
  element: TwimlElement,
  { form, signal }: { readonly form: FormValues; readonly signal: AbortSignal },
): Next => {
  if (!signal.aborted) return toAction(stage, element, form);
  const { action, method } = element.attributes;
  if (stage.leg.over) stage.notify('action', callbackOf(stage, action, method), form);
  return on;
};

/** Settles after `span` ms, if there is a limit, or with the signal. */
export const timeLimit = (stage: Stage, limit: string | undefined, signal: AbortSignal): Promise<void> =>
  waitFor(stage.world.clock, limit === undefined ? 4 * 3_600_000 : seconds(limit, 14_400), signal);
