import { inWords } from '../../gateway/page/in-short.ts';
import { type Figures, handoffsIn, measure, shortfalls } from './measure.ts';
import type { Card, Panel, ReportOf, Section } from './report.ts';
import { type Told, toldTo } from './told.ts';

const unknown = 'not measurable with the real model';

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

const handoffSilenceText = ({ handoffDeadAirMs, handoffGapMs }: Figures): string => {
  if (handoffDeadAirMs === null) return unknown;
  const gap = handoffGapMs === 0 ? 'one voice right behind the other' : `${handoffGapMs} ms without any audio`;
  return `${handoffDeadAirMs} ms in the caller's ear (${gap})`;
};

/** What the outside world complained of, in words. */
export const complaints = ({
  violations,
  violationCodes,
  sessions,
}: Pick<Figures, 'violations' | 'violationCodes' | 'sessions'>): string => {
  if (violations > 0) return violationCodes.join(', ');
  return sessions === null ? 'none from the carrier' : 'none from the carrier, none from the model';
};

const rowsOf = (figures: Figures): readonly (readonly [string, string])[] => {
  const { callerFramesLost: lost, callerFramesSent: sent, factsCarried, factsTotal, sessions, phoneSockets } = figures;
  return [
    ['Outcome', `${figures.outcome} after ${(figures.callMs / 1_000).toFixed(1)} s`],
    ['Dead air at the handoff', handoffSilenceText(figures)],
    ['Specialist spoke after', figures.switchMs === null ? unknown : `${figures.switchMs} ms`],
    ['Longest dead air', `${figures.deadAirMs} ms in the whole call (the model thinking, and its turn detection)`],
    ["Caller's frames lost", lost === null ? `${unknown}; ${sent} sent` : `${lost} of ${sent}`],
    ['Facts carried', factsTotal === null ? unknown : `${factsCarried} of ${factsTotal}`],
    ['Sessions of the model', sessions === null ? unknown : String(sessions)],
    ['Phone connection', `${count(phoneSockets, 'socket')} from the first ring to the hang-up`],
    ['Complaints', complaints(figures)],
  ];
};

/** What was learned, in a line. */
export const factsInLine = (facts: Told['facts']): string =>
  facts.map(({ key, value }) => `${inWords(key)} ${value}`).join(' · ');

const sectionsOf = ({ specialistFirstWords: words }: Figures, told: Told | undefined): readonly Section[] => [
  ...(told === undefined
    ? []
    : [
        {
          title: 'What the specialist was told',
          rows: [
            ['Facts', factsInLine(told.facts)],
            ['Tried', told.tried.map(({ solution, outcome }) => `${solution} (${outcome})`).join(', ') || 'nothing'],
            ['Caller is', told.sentiment ?? 'not known'],
            ['Reason', told.reason ?? 'not known'],
          ],
        } satisfies Section,
      ]),
  ...(words === null ? [] : [{ title: 'Its first words', rows: [['', `“${words}”`, 'technical']] } satisfies Section]),
];

/** What a figure is when it can't be measured. */
const shown = (figure: number | null, unit = ''): string => (figure === null ? '–' : `${figure}${unit}`);

const cardsOf = (figures: Figures): readonly Card[] => {
  const { handoffDeadAirMs, handoffGapMs, callerFramesLost, callerFramesSent, factsCarried, factsTotal } = figures;
  return [
    {
      value: shown(handoffDeadAirMs, ' ms'),
      name: 'Silence at the handoff',
      note: handoffGapMs === 0 ? 'one voice right behind the other' : "in the caller's ear",
    },
    { value: shown(callerFramesLost), name: 'Caller’s frames lost', note: `of ${callerFramesSent}, 20 ms each` },
    {
      value: factsCarried === null ? '–' : `${factsCarried} / ${factsTotal}`,
      name: 'Facts carried',
      note: 'to the specialist',
    },
    { value: shown(figures.switchMs, ' ms'), name: 'Specialist ready', note: 'after it was asked for' },
    {
      value: String(figures.phoneSockets),
      name: figures.phoneSockets === 1 ? 'Phone connection' : 'Phone connections',
      note: `for ${shown(figures.sessions)} sessions of the model`,
    },
  ];
};

const panelsOf = (told: Told | undefined): readonly Panel[] =>
  told === undefined
    ? []
    : [
        {
          title: 'What the specialist was told',
          who: 'technical',
          lead: told.reason,
          facts: told.facts,
          tried: told.tried,
          mood: told.sentiment ?? 'not known',
          whole: { name: 'The whole briefing, as the model received it', text: told.whole },
        },
      ];

/** The call of the article, as it was measured. */
export const reportOfArticle: ReportOf = (performance) => {
  const figures = measure(performance);
  const handoff = handoffsIn(performance.sessions ?? [])[0];
  const told = handoff === undefined ? undefined : toldTo(handoff.to);
  return {
    figures,
    callMs: figures.callMs,
    shortfalls: shortfalls(figures),
    praise: figures.callerFramesLost === null ? 'Resolved.' : 'Resolved, and nothing was lost.',
    rows: rowsOf(figures),
    sections: sectionsOf(figures, told),
    cards: cardsOf(figures),
    panels: panelsOf(told),
  };
};
