import { categoryOf, nameOf } from '../calls/category.ts';
import { type CallRecord, isResolved, type ToolUse, type TransferUse } from '../calls/record.ts';
import type { HandoffRecord } from '../handoffs/record.ts';
import { histogramField } from './histogram.ts';
import { type Contribution, spelt, type TallyKind, type TallyRow } from './tallies.ts';

const verdict = (column: string, value: boolean | null): string =>
  `${column}.${value === null ? 'unknown' : value ? 'yes' : 'no'}`;

type Numbers = ReadonlyMap<string, number>;

const numbersOf = (entries: readonly (readonly [string, number | null | undefined])[]): Numbers => {
  const numbers = new Map<string, number>();
  for (const [field, n] of entries) if (n != null && n !== 0) numbers.set(field, (numbers.get(field) ?? 0) + n);
  return numbers;
};

const rowsOf = (kind: TallyKind, name: string, numbers: Numbers): readonly TallyRow[] =>
  [...numbers].map(([field, n]) => ({ kind, name, field, n }));

/** With the spelling, so that the category is shown as most spell it. */
const categoryRows = (category: string | null, numbers: Numbers): readonly TallyRow[] => {
  const name = categoryOf(category);
  const spelling = nameOf(category ?? '').replaceAll('~', '-'); // a field with ~ is a bucket
  return rowsOf('category', name, spelling === '' ? numbers : new Map([...numbers, [`${spelt}${spelling}`, 1]]));
};

const one = (is: boolean): number => (is ? 1 : 0);

/** What a call that agents took says of itself. */
const callNumbers = (record: CallRecord): Numbers => {
  const { resolution, contained, cost, caller } = record;
  const resolved = isResolved(record);
  const usdMicros = cost?.usdMicros ?? null;
  return numbersOf([
    ['calls', 1],
    [verdict('contained', contained), 1],
    [verdict('resolved', resolved), 1],
    [verdict('caller', resolution.caller), 1],
    [verdict('tool', resolution.tool), 1],
    [verdict('agent', resolution.agent), 1],
    ['knownCaller', one(caller !== null)],
    ['repeated', one(caller !== null && resolution.repeatedAt !== null)],
    ['handedOff', one(record.handoffs.length > 0)],
    ['abandoned', one(record.abandonedInHandoff)],
    ['askedAgain', one(record.askedAgain > 0)],
    ['transferred', one(record.transfers.some(({ wasAccepted }) => wasAccepted))],
    ['callbackAsked', one(record.callbackAsked)],
    ['costKnown', one(usdMicros !== null)],
    ['costUsdMicros', usdMicros],
    ...(usdMicros === null ? [] : [[histogramField('cost', usdMicros), 1] as const]),
    ['costKnownResolved', one(usdMicros !== null && resolved === true)],
    [histogramField('handle', record.handleMs), 1],
  ]);
};

/** Each tool by its uses, and by the calls that they are in: a call can use one more than once. */
const toolRows = (uses: readonly ToolUse[]): readonly TallyRow[] =>
  [...Map.groupBy(uses, ({ tool }) => nameOf(tool))].flatMap(([tool, ofTool]) =>
    rowsOf(
      'tool',
      tool,
      numbersOf([
        ['calls', 1],
        ...[...new Set(ofTool.map(({ status }) => status))].map((status) => [`calls.status.${status}`, 1] as const),
        ...ofTool.flatMap(({ status, ms }): readonly (readonly [string, number])[] => [
          ['uses', 1],
          [`status.${status}`, 1],
          ...(ms === null ? [] : [[histogramField('ms', ms), 1] as const]),
        ]),
      ]),
    ),
  );

const personRows = (transfers: readonly TransferUse[]): readonly TallyRow[] =>
  [...Map.groupBy(transfers, ({ to }) => nameOf(to))].flatMap(([person, ofPerson]) =>
    rowsOf(
      'person',
      person,
      numbersOf([
        ['calls', 1],
        ['calls.accepted', one(ofPerson.some(({ wasAccepted }) => wasAccepted))],
        ...[...new Set(ofPerson.map(({ outcome }) => outcome))].map((outcome) => [`calls.outcome.${outcome}`, 1] as const),
        ...ofPerson.flatMap(({ outcome, wasAccepted, talkMs }): readonly (readonly [string, number])[] => [
          ['requested', 1],
          ['accepted', one(wasAccepted)],
          [`outcome.${outcome}`, 1],
          ...(talkMs === null ? [] : [[histogramField('talk', talkMs), 1] as const]),
        ]),
      ]),
    ),
  );

/** What a call adds to the figures of its day. */
export const contributionOfCall = (record: CallRecord): Contribution => {
  const place = { day: record.startedAt.slice(0, 10), line: nameOf(record.line) };
  if (record.turnedAway !== null) return { ...place, rows: rowsOf('all', '', numbersOf([['turnedAway', 1]])) };
  const numbers = callNumbers(record);
  const agents = [...new Set(record.agents.map(nameOf))];
  return {
    ...place,
    rows: [
      ...rowsOf('all', '', numbers),
      ...categoryRows(record.category, numbers),
      ...agents.flatMap((agent) => rowsOf('agent', agent, numbers)),
      ...toolRows(record.tools),
      ...personRows(record.transfers),
    ],
  };
};

const handoffNumbers = (record: HandoffRecord): Numbers => {
  const isCommitted = record.outcome === 'committed';
  const time = (name: string, ms: number | null): readonly [string, number] =>
    ms === null ? [name, 0] : [histogramField(name, ms), 1];
  return numbersOf([
    [`handoff.${record.outcome}`, 1],
    [`trigger.${record.trigger ?? 'none'}`, 1],
    ...(isCommitted
      ? ([
          time('deadAir', record.silenceMs),
          time('firstAudio', record.firstAudioMs),
          time('helpful', record.helpfulMs),
          ['factsCarried', record.factsCarried],
          ['carriedAll', one(record.leftOut.length === 0)],
          ['handoffAskedAgain', one(record.askedAgain.length > 0)],
          [verdict('handedBack', record.handedBack), 1],
          ['foreseen', one(record.foreseen === true)],
        ] as const)
      : []),
  ]);
};

/** What a handoff adds to the figures of its day. */
export const contributionOfHandoff = (record: HandoffRecord): Contribution => {
  const numbers = handoffNumbers(record);
  return {
    day: record.requestedAt.slice(0, 10),
    line: nameOf(record.line),
    rows: [
      ...rowsOf('all', '', numbers),
      ...rowsOf('pair', nameOf(`${record.from}>${record.to}`), numbers),
      ...categoryRows(record.category, numbers),
    ],
  };
};
