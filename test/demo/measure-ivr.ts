import { soundSpans } from '../world/carrier/track.ts';
import { briefingOf, firstWordsOf, type SessionRecord } from '../world/model/record.ts';
import { askedAgainIn } from './asked-again.ts';
import { asList, asText, objectOf, parsed } from './loose-json.ts';
import { type CommonFigures, callSpan, commonShortfalls, measureCommon } from './measure.ts';
import { complaints, factsInLine } from './measure-article.ts';
import { passedIn } from './passed-fields.ts';
import type { Performance } from './perform.ts';
import type { Report } from './report.ts';
import { toldTo } from './told.ts';

/** What the carrier and the model server measured in a call that came from a menu. */
export interface IvrFigures extends CommonFigures {
  /** Who answered. */
  readonly firstAgent: string | null;
  /** Fields that the menu passed on, and those that the first agent's session had before it began to speak, as entered in the menu. */
  readonly factsTotal: number;
  readonly factsCarried: number;
  /** From the stream's `start` to the first sound in the caller's ear. */
  readonly firstSoundMs: number | null;
  /** Questions of agents for what was passed on. */
  readonly askedAgain: readonly string[];
  /** The tools that looked the invoice up, as the model called them before it answered. */
  readonly tools: readonly string[];
  /** Longest silence in the caller's ear while it was the agent's turn, from the `start` on. */
  readonly deadAirMs: number;
  readonly firstWords: string | null;
}

const wanted = { agent: 'billing', tools: ['getInvoices', 'explainCharge'] } as const;

/** What the menu passed on, as the carrier sent it. */
const passedOn = ({ call }: Performance): Readonly<Record<string, string>> =>
  Object.assign({}, ...call.record.facts.map((fact) => (fact.type === 'webhook' ? passedIn(fact.url) : {})));

/** Whom the model server saw speak first. */
const firstOf = (sessions: readonly SessionRecord[]): SessionRecord | undefined =>
  sessions.find((session) => firstWordsOf(session) !== undefined);

/** Which of the fields were in the briefing when the session's first response was begun. */
const knownBefore = (first: SessionRecord, fields: Readonly<Record<string, string>>): string[] => {
  const startedAt = first.responses[0]?.startedAt ?? 0;
  const facts = asList(objectOf(parsed(briefingOf(first, startedAt)))['facts']).map(objectOf);
  return Object.keys(fields).filter((key) =>
    facts.some((fact) => fact['key'] === key && asText(fact['value']) === fields[key] && fact['source'] === 'ivr'),
  );
};

const firstSoundMs = ({ call }: Performance): number | null => {
  const { facts, heard, now } = call.record;
  const start = facts.find(({ type }) => type === 'stream-opened')?.at;
  if (start === undefined) return null;
  const [first] = soundSpans(heard, { from: Math.round(start), to: Math.round(now) });
  return first === undefined ? null : Math.round(first.from - start);
};

/** Measures a call that came from a menu. */
export const measureFromIvr = (performance: Performance): IvrFigures => {
  const { call, sessions = [] } = performance;
  const fields = passedOn(performance);
  const first = firstOf(sessions);
  const words = sessions.flatMap(({ responses }) => responses.map((response) => response.words));
  const deadAir = call.record.deadAir(callSpan(performance));
  const { callMs, violations, violationCodes, ...common } = measureCommon(performance);
  return {
    ...common,
    firstAgent: first?.persona ?? null,
    factsTotal: Object.keys(fields).length,
    factsCarried: first === undefined ? 0 : knownBefore(first, fields).length,
    firstSoundMs: firstSoundMs(performance),
    askedAgain: askedAgainIn(words.join(' ')),
    tools: sessions.flatMap(({ responses }) => responses.flatMap(({ toolCalls }) => toolCalls.map(({ name }) => name))),
    deadAirMs: Math.round(deadAir.to - deadAir.from),
    firstWords: (first === undefined ? undefined : firstWordsOf(first)) ?? null,
    callMs,
    violations,
    violationCodes,
  };
};

/** What of it should not be, in words; empty when all is well. */
export const shortfallsFromIvr = (figures: IvrFigures): string[] => {
  const { firstAgent, factsTotal, factsCarried, askedAgain, tools } = figures;
  return [
    ...commonShortfalls(figures, 1),
    firstAgent !== wanted.agent && `The call was answered by ${firstAgent ?? 'nobody'} instead of ${wanted.agent}.`,
    factsTotal !== 3 && `The menu passed on ${factsTotal} fields instead of 3.`,
    factsCarried !== factsTotal && `The first agent had only ${factsCarried} of ${factsTotal} fields before it spoke.`,
    askedAgain.length > 0 && `It was asked again: ${askedAgain.join(' ')}`,
    !wanted.tools.every((tool) => tools.includes(tool)) && 'The agent answered without having looked the invoice up.',
  ].filter((words) => words !== false);
};

/** The call out of the menu, as it was measured. */
export const reportFromIvr = (performance: Performance): Report => {
  const figures = measureFromIvr(performance);
  const first = firstOf(performance.sessions ?? []);
  const told = first === undefined ? undefined : toldTo(first);
  const { firstSoundMs: soundMs, factsCarried, factsTotal, askedAgain, firstWords } = figures;
  const facts = told?.facts ?? [];
  const fields = Object.entries(passedOn(performance)).map(([key, value]) => ({ key, value }));
  const sound = soundMs === null ? 'none' : `${soundMs} ms`;
  return {
    figures,
    callMs: figures.callMs,
    shortfalls: shortfallsFromIvr(figures),
    praise: 'Resolved, and nothing that was entered in the menu was asked again.',
    rows: [
      ['Outcome', `${figures.outcome} after ${(figures.callMs / 1_000).toFixed(1)} s`],
      ['Answered by', figures.firstAgent ?? 'nobody'],
      ['Passed on and known', `${factsCarried} of ${factsTotal} fields were with the first agent before its first word`],
      ['First sound', `${sound} after the stream's start`],
      ['Asked again', askedAgain.length === 0 ? 'nothing' : askedAgain.join(' ')],
      ['Longest dead air', `${figures.deadAirMs} ms since the stream's start (the model thinking, and its turn detection)`],
      ["Caller's frames lost", `${figures.callerFramesLost} of ${figures.callerFramesSent}`],
      ['Complaints', complaints(figures)],
    ],
    sections: [
      { title: 'What the menu passed on', rows: [['In the URL', factsInLine(fields)]] },
      { title: 'What the first agent was told', rows: [['Facts', factsInLine(facts)]] },
      ...(firstWords === null
        ? []
        : [{ title: 'Its first words', rows: [['', `“${firstWords}”`, 'billing']] as [string, string, string][] }]),
    ],
    cards: [
      { value: `${factsCarried} / ${factsTotal}`, name: 'Fields from the menu', note: 'known before the first word' },
      { value: sound, name: 'First sound', note: 'after the stream’s start' },
      { value: String(askedAgain.length), name: 'Asked again', note: 'of what was entered' },
      {
        value: String(figures.callerFramesLost),
        name: 'Caller’s frames lost',
        note: `of ${figures.callerFramesSent}, 20 ms each`,
      },
      { value: `${figures.deadAirMs} ms`, name: 'Longest silence', note: 'while it was the agent’s turn' },
    ],
    panels:
      told === undefined
        ? []
        : [
            {
              title: 'What the first agent was told',
              who: 'billing',
              lead: 'The caller was in an automatic menu before.',
              facts,
              whole: { name: 'The whole briefing, as the model received it', text: told.whole },
            },
          ],
  };
};
