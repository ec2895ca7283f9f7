import { factsCarriedTo } from '../world/article.ts';
import type { Span } from '../world/carrier/track.ts';
import { briefingOf, firstWordsOf, type ResponseRecord, type SessionRecord } from '../world/model/record.ts';
import { framesLost, type ReceivedAudio, type SentLine } from './frames-heard.ts';
import { handoffSilence } from './handoff-silence.ts';
import type { Performance } from './perform.ts';

/** How the call ended. */
export type Outcome = 'resolved' | 'not-resolved' | 'caller-gave-up' | 'too-slow';

/** What the carrier and the model server measured. `null`: not measurable, because the model was the real one, or it didn't happen. */
export interface Figures {
  readonly outcome: Outcome;
  readonly phoneSockets: number;
  readonly sessions: number | null;
  readonly handoffs: number | null;
  readonly callerFramesSent: number;
  readonly callerFramesLost: number | null;
  readonly factsTotal: number | null;
  readonly factsCarried: number | null;
  readonly deadAirMs: number;
  readonly handoffDeadAirMs: number | null;
  readonly handoffGapMs: number | null;
  readonly switchMs: number | null;
  readonly specialistFirstWords: string | null;
  readonly callMs: number;
  readonly violations: number;
  readonly violationCodes: readonly (string | number)[];
}

/** A session in call time, in the order in which they were bound. */
interface Handoff {
  readonly from: SessionRecord;
  readonly to: SessionRecord;
}

/** Frames sent later than this before the last session closed may still be on their way: nobody is meant to answer them. */
const onTheWayMs = 200;

/** The handoffs that happened, in order: a briefed session of another agent spoke. */
export const handoffsIn = (sessions: readonly SessionRecord[]): Handoff[] => {
  const spoke = sessions.filter((session) => session.responses.some(({ firstAudioAt }) => firstAudioAt !== undefined));
  return spoke.flatMap((to, at) => {
    const from = spoke[at - 1];
    return from !== undefined && from.persona !== to.persona && briefingOf(to) !== '' ? [{ from, to }] : [];
  });
};

const receivedBy = ({ appended, appendedMs }: SessionRecord): ReceivedAudio => {
  const bytes = Buffer.concat(appended);
  return { bytes, format: bytes.length > 20 * appendedMs ? 'pcm' : 'pcmu' };
};

/** Each stream of the line up to the end of the last session that it had. */
const sentLine = ({ call }: Performance, sessions: readonly SessionRecord[]): SentLine => {
  const { record } = call;
  const lives = sessions.map(({ openedAt, closedAt }) => ({
    from: openedAt - record.origin,
    to: closedAt === undefined ? record.now : closedAt - record.origin,
  }));
  const frames = call.leg.streams.all.flatMap(({ sent }) => {
    const closed = lives.filter(({ from, to }) => from < sent.to && to > sent.from).map(({ to }) => to);
    const until = Math.max(0, ...closed) - onTheWayMs;
    const count = Math.max(0, Math.floor((Math.min(sent.to, until) - sent.from) / 20));
    return Array.from({ length: count }, (_, at) => Math.round(sent.from * 8) + at * 160);
  });
  const end = Math.max(0, ...frames) + 160;
  return { mulaw: record.spoken.slice(0, end), frames };
};

/** Numbers of the caller's frames that are in no session's input. */
export const callerFramesLost = (performance: Performance, sessions: readonly SessionRecord[]): number[] =>
  framesLost(sentLine(performance, sessions), sessions.map(receivedBy));

const asked = (response: ResponseRecord): boolean => response.toolCalls.some(({ name }) => name.startsWith('transfer_to_'));

const switchMsOf = ({ from, to }: Handoff): number | null => {
  const askedAt = from.responses.findLast(asked)?.endedAt;
  const spokeAt = to.responses.find(({ firstAudioAt }) => firstAudioAt !== undefined)?.firstAudioAt;
  return askedAt === undefined || spokeAt === undefined ? null : Math.round(spokeAt - askedAt);
};

const endedResolved = (sessions: readonly SessionRecord[]): boolean =>
  sessions.some(({ responses }) =>
    responses.some(({ toolCalls }) =>
      toolCalls.some((call) => call.name === 'end_call' && /"resolved"\s*:\s*true/.test(call.arguments)),
    ),
  );

/** Resolved is what all witnesses say: the model's own last tool call, the bundle, and our TwiML as the carrier executed it. */
export const outcomeOf = ({ call, callerOutcome, bundle, sessions }: Performance): Outcome => {
  if (callerOutcome === 'too-slow') return 'too-slow';
  if (callerOutcome === 'gave-up') return 'caller-gave-up';
  const ended = call.record.facts.find((fact) => fact.type === 'ended');
  const hungUpByUs = ended?.type === 'ended' && ended.reason === 'hangup-verb' && ended.status === 'completed';
  const saidSo = sessions === undefined || endedResolved(sessions);
  return hungUpByUs && saidSo && bundle?.ended?.resolved === true ? 'resolved' : 'not-resolved';
};

