import type { CallFigures, Figures, HandoffFigures } from '../../store/figures/figures.ts';
import type { Asked } from './list-page.ts';

/** How many calls a filter finds, where the figures count just that. */
const ofCalls: Readonly<Record<string, (figures: CallFigures) => number>> = {
  '': ({ calls }) => calls,
  'contained=true': ({ contained }) => contained.n,
  'resolved=yes': ({ resolved }) => resolved.n,
  'resolved=unknown': ({ resolutionUnknown }) => resolutionUnknown.n,
  'callerConfirmed=true': ({ callerConfirmed }) => callerConfirmed.n,
  'toolVerified=true': ({ toolVerified }) => toolVerified.n,
  'handedOff=true': ({ handedOff }) => handedOff.n,
  'transferred=true': ({ transferred }) => transferred.n,
  'callbackAsked=true': ({ callbackAsked }) => callbackAsked.n,
  'askedAgain=true': ({ askedAgain }) => askedAgain.n,
  'abandoned=true': ({ abandonedInHandoff }) => abandonedInHandoff.n,
  'repeated=false': ({ notRepeated }) => notRepeated.n,
  'repeated=true': ({ calledAgain }) => calledAgain.n,
};

const ofTools: Readonly<Record<string, (figures: Figures['tools'][number]) => number>> = {
  '': ({ calls }) => calls,
  'toolStatus=error': ({ failedCalls }) => failedCalls,
  'toolStatus=timeout': ({ timedOutCalls }) => timedOutCalls,
};

const ofPeople: Readonly<Record<string, (figures: Figures['people'][number]) => number>> = {
  '': ({ calls }) => calls,
  'personTook=true': ({ acceptedCalls }) => acceptedCalls,
};

const ofHandoffs: Readonly<Record<string, (figures: HandoffFigures) => number>> = {
  '': ({ requested }) => requested,
  'outcome=committed': ({ committed }) => committed.n,
  'outcome=refused': ({ refused }) => refused,
  'outcome=failed': ({ failed }) => failed,
  'askedAgain=true&outcome=committed': ({ askedAgain }) => askedAgain.n,
  'carriedAll=true&outcome=committed': ({ carriedAll }) => carriedAll.n,
  'handedBack=true&outcome=committed': ({ handedBack }) => handedBack.n,
};

const reading = <Row>(
  table: Readonly<Record<string, (row: Row) => number>>,
  asked: Asked,
): ((row: Row) => number) | undefined => {
  const name = Object.entries(asked)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join('&');
  return Object.hasOwn(table, name) ? table[name] : undefined;
};

/** Numbers of one name: those of before something was counted are 0, and no total. */
const totalOf = <Row>(
  table: Readonly<Record<string, (row: Row) => number>>,
  rows: readonly Row[],
  asked: Asked,
): number | undefined => {
  const read = reading(table, asked);
  return read === undefined || rows.length === 0 ? undefined : rows.reduce((sum, row) => sum + read(row), 0);
};

/** The total of what has a name; undefined: no such parameter, or it was not counted then. */
const namedTotal = (figures: Figures, asked: Asked): number | undefined => {
  const { agent, category, tool, person, ...rest } = asked;
  if (tool !== undefined) {
    const rows = figures.tools.filter((row) => row.tool === tool);
    return totalOf(ofTools, rows, rest) || undefined;
  }
  if (person !== undefined) {
    const rows = figures.people.filter((row) => row.person === person);
    return totalOf(ofPeople, rows, rest) || undefined;
  }
  const rows: readonly CallFigures[] =
    agent === undefined
      ? figures.categories.filter((row) => row.category === category)
      : figures.agents.filter((row) => row.agent === agent);
  return totalOf(ofCalls, rows, rest);
};

const naming = ['agent', 'category', 'tool', 'person'];

/** How many calls there are of what a list was asked for, besides its period and line; undefined: the figures do not count that. Pure. */
export const callTotal = (figures: Figures, { from: _, to: __, line: ___, ...asked }: Asked): number | undefined => {
  const { turnedAway, ...rest } = asked;
  if (turnedAway === 'true') return Object.keys(rest).length === 0 ? figures.all.turnedAway : undefined;
  if (turnedAway !== 'false') return undefined;
  const names = naming.filter((name) => rest[name] !== undefined);
  if (names.length > 1) return undefined;
  return names.length === 1 ? namedTotal(figures, rest) : totalOf(ofCalls, [figures.all], rest);
};

/** How many handoffs, in the same way. Pure. */
export const handoffTotal = (figures: Figures, { from: _, to: __, line: ___, ...asked }: Asked): number | undefined => {
  const { pairFrom, pairTo, ...rest } = asked;
  if (pairFrom === undefined && pairTo === undefined) return totalOf(ofHandoffs, [figures.handoffs], rest);
  const isPair = ({ from, to }: Figures['pairs'][number]) =>
    (pairFrom === undefined || from === pairFrom) && (pairTo === undefined || to === pairTo);
  return totalOf(ofHandoffs, figures.pairs.filter(isPair), rest);
};
