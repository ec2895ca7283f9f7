import { z } from 'zod';
import { dayParameter, formatParameter, separatorParameter, textParameter, wordParameter } from './parameters.ts';

const text = z.string();
const count = z.number();

const share = z
  .object({ n: count, of: count, share: z.number().nullable().describe('Null: of nothing.') })
  .meta({ id: 'Share', description: 'A part of a whole, 0 to 1.' });

const ms = z.number().nullable();
const percentiles = z
  .object({ n: count, p50: ms, p95: ms, p99: ms })
  .meta({ id: 'Percentiles', description: 'Of how many, and the values at 50, 95 and 99 per cent, in milliseconds.' });

const dollars = z.number().nullable();
const cost = z.object({ usd: dollars, n: count });

const callFigures = {
  calls: count.describe('Calls that agents took and that are over.'),
  turnedAway: count,
  contained: share.describe('Calls that needed no person; see `contained` of a call.'),
  resolved: share.describe(
    'The newest word of the caller, a tool or a person says so, and the caller did not call again, of the calls of which this is known.',
  ),
  resolutionUnknown: share.describe('Of all calls, how many nobody can tell of.'),
  callerConfirmed: share,
  toolVerified: share,
  agentClaimed: share.describe('What the agents say of their own work.'),
  notRepeated: share.describe('Nobody called again, of calls of days that are seven days ago, and whose caller is known.'),
  handleMs: percentiles,
  handedOff: share.describe('Calls with at least one handoff.'),
  abandonedInHandoff: share,
  askedAgain: share.describe('Calls in which an agent asked for what was known.'),
  transferred: share,
  callbackAsked: share.describe('Callers who wished to be called back.'),
  costPerCall: cost
    .extend({ p50: dollars, p95: dollars, p99: dollars })
    .describe('US dollars, of calls whose cost is known: `usd` is the mean; the values at 50, 95 and 99 per cent.'),
  costPerResolved: cost.describe('All that calls of a known cost took, by the resolved among them.'),
  calledAgain: share.describe('Callers who called again about it so far, of all that are known.'),
};

const handoffFigures = z
  .object({
    requested: count,
    committed: share,
    refused: count,
    failed: count,
    deadAirMs: percentiles.describe('Silence that callers heard at the switch.'),
    firstAudioMs: percentiles.describe('From the request to the first sound of the next agent.'),
    helpfulMs: percentiles.describe('From the request to the first helpful word of the next agent.'),
    factsCarried: count,
    carriedAll: share.describe('Handoffs whose briefing carried all that was known.'),
    askedAgain: share,
    handedBack: share,
    foreseen: share,
    byTrigger: z.record(text, count),
  })
  .meta({ id: 'HandoffFigures' });

const toolFigures = {
  uses: count,
  failed: share,
  timedOut: share,
  ms: percentiles,
  calls: count.describe('In how many calls it was used.'),
  failedCalls: count,
  timedOutCalls: count,
};
const transferFigures = {
  requested: count,
  accepted: share,
  byOutcome: z.record(text, count),
  talkMs: percentiles,
  calls: count.describe('In how many calls they were asked for.'),
  acceptedCalls: count,
  callsByOutcome: z.record(text, count),
};

const figuresOfCalls = z.object(callFigures).meta({ id: 'CallFigures' });
const ofAgent = z.object({ agent: text, ...callFigures });
const ofCategory = z.object({ category: text, ...callFigures, handoffs: handoffFigures });
const ofPair = z.object({ from: text, to: text, ...handoffFigures.shape });
const ofTool = z.object({ tool: text, ...toolFigures });
const ofPerson = z.object({ person: text, ...transferFigures });
const ofDay = z.object({
  day: z.iso.date(),
  calls: count,
  contained: share,
  resolved: share,
  handedOff: share,
  deadAirMs: percentiles,
  helpfulMs: percentiles,
  handleMs: percentiles,
});

/** All figures of a period. */
export const figuresSchema = z
  .object({
    from: z.iso.date(),
    to: z.iso.date(),
    line: text.nullable(),
    lines: z.array(text).describe('All lines that there are figures of.'),
    all: figuresOfCalls,
    handoffs: handoffFigures,
    agents: z.array(ofAgent),
    categories: z.array(ofCategory),
    pairs: z.array(ofPair).describe('The handoff matrix: who hands to whom.'),
    tools: z.array(ofTool),
    people: z.array(ofPerson),
    days: z.array(ofDay).describe('Each day that has calls, the oldest first.'),
  })
  .meta({ id: 'Figures', description: 'All figures of a period, in days, UTC.' });

/** One table of the figures has rows of one kind. */
export const figureTables = {
  days: ofDay,
  all: figuresOfCalls,
  handoffs: handoffFigures,
  agents: ofAgent,
  categories: ofCategory,
  pairs: ofPair,
  tools: ofTool,
  people: ofPerson,
} as const;

export type FigureTable = keyof typeof figureTables;

/** Of which days. */
export const figuresQuery = z.strictObject({
  from: dayParameter('The first day, UTC. By default 29 days before the last.'),
  to: dayParameter('The last day, UTC, included. By default today.'),
  line: textParameter('The figures of this line; by default of all.'),
  format: formatParameter,
  separator: separatorParameter,
  table: wordParameter(
    ['days', 'all', 'handoffs', 'agents', 'categories', 'pairs', 'tools', 'people'],
    'Which table the CSV has; by default that of the days. JSON has all of them.',
  ),
});