/** From the first stream of the call to its end, in call time. */
export const callSpan = ({ call }: Performance): Span => {
  const { facts, now } = call.record;
  const at = (type: string) => facts.find((fact) => fact.type === type)?.at;
  return { from: at('stream-opened') ?? 0, to: at('ended') ?? now };
};

const modelFigures = (performance: Performance, sessions: readonly SessionRecord[]) => {
  const handoffs = handoffsIn(sessions);
  const handoff = handoffs[0];
  const facts = handoff === undefined ? undefined : factsCarriedTo(handoff.to);
  const silence = handoff === undefined ? undefined : handoffSilence(performance.call.record, handoff);
  return {
    sessions: sessions.length,
    handoffs: handoffs.length,
    callerFramesLost: callerFramesLost(performance, sessions).length,
    factsTotal: facts?.total ?? null,
    factsCarried: facts?.carried.length ?? null,
    handoffDeadAirMs: silence?.earMs ?? null,
    handoffGapMs: silence?.gapMs ?? null,
    switchMs: handoff === undefined ? null : switchMsOf(handoff),
    specialistFirstWords: (handoff === undefined ? undefined : firstWordsOf(handoff.to)) ?? null,
  };
};

const notMeasurable = {
  sessions: null,
  handoffs: null,
  callerFramesLost: null,
  factsTotal: null,
  factsCarried: null,
  handoffDeadAirMs: null,
  handoffGapMs: null,
  switchMs: null,
  specialistFirstWords: null,
} as const;

/** What the model server and the carrier complained of, on every leg, by code. */
export const complaintsIn = ({ call, people, sessions }: Performance): (string | number)[] => [
  ...(sessions ?? []).flatMap(({ violations }) => violations.map(({ code }) => code)),
  ...[call, ...people].flatMap(({ record }) => record.debuggerCodes),
];

/** All figures of a call, by the outside world's measure. */
export const measure = (performance: Performance): Figures => {
  const { call, sessions } = performance;
  const span = callSpan(performance);
  const deadAir = call.record.deadAir(span);
  const codes = complaintsIn(performance);
  return {
    outcome: outcomeOf(performance),
    phoneSockets: call.phoneSockets,
    callerFramesSent: call.callerFramesSent,
    ...(sessions === undefined ? notMeasurable : modelFigures(performance, sessions)),
    deadAirMs: Math.round(deadAir.to - deadAir.from),
    callMs: Math.round(span.to),
    violations: codes.length,
    violationCodes: codes,
  };
};

/** Figures that every simulated call has. */
export interface CommonFigures {
  readonly outcome: Outcome;
  readonly phoneSockets: number;
  readonly sessions: number;
  readonly callerFramesSent: number;
  readonly callerFramesLost: number;
  readonly callMs: number;
  readonly violations: number;
  readonly violationCodes: readonly (string | number)[];
}

/** Measures what every simulated call has. */
export const measureCommon = (performance: Performance): CommonFigures => {
  const { call, sessions = [] } = performance;
  const codes = complaintsIn(performance);
  return {
    outcome: outcomeOf(performance),
    phoneSockets: call.phoneSockets,
    sessions: sessions.length,
    callerFramesSent: call.callerFramesSent,
    callerFramesLost: callerFramesLost(performance, sessions).length,
    callMs: Math.round(callSpan(performance).to),
    violations: codes.length,
    violationCodes: codes,
  };
};

/** What of that should not be, in words; `sockets`: how many the call should have needed. */
export const commonShortfalls = (
  { outcome, callerFramesLost: lost, phoneSockets, violations, violationCodes }: CommonFigures,
  sockets: number,
): (string | false)[] => [
  outcome !== 'resolved' && `The call did not end as resolved: ${outcome}.`,
  lost > 0 && `${lost} frame${lost === 1 ? '' : 's'} of the caller reached no session.`,
  phoneSockets !== sockets &&
    `The phone stream needed ${phoneSockets} sockets instead of ${sockets === 1 ? 'one' : sockets}.`,
  violations > 0 && `The outside world complained: ${violationCodes.join(', ')}.`,
];

/** What of it should not be, in words; empty when all is well. */
export const shortfalls = (figures: Figures): string[] => {
  const { outcome, callerFramesLost: lost, factsCarried, factsTotal, phoneSockets, violations } = figures;
  const found = [
    outcome !== 'resolved' && `The call did not end as resolved: ${outcome}.`,
    lost !== null && lost > 0 && `${lost} frame${lost === 1 ? '' : 's'} of the caller reached no session.`,
    factsCarried !== factsTotal && `Only ${factsCarried} of ${factsTotal} facts were carried to the specialist.`,
    phoneSockets !== 1 && `The phone stream needed ${phoneSockets} sockets instead of one.`,
    violations > 0 && `The outside world complained: ${figures.violationCodes.join(', ')}.`,
  ];
  return found.filter((words) => words !== false);
};
