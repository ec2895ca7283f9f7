import type { CallId, WallTime } from '../../infra/brand.ts';
import { wallTime } from '../../infra/brand.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { errorType } from './genai.ts';
import { type Beginning, callSpanId, type SpanPart, spanIdOf, traceIdOf } from './ids.ts';
import { type CallSpan, type SpanMoment, type SpanValues, shownWord } from './span.ts';
import { earliest, latest } from './times.ts';

type EventOf<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;

/** A handoff, a transfer or a payment under way. It may begin in one process and end in another. */
export interface Detour {
  readonly begins: Beginning;
  readonly kind: 'handoff' | 'transfer' | 'payment';
  readonly startedAt: WallTime;
  readonly values: SpanValues;
  /** When the person took the caller. */
  readonly acceptedAt?: WallTime;
}

/** By what their events have in common. */
export type Detours = ReadonlyMap<string, Detour>;

/** How a detour ended. */
export interface Ending {
  readonly at: WallTime;
  readonly failure: string | undefined;
  readonly values: SpanValues;
}

const handoffKey = ({ epoch }: { readonly epoch: number }): string => `handoff ${epoch}`;
const transferKey = ({ transfer }: { readonly transfer: string }): string => `transfer ${transfer}`;
const paymentKey = ({ payment }: { readonly payment: string }): string => `payment ${payment}`;

const fromTo = ({ from, to }: { readonly from: string; readonly to: string }): SpanValues => ({
  'throughline.from': shownWord(from),
  'throughline.to': shownWord(to),
});

const beginningOf = ({ term, seq }: ContextEvent): Beginning => ({ term, seq });

/** The detour that begins with this event. */
export const begun = (event: ContextEvent): readonly [string, Detour] | undefined => {
  const from = { begins: beginningOf(event), startedAt: event.at };
  switch (event.type) {
    case 'handoff-requested':
      return [
        handoffKey(event),
        { ...from, kind: 'handoff', values: { ...fromTo(event), 'throughline.trigger': event.trigger } },
      ];
    case 'transfer-requested':
      return [
        transferKey(event),
        {
          ...from,
          kind: 'transfer',
          values: { ...fromTo(event), 'throughline.trigger': event.trigger, 'throughline.way': event.way },
        },
      ];
    case 'payment-started':
      return [paymentKey(event), { ...from, kind: 'payment', values: { 'throughline.from': shownWord(event.agent) } }];
    default:
      return undefined;
  }
};

/** The detour that this event takes a step further. */
export const accepted = (event: ContextEvent): string | undefined =>
  event.type === 'transfer-accepted' ? transferKey(event) : undefined;

/** The detour that ends with this event, and how. */
export const ended = (event: ContextEvent): readonly [string, Ending] | undefined => {
  const { at } = event;
  const failed = (why: string, values: SpanValues = {}): Ending => ({ at, failure: shownWord(why), values });
  switch (event.type) {
    case 'handoff-failed':
      return [handoffKey(event), failed(event.why)];
    case 'transfer-failed':
      return [transferKey(event), failed(event.why)];
    case 'transfer-ended':
      return [
        transferKey(event),
        { at, failure: undefined, values: { 'throughline.outcome': event.ending, 'throughline.talk_ms': event.talkMs } },
      ];
    case 'payment-ended': {
      const values = { 'throughline.outcome': event.outcome };
      return [
        paymentKey(event),
        event.outcome === 'paid' ? { at, failure: undefined, values } : failed(event.outcome, values),
      ];
    }
    default:
      return undefined;
  }
};

/** One span of a call. */
export const detourSpan = (callId: CallId, { begins, kind, startedAt, values }: Detour, ending: Ending): CallSpan => ({
  traceId: traceIdOf(callId),
  spanId: spanIdOf(callId, begins, 'detour'),
  parentId: callSpanId(callId),
  name: kind,
  startedAt,
  endedAt: latest(startedAt, ending.at),
  values: { ...values, ...ending.values, ...(ending.failure === undefined ? {} : { [errorType]: ending.failure }) },
  moments: [],
  follows: [],
  failure: ending.failure,
});

/** A part of a span, from one time to another. */
const phase = (
  span: CallSpan,
  spanId: string,
  { name, startedAt, endedAt }: Pick<CallSpan, 'name' | 'startedAt' | 'endedAt'>,
) => ({
  ...span,
  spanId,
  parentId: span.spanId,
  name,
  startedAt,
  endedAt,
  values: {},
  moments: [],
  failure: undefined,
});

/** A detour that is over; a transfer with its parts: until the person took the caller, and from then on. */
export const withStages = (callId: CallId, detour: Detour, ending: Ending): readonly CallSpan[] => {
  const span = detourSpan(callId, detour, ending);
  const { acceptedAt, kind, begins, startedAt } = detour;
  if (kind !== 'transfer') return [span];
  const stage = (part: SpanPart, from: WallTime, to: WallTime) =>
    phase(span, spanIdOf(callId, begins, part), { name: `${kind} ${part}`, startedAt: from, endedAt: latest(from, to) });
  if (acceptedAt === undefined || acceptedAt < startedAt) return [span, stage('searching', startedAt, span.endedAt)];
  const taken = earliest(acceptedAt, span.endedAt);
  return [span, stage('searching', startedAt, taken), stage('talking', taken, span.endedAt)];
};

/**
 * A handoff that was committed, with the phases that the machine has: until the new session was configured and briefed, until its first
 * sound, until the old agent's last words were generated. Their lengths were measured on a monotonic clock, from the request on.
 */
export const committed = (callId: CallId, detour: Detour, event: EventOf<'handoff-committed'>): readonly CallSpan[] => {
  const { startedAt, begins } = detour;
  const whole = Math.max(0, event.switchMs);
  const spoke = Math.min(Math.max(0, event.firstAudioMs), whole);
  const configured = Math.min(Math.max(0, event.configuredMs), spoke);
  const after = (span: number): WallTime => wallTime(startedAt + span);
  const moment = (name: string, span: number): SpanMoment => ({ name, at: after(span), values: {} });
  const values = {
    'throughline.silence_ms': event.silenceMs,
    'throughline.kept_ms': event.keptMs,
    'throughline.facts_carried': event.factsCarried,
    'throughline.briefing_tokens': event.briefingTokens,
    'throughline.foreseen': event.foreseen,
  };
  const handoff = {
    ...detourSpan(callId, detour, { at: after(whole), failure: undefined, values }),
    moments: [
      moment('requested', 0),
      moment('configured', configured),
      moment('first-audio', spoke),
      moment('committed', whole),
    ],
  };
  const part = (name: SpanPart, from: number, to: number) =>
    phase(handoff, spanIdOf(callId, begins, name), { name: `handoff ${name}`, startedAt: after(from), endedAt: after(to) });
  return [handoff, part('preparing', 0, configured), part('proving', configured, spoke), part('draining', spoke, whole)];
};

/** The handoff that is committed with this event. */
export const committedKey = (event: ContextEvent): string | undefined =>
  event.type === 'handoff-committed' ? handoffKey(event) : undefined;
