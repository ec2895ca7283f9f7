import { capital, inWords } from './in-short.ts';
import { type Ink, wrap } from './ink.ts';
import { type Figures, verdict } from './measure.ts';
import type { Told } from './told.ts';

const nameColumns = 24;

const unknown = 'not measurable with the real model';

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

const handoffSilenceText = ({ handoffDeadAirMs, handoffGapMs }: Figures): string => {
  if (handoffDeadAirMs === null) return unknown;
  const gap = handoffGapMs === 0 ? 'one voice right behind the other' : `${handoffGapMs} ms without any audio`;
  return `${handoffDeadAirMs} ms in the caller's ear (${gap})`;
};

const complaints = ({ violations, violationCodes, sessions }: Figures): string => {
  if (violations > 0) return violationCodes.join(', ');
  return sessions === null ? 'none from the carrier' : 'none from the carrier, none from the model';
};

/** The figures as lines of name and value. */
export const figureRows = (figures: Figures): readonly (readonly [string, string])[] => {
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

/** What stands under the timeline. */
export const summaryLines = (
  {
    figures,
    told,
    files,
  }: { readonly figures: Figures; readonly told: Told | undefined; readonly files: readonly string[] },
  ink: Ink,
): string[] => {
  const width = ink.columns - nameColumns - 2;
  const row = (name: string, text: string, style?: string): string[] =>
    wrap(text, width).map(
      (line, at) =>
        `  ${ink.paint('dim', (at === 0 ? name : '').padEnd(nameColumns))}${style === undefined ? line : ink.paint(style, line)}`,
    );
  const { good, words: head } = verdict(figures);
  const briefing =
    told === undefined
      ? []
      : [
          '',
          `  ${ink.paint('bold', 'What the specialist was told')}`,
          ...row('Facts', told.facts.map(({ key, value }) => `${inWords(key)} ${value}`).join(' · ')),
          ...row('Tried', told.tried.map(({ solution, outcome }) => `${solution} (${outcome})`).join(', ') || 'nothing'),
          ...row('Caller is', told.sentiment ?? 'not known'),
          ...row('Reason', told.reason ?? 'not known'),
        ];
  const words = figures.specialistFirstWords;
  return [
    '',
    ...wrap(head, ink.columns).map((line) => ink.paint(good ? 'good' : 'bad', line)),
    '',
    ...figureRows(figures).flatMap(([name, text]) => row(name, text)),
    ...briefing,
    ...(words === null ? [] : ['', `  ${ink.paint('bold', 'Its first words')}`, ...row('', `“${words}”`, 'technical')]),
    '',
    ...files.flatMap((file, at) => row(at === 0 ? capital('written') : '', file)),
    '',
  ];
};
