import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { longestSilence, type Span, soundSpans } from '../world/carrier/track.ts';
import { briefingOf, type SessionRecord } from '../world/model/record.ts';
import { wordSpans } from './handoff-silence.ts';
import { asList, asText, objectOf, parsed } from './loose-json.ts';
import { type CommonFigures, commonShortfalls, measureCommon } from './measure.ts';
import type { Performance } from './perform.ts';

/** How one leg of the call ended, by the carrier's word. */
export interface LegEnd {
  readonly who: 'caller' | 'person';
  readonly how: string;
  readonly seconds: number;
}

/** What the carrier and the model server measured in a call that went to a person and back. Times in ms; null: it didn't happen. */
export interface PersonFigures extends CommonFigures {
  /** From the end of the response that asked for a person: until the phone was rung, the key 1 was pressed, both had each other. */
  readonly rungMs: number | null;
  readonly acceptedMs: number | null;
  readonly joinedMs: number | null;
  readonly talkMs: number | null;
  /** Longest silence in the caller's ear: until the person had accepted; from then until they were heard; from their star key on. */
  readonly silenceBeforeMs: number | null;
  /** Longest stretch until then in which the caller heard no word, only the soft sign that somebody is there. */
  readonly wordlessMs: number | null;
  readonly silencePutThroughMs: number | null;
  readonly silenceReturnMs: number | null;
  /** From the star key to the agent's first sound in the caller's ear. */
  readonly returnMs: number | null;
  /** Of what the caller and the person said to each other, what the other did not hear. */
  readonly talkLostMs: number | null;
  /** What the person heard before they took the caller. */
  readonly whisper: string | null;
  /** What there was to know, and what of it stood on the person's page. */
  readonly factsTotal: number;
  readonly factsOnPage: number;
  /** What the person wrote, as the agent's session had it before its first word. */
  readonly cameBack: string | null;
  readonly legs: readonly LegEnd[];
}

/** All there is to know when a person is asked for. */
const known: readonly RegExp[] = [
  /\+1 ?\(?415\)?[ -]?555[ -]?0134/,
  /acct_1042/,
  /Robin Example/,
  /\bPro\b/,
  /yesterday/i,
  /ak_live_R001/,
  /Reset API key/,
  /\bfailed\b/i,
  /The new API key still fails, and the caller asks for a person/,
];

/** What of it has to be said in the person's ear. */
const toldBefore: readonly RegExp[] = [/Robin Example/, /new API key still fails/, /Tried: .*failed/];

const rounded = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Math.round(value);

/** Moments of the transfer, in the caller's call time. */
interface Moments {
  readonly asked: number | undefined;
  readonly rung: number | undefined;
  readonly accepted: number | undefined;
  readonly joined: number | undefined;
  /** The person is heard. */
  readonly heard: number | undefined;
  readonly starred: number | undefined;
  /** The agent is heard again. */
  readonly back: number | undefined;
}

const askedAt = ({ call, sessions = [] }: Performance): number | undefined => {
  const responses = sessions.flatMap((session) => session.responses);
  const asking = responses.find(({ toolCalls }) => toolCalls.some(({ name }) => name === 'transfer_to_human'));
  return asking?.endedAt === undefined ? undefined : asking.endedAt - call.record.origin;
};

const firstSound = ({ record }: PhoneCall, from: number | undefined): number | undefined =>
  from === undefined ? undefined : soundSpans(record.heard, { from: Math.round(from), to: Math.round(record.now) })[0]?.from;

const momentsOf = (performance: Performance): Moments => {
  const { call, people } = performance;
  const [person] = people;
  const offset = (person?.record.origin ?? 0) - call.record.origin;
  const pressed = (key: string) =>
    person?.record.facts.find((fact) => fact.type === 'digit-pressed' && fact.digit === key)?.at;
  const joined = person?.record.facts.find((fact) => fact.type === 'company' && fact.with.length > 0)?.at;
  const onCall = (at: number | undefined) => (at === undefined ? undefined : at + offset);
  const opened = call.record.facts.filter(({ type }) => type === 'stream-opened');
  return {
    asked: askedAt(performance),
    rung: person === undefined ? undefined : offset,
    accepted: onCall(pressed('1')),
    joined: onCall(joined),
    heard: firstSound(call, onCall(joined)),
    starred: onCall(pressed('*')),
    back: firstSound(call, opened[1]?.at),
  };
};

const between = (from: number | undefined, to: number | undefined): number | null =>
  from === undefined || to === undefined ? null : rounded(to - from);

const silence = ({ call }: Performance, from: number | undefined, to: number | undefined): number | null => {
  if (from === undefined || to === undefined || to <= from) return null;
  const longest = call.record.silence({ from: Math.round(from), to: Math.round(to) });
  return rounded(longest.to - longest.from);
};

