import { ms } from '../../../infra/brand.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { TwimlElement } from '../twiml-document.ts';
import type { CallRecord } from './call-record.ts';
import { methodOf, planStream, type StreamPlan } from './stream-plan.ts';
import type { HttpMethod } from './webhook.ts';

/** Where the next document comes from. */
export type TwimlSource =
  | {
      readonly kind: 'url';
      readonly purpose: string;
      readonly url: string;
      readonly method: HttpMethod;
      readonly form?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'inline'; readonly twiml: string };

export type Ending = { readonly go: 'end'; readonly reason: string; readonly status: string };

/** What follows a verb: the next one, another document, or the end of the call. */
export type Next = { readonly go: 'on' } | { readonly go: 'to'; readonly source: TwimlSource } | Ending;

/** Somebody or something that `<Dial>` or `<Enqueue>` reaches for. */
export interface Dialled {
  /** `Number`, `Sip`, `Client`, `Conference`, `Queue`, or `Enqueue`. */
  readonly kind: string;
  readonly target: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Attributes of the verb around it. */
  readonly dial: Readonly<Record<string, string>>;
}

export interface DialOutcome {
  /** For `Enqueue`: `bridged`, `leave`, `error`, `hangup`. */
  readonly status: string;
  readonly ringMs: number;
  readonly talkMs: number;
  /** What the other side says to the caller: mu-law. */
  readonly heard?: Uint8Array;
}

/** What a running document can do with its call. */
export interface Stage {
  readonly record: CallRecord;
  /** URL of the running document. */
  readonly base: string;
  /** How the script of the scenario says that dialling ends. */
  dialOutcome(dialled: Dialled): DialOutcome;
  /** Mu-law speech for a sentence of `<Say>`. */
  say(text: string): Uint8Array;
  sid(prefix: string): string;
  /** Plays audio to the caller until it ends. */
  announce(mulaw: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Opens the stream and waits until it is over, or could not be opened. The answer: whether the call goes on. */
  stream(plan: StreamPlan, signal: AbortSignal): Promise<boolean>;
  streamRefused(element: TwimlElement, code: number, message: string): void;
}

type Verb = (stage: Stage, element: TwimlElement, signal: AbortSignal) => Promise<Next>;

const on: Next = { go: 'on' };

/** Waits, but not longer than the document runs. */
export const waitFor = (clock: Clock, span: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(ms(span), resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });

const seconds = (text: string | undefined, byDefault: number): number => {
  const value = Number(text ?? byDefault);
  return 1_000 * (Number.isFinite(value) && value >= 0 ? value : byDefault);
};

/** An absolute URL; a malformed one stays as it is, and its request fails. */
const absolute = (url: string, base: string): string => (URL.canParse(url, base) ? new URL(url, base).href : url);

const toAction = (stage: Stage, element: TwimlElement, form: Readonly<Record<string, string>> = {}): Next => {
  const { action, method } = element.attributes;
  if (action === undefined) return on;
  const url = absolute(action, stage.base);
  return { go: 'to', source: { kind: 'url', purpose: 'action', url, method: methodOf(method), form } };
};

const connect: Verb = async (stage, element, signal) => {
  const [noun] = element.children;
  if (noun?.name !== 'Stream') {
    stage.record.debug(12200, `<Connect> with ${noun?.name ?? 'nothing'} is not simulated`);
    return toAction(stage, element);
  }
  const planning = planStream(noun, stage.base);
  if (planning.kind === 'refused') stage.streamRefused(noun, planning.code, planning.message);
  else {
    for (const warning of planning.warnings) stage.record.debug(12200, warning);
    if (!(await stage.stream(planning.plan, signal))) return { go: 'end', reason: 'stream-broke', status: 'completed' };
  }
  return toAction(stage, element);
};

const redirect: Verb = async (stage, element) => {
  const url = absolute(element.text, stage.base);
  return { go: 'to', source: { kind: 'url', purpose: 'redirect', url, method: methodOf(element.attributes['method']) } };
};

const say: Verb = async (stage, element, signal) => {
  await stage.announce(stage.say(element.text), signal);
  return on;
};

const pause: Verb = async (stage, element, signal) => {
  await waitFor(stage.record.clock, seconds(element.attributes['length'], 1), signal);
  return on;
};

/** Keys or a recording: their sound is not simulated, only that it takes a second. */
const play: Verb = async (stage, _element, signal) => {
  await waitFor(stage.record.clock, 1_000, signal);
  return on;
};

const hangup: Verb = async () => ({ go: 'end', reason: 'hangup-verb', status: 'completed' });

const reject: Verb = async (_stage, element) => ({
  go: 'end',
  reason: 'rejected',
  status: element.attributes['reason'] === 'busy' ? 'busy' : 'no-answer',
});

const converse = async (stage: Stage, outcome: DialOutcome, signal: AbortSignal): Promise<void> => {
  const { clock } = stage.record;
  await waitFor(clock, outcome.ringMs, signal);
  const endsAt = clock.now() + outcome.talkMs;
  if (outcome.heard !== undefined && !signal.aborted) await stage.announce(outcome.heard, signal);
  await waitFor(clock, Math.max(0, endsAt - clock.now()), signal);
};

const dial: Verb = async (stage, element, signal) => {
  const noun = element.children[0] ?? { name: 'Number', attributes: {}, text: element.text };
  const dialled = { kind: noun.name, target: noun.text, attributes: noun.attributes, dial: element.attributes };
  const outcome = stage.dialOutcome(dialled);
  await converse(stage, outcome, signal);
  const talked = outcome.status === 'completed' || outcome.status === 'answered';
  return toAction(stage, element, {
    DialCallStatus: outcome.status,
    DialBridged: String(talked),
    ...(noun.name !== 'Conference' && { DialCallSid: stage.sid('CA') }),
    ...(talked && { DialCallDuration: String(Math.round(outcome.talkMs / 1_000)) }),
  });
};

const enqueue: Verb = async (stage, element, signal) => {
  const outcome = stage.dialOutcome({ kind: 'Enqueue', target: element.text, attributes: element.attributes, dial: {} });
  await converse(stage, outcome, signal);
  const waited = String(Math.round(outcome.ringMs / 1_000));
  return toAction(stage, element, { QueueSid: stage.sid('QU'), QueueTime: waited, QueueResult: outcome.status });
};

const verbs: Readonly<Record<string, Verb>> = {
  Connect: connect,
  Redirect: redirect,
  Say: say,
  Pause: pause,
  Play: play,
  Hangup: hangup,
  Reject: reject,
  Dial: dial,
  Enqueue: enqueue,
};

const describe = (element: TwimlElement): string =>
  [element.text, ...element.children.map((child) => `${child.name} ${child.text || (child.attributes['url'] ?? '')}`)]
    .join(' ')
    .trim();

/** Executes one verb. A verb of TwiML that is not simulated shows in the debugger, so that no scenario passes by accident. */
export const runVerb: Verb = async (stage, element, signal) => {
  stage.record.note({ type: 'verb', name: element.name, detail: describe(element) });
  const verb = verbs[element.name];
  if (verb !== undefined) return verb(stage, element, signal);
  stage.record.debug(12200, `<${element.name}> is not simulated`);
  return on;
};
