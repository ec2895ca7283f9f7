import { type CallId, term } from '../../../infra/brand.ts';
import type { CallRecord } from '../../../store/calls/record.ts';
import { updateCallFigures, updateHandoffFigures } from '../../../store/figures/update.ts';
import type { HandoffRecord } from '../../../store/handoffs/record.ts';
import { parseStoreUrl } from '../../../store/store-url.ts';
import { openStores, type Stores } from '../../../store/stores.ts';
import { Dice } from '../../sim/dice.ts';
import { FakeClock } from '../../world/clock.ts';
import { callIdOf, eventsAt, handoffWith, iso, recordWith } from './records.ts';

const dayMs = 86_400_000;

/** A store in memory, on a clock that says that it is the first of January 2026. */
export const memoryStores = async (): Promise<{ readonly stores: Stores; readonly clock: FakeClock }> => {
  const url = parseStoreUrl('sqlite::memory:');
  if ('problem' in url) throw new Error(url.problem);
  const clock = new FakeClock();
  return { clock, stores: await openStores(url, { clock, log: { info() {}, warn() {} } }) };
};

/** Writes the records of a call, and its figures. */
export const writeCall = async (stores: Stores, record: CallRecord, handoffs: readonly HandoffRecord[]): Promise<void> => {
  await stores.calls.write(record);
  await updateCallFigures(stores.tallies, record);
  for (const handoff of handoffs) {
    await stores.handoffs.write(handoff);
    await updateHandoffFigures(stores.tallies, handoff);
  }
};

const categories = { 'API key': 30, billing: 24, login: 18, 'SDK error': 12, plan: 9, '': 4, outage: 3 } as const;

/** Times that most are short and some are long. */
const skewed = (dice: Dice, middle: number): number => Math.round(middle * Math.exp(1.1 * (dice.next() + dice.next() - 1)));

const talkWithPerson = (dice: Dice): CallRecord['transfers'] => [
  {
    to: 'Integration team',
    way: 'warm',
    requestedAt: null,
    outcome: dice.weighed({ finished: 5, 'given-back': 2, 'no-answer': 1 }),
    wasAccepted: dice.chance(0.8),
    talkMs: skewed(dice, 180_000),
  },
];

const toolsOf = (dice: Dice, to: string | undefined): CallRecord['tools'] => {
  const status = dice.weighed({ ok: 94, error: 3, timeout: 3 });
  const look = { tool: 'checkAccountStatus', agent: 'support', status, ms: skewed(dice, 180) } as const;
  return to === undefined ? [look] : [look, { tool: 'checkApiLogs', agent: to, status: 'ok', ms: skewed(dice, 900) }];
};

const resolutionOf = (dice: Dice, at: number): CallRecord['resolution'] => {
  const solved = dice.chance(0.82);
  return {
    agent: dice.chance(0.9) ? true : null,
    caller: dice.chance(0.55) ? solved : null,
    tool: dice.chance(0.4) ? solved : null,
    callerAt: null,
    toolAt: null,
    repeatedAt: !solved && dice.chance(0.3) ? iso(at + dayMs) : null,
  };
};

const handoffOf = (dice: Dice, at: number, about: Partial<HandoffRecord>): HandoffRecord => {
  const outcome = dice.weighed({ committed: 92, refused: 5, failed: 3 });
  const time = (middle: number) => (outcome === 'committed' ? skewed(dice, middle) : null);
  return handoffWith({
    ...about,
    outcome,
    why: outcome === 'committed' ? null : 'the caller had not said what it is about',
    requestedAt: iso(at + 40_000),
    decidedAt: iso(at + 41_000),
    silenceMs: time(140),
    firstAudioMs: time(620),
    helpfulMs: time(2_100),
    trigger: dice.weighed({ 'caller-asked': 1, 'attempts-failed': 2, expertise: 3 }),
    askedAgain: dice.chance(0.06) ? [{ field: 'accountId', sentence: 'What is your account id?' }] : [],
    handedBack: dice.chance(0.05),
  });
};

interface MadeUp {
  readonly record: CallRecord;
  readonly handoffs: readonly HandoffRecord[];
}

const madeUpCall = (dice: Dice, callId: CallId, at: number): MadeUp => {
  const line = dice.weighed({ acme: 4, 'acme-de': 1 });
  const category = dice.weighed(categories) || null;
  const isHanded = dice.chance(category === 'API key' || category === 'SDK error' ? 0.75 : 0.2);
  const to = category === 'billing' ? 'billing' : 'technical';
  const transfers = dice.chance(0.12) ? talkWithPerson(dice) : [];
  const handoffs = isHanded ? [handoffOf(dice, at, { callId, line, category, to })] : [];
  const taken = handoffs.filter(({ outcome }) => outcome === 'committed');
  const handleMs = skewed(dice, isHanded ? 260_000 : 150_000);
  const record = recordWith({
    ...{ callId, line, category, handleMs, transfers },
    startedAt: iso(at),
    endedAt: iso(at + handleMs),
    caller: dice.chance(0.9) ? `c-${callId.slice(-6)}` : null,
    endReason: dice.weighed({ 'agent-ended': 6, 'caller-hung-up': 4 }),
    contained: transfers.length === 0,
    agents: ['support', ...taken.map((handoff) => handoff.to)],
    handoffs: taken.map((handoff) => ({ from: handoff.from, to: handoff.to })),
    abandonedInHandoff: dice.chance(0.01),
    callbackAsked: dice.chance(0.03),
    askedAgain: taken.reduce((sum, { askedAgain }) => sum + askedAgain.length, 0),
    resolution: resolutionOf(dice, at),
    tools: toolsOf(dice, taken[0]?.to),
    cost: { usdMicros: Math.round(handleMs * 1.6), asOf: '2025-11-01' },
  });
  return { record, handoffs };
};

/** Fills a store with calls of the days before the clock's, the same for the same seed; the newest has Dana's conversation. */
export const fillStores = async (
  { stores, clock }: { readonly stores: Stores; readonly clock: FakeClock },
  { days, perDay }: { readonly days: number; readonly perDay: number },
): Promise<void> => {
  const dice = new Dice(20_260_101);
  let n = 0;
  for (let day = days; day > 0; day -= 1) {
    const isWeekend = [0, 6].includes(new Date(clock.wall() - day * dayMs).getUTCDay());
    const count = Math.round(perDay * (isWeekend ? 0.35 : 0.8 + 0.4 * dice.next()));
    for (let each = 0; each < count; each += 1) {
      n += 1;
      const made = madeUpCall(
        dice,
        callIdOf(n),
        clock.wall() - day * dayMs + 7 * 3_600_000 + Math.floor((each / count) * 11 * 3_600_000),
      );
      await writeCall(stores, made.record, made.handoffs);
    }
  }
};

/** Writes Dana's call with its records: the newest of the store. */
export const tellDanasCall = async (stores: Stores, callId: CallId): Promise<void> => {
  const at = Date.UTC(2025, 11, 31, 22);
  const events = eventsAt(at);
  await stores.contexts.claim(callId, 'test');
  await stores.contexts.append({ callId, term: term(1), owner: 'test', events });
  const record = recordWith({ callId, startedAt: iso(at), endedAt: iso(at + 102_000), handleMs: 102_000, askedAgain: 0 });
  await writeCall(stores, record, [handoffWith({ callId, requestedAt: iso(at + 60_000) })]);
};
