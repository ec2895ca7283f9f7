import { complaints, factsInLine } from './measure-article.ts';
import { type LegEnd, measureToPerson, type PersonFigures, returnedTo, shortfallsToPerson } from './measure-person.ts';
import type { Performance } from './perform.ts';
import type { Card, Panel, Report } from './report.ts';
import { toldTo } from './told.ts';

const seconds = (ms: number | null): string => (ms === null ? 'never' : `${(ms / 1_000).toFixed(1)} s`);
const ms = (span: number | null): string => (span === null ? 'not measured' : `${span} ms`);

const inTheEar = ({ silenceBeforeMs, wordlessMs, silencePutThroughMs, silenceReturnMs }: PersonFigures): string =>
  `${seconds(silenceBeforeMs)} while the person is rung and told (${seconds(wordlessMs)} without a word, with a soft sign), ${ms(silencePutThroughMs)} while being put through, ${ms(silenceReturnMs)} on return`;

const legText = ({ who, how, seconds: lasted }: LegEnd): string => `${who}: ${how} after ${lasted} s`;

const rowsOf = (figures: PersonFigures): Report['rows'] => [
  ['Outcome', `${figures.outcome} after ${seconds(figures.callMs)}`],
  [
    'The person',
    `was rung after ${seconds(figures.rungMs)}, had accepted after ${seconds(figures.acceptedMs)}, had the caller after ${seconds(figures.joinedMs)}`,
  ],
  ["Silence in caller's ear", `longest: ${inTheEar(figures)}`],
  ['Back with the agent', `its first sound ${ms(figures.returnMs)} after the person's star key`],
  ['Talk not heard', figures.talkLostMs === 0 ? 'nothing, in either direction' : ms(figures.talkLostMs)],
  ["Caller's frames lost", `${figures.callerFramesLost} of ${figures.callerFramesSent}`],
  ['Legs', figures.legs.map(legText).join('; ')],
  ['Complaints', complaints(figures)],
];

const cardsOf = (figures: PersonFigures): readonly Card[] => [
  { value: seconds(figures.joinedMs), name: 'With the person', note: 'after it was asked for' },
  { value: ms(figures.silencePutThroughMs), name: 'Silence, put through', note: 'longest in the caller’s ear' },
  { value: ms(figures.returnMs), name: 'Back with the agent', note: 'after the person’s star key' },
  { value: `${figures.factsOnPage} / ${figures.factsTotal}`, name: 'Facts on their page', note: 'of what was known' },
  {
    value: String(figures.callerFramesLost),
    name: 'Caller’s frames lost',
    note: `of ${figures.callerFramesSent} sent to agents`,
  },
];

const wroteIn = ({ story }: Performance): string | undefined =>
  story.entries.flatMap((entry) => (entry.kind === 'wrote' ? [entry.notes] : [])).at(-1);

/** The call to a person and back, as it was measured. */
export const reportToPerson = (performance: Performance): Report => {
  const figures = measureToPerson(performance);
  const back = returnedTo(performance.sessions ?? []);
  const told = back === undefined ? undefined : toldTo(back);
  const { whisper, cameBack } = figures;
  const page = `${figures.factsOnPage} of ${figures.factsTotal} known facts`;
  const returned: Panel[] =
    told === undefined
      ? []
      : [
          {
            title: 'What came back with the caller',
            who: 'support',
            lead: cameBack ?? undefined,
            facts: told.facts,
            tried: told.tried,
            whole: { name: 'The whole briefing, as the model received it', text: told.whole },
          },
        ];
  return {
    figures,
    callMs: figures.callMs,
    shortfalls: shortfallsToPerson(figures, wroteIn(performance)),
    praise: 'Resolved, and nothing was lost on the way to the person and back.',
    rows: rowsOf(figures),
    sections: [
      {
        title: 'What the person was told',
        rows: [
          ['In their ear', whisper === null ? 'nothing' : `“${whisper}”`, 'person'],
          ['On their page', page],
        ],
      },
      {
        title: 'What came back with the caller',
        rows: [
          ['They wrote', cameBack === null ? 'nothing' : `“${cameBack}”`, 'person'],
          ...(told === undefined ? [] : [['Facts', factsInLine(told.facts)] as const]),
        ],
      },
    ],
    cards: cardsOf(figures),
    panels: [
      {
        title: 'What the person was told',
        who: 'person',
        lead: whisper ?? undefined,
        facts: [{ key: 'on their page', value: page }],
      },
      ...returned,
    ],
  };
};