const wordlessMs = (
  { call, sessions = [] }: Performance,
  from: number | undefined,
  to: number | undefined,
): number | null => {
  if (from === undefined || to === undefined || to <= from) return null;
  const words = sessions.flatMap((session) => wordSpans(call.record, session)).sort((one, other) => one.from - other.from);
  const longest = longestSilence(words, { from, to });
  return rounded(longest.to - longest.from);
};

const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);

/** Speech of one that the other did not hear, in ms. The room is 20 ms behind. */
const unheard = (speaker: PhoneCall, listener: PhoneCall, { from, to }: Span): number => {
  const offset = speaker.record.origin - listener.record.origin;
  const said = lengthOf(soundSpans(speaker.record.spoken, { from: Math.round(from), to: Math.round(to) }));
  const span = { from: Math.round(from + offset), to: Math.round(to + offset + 40) };
  return Math.max(0, said - lengthOf(soundSpans(listener.record.heard, span)));
};

const talkLostMs = ({ call, people }: Performance, { joined, starred }: Moments): number | null => {
  const [person] = people;
  if (person === undefined || joined === undefined || starred === undefined) return null;
  const shift = call.record.origin - person.record.origin;
  const lost =
    unheard(call, person, { from: joined, to: starred }) +
    unheard(person, call, { from: joined + shift, to: starred + shift });
  return Math.round(lost);
};

/** Who took the caller back: the last who spoke. */
export const returnedTo = (sessions: readonly SessionRecord[]): SessionRecord | undefined =>
  sessions.findLast((session) => session.responses.some(({ firstAudioAt }) => firstAudioAt !== undefined));

const cameBackTo = (session: SessionRecord | undefined): string | null => {
  if (session === undefined) return null;
  const briefing = objectOf(parsed(briefingOf(session, session.responses[0]?.startedAt)));
  const wrote = objectOf(asList(briefing['transfers']).at(-1))['personWrote'];
  return wrote === undefined ? null : asText(wrote);
};

const legEnd = (who: LegEnd['who'], { record, over }: PhoneCall): LegEnd => {
  const ended = record.facts.find(({ type }) => type === 'ended');
  const how = over && record.end !== undefined ? `${record.end.status}, ${record.end.reason}` : 'still there';
  return { who, how, seconds: Math.round((ended?.at ?? record.now) / 100) / 10 };
};

/** What the person read of the call, as text. */
const pageText = ({ story }: Performance): string =>
  story.entries
    .flatMap((entry) => (entry.kind === 'page-read' ? [entry.page.replaceAll(/<[^>]*>/g, ' ')] : []))
    .join(' ')
    .replaceAll(/\s+/g, ' ');

/** Measures a call that went to a person and back. */
export const measureToPerson = (performance: Performance): PersonFigures => {
  const { call, people, sessions = [] } = performance;
  const moments = momentsOf(performance);
  const { asked, rung, accepted, joined, heard, starred, back } = moments;
  const page = pageText(performance);
  const { callMs, violations, violationCodes, ...common } = measureCommon(performance);
  return {
    ...common,
    rungMs: between(asked, rung),
    acceptedMs: between(asked, accepted),
    joinedMs: between(asked, joined),
    talkMs: between(joined, starred),
    silenceBeforeMs: silence(performance, asked, accepted),
    wordlessMs: wordlessMs(performance, asked, accepted),
    silencePutThroughMs: silence(performance, accepted, heard),
    silenceReturnMs: silence(performance, starred, back),
    returnMs: between(starred, back),
    talkLostMs: talkLostMs(performance, moments),
    whisper: people[0]?.record.said[0] ?? null,
    factsTotal: known.length,
    factsOnPage: known.filter((fact) => fact.test(page)).length,
    cameBack: cameBackTo(returnedTo(sessions)),
    legs: [legEnd('caller', call), ...people.map((person) => legEnd('person', person))],
    callMs,
    violations,
    violationCodes,
  };
};

/** What of it should not be, in words; empty when all is well. */
export const shortfallsToPerson = (figures: PersonFigures, note: string | undefined): string[] => {
  const { legs, joinedMs, returnMs, talkLostMs: lost, whisper, factsOnPage, factsTotal, cameBack } = figures;
  return [
    ...commonShortfalls(figures, 2),
    joinedMs === null && 'The caller never had the person.',
    returnMs === null && 'The caller did not come back.',
    lost !== null && lost > 200 && `${lost} ms of what the two said was not heard.`,
    !toldBefore.every((fact) => fact.test(whisper ?? '')) &&
      'The person did not hear who it is, what it is about and what failed before they took the caller.',
    factsOnPage !== factsTotal && `Only ${factsOnPage} of ${factsTotal} facts were on the person's page.`,
    (note === undefined || cameBack !== note) && 'What the person wrote did not come back with the caller.',
    legs.length !== 2 && `The call had ${legs.length} legs instead of 2.`,
    ...legs.map(({ who, how }) => !/^completed/.test(how) && `The leg of the ${who} did not end well: ${how}.`),
  ].filter((words) => words !== false);
};
