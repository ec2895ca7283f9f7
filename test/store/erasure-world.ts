import { randomBytes } from 'node:crypto';
import { type CallId, epoch, wallTime } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { ContextFact } from '../../store/context/event.ts';
import type { SealSetup } from '../../store/open-keys.ts';
import { parseStoreUrl, type StoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { newCallId } from '../contracts/context-store.ts';
import { recordAt } from '../contracts/handoff-log.ts';
import { committed } from './committed.ts';

export const caller = '+14155550134';
/** What is looked for in the bytes of a store: words that stand nowhere but in the call. */
export const words = [
  'zanzibarpassword',
  'quetzalreset',
  'okapinotes',
  'numbatsummary',
  'fossaintake',
  'dugongaskedagain',
  '4155550134',
];

export const newSealKey = (): Uint8Array => randomBytes(32);

export const urlOf = (text: string): StoreUrl => {
  const url = parseStoreUrl(text);
  if ('problem' in url) throw new Error(url.problem);
  return url;
};

const quiet = { info: () => {}, warn: () => {} };

export const openSealed = (
  store: string,
  { clock, sealing }: { readonly clock: Clock; readonly sealing?: SealSetup },
): Promise<Stores> => openStores(urlOf(store), { clock, log: quiet, ...(sealing === undefined ? {} : { sealing }) });

const factsOf = (from: string): readonly ContextFact[] => [
  { type: 'call-started', from, to: '+19005550100', line: 'acme', ivr: {} },
  { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'answer' },
  { type: 'caller-said', turn: 't1', text: 'my zanzibarpassword does not work' },
  { type: 'solution-tried', solution: 'a quetzalreset', outcome: 'failed' },
  {
    type: 'handoff-requested',
    epoch: epoch(2),
    from: 'support',
    to: 'technical',
    reason: 'quetzalreset failed',
    trigger: 'expertise',
  },
  committed(2),
  {
    ...{ type: 'transfer-requested', transfer: 't1', from: 'technical', to: 'desk', way: 'warm' },
    ...{ reason: 'zanzibarpassword', trigger: 'expertise' },
  },
];

export const ended: ContextFact = { type: 'call-ended', reason: 'caller-hung-up', resolved: null, owesGoodbye: false };

/** A call with words in everything that keeps any; it goes on until `end`. */
export const wordyCall = async (stores: Stores, clock: Clock, from = caller) => {
  const callId = newCallId();
  const owner = 'node-a';
  const { term: ofTerm } = await stores.contexts.claim(callId, owner);
  let seq = 0;
  const append = (facts: readonly ContextFact[]) => {
    const events = facts.map((fact, index) => ({ ...fact, seq: seq + index + 1, term: ofTerm, at: wallTime(clock.wall()) }));
    seq += facts.length;
    return stores.contexts.append({ callId, term: ofTerm, owner, events });
  };
  await append(factsOf(from));
  await stores.handoffs.write({
    ...{ ...recordAt(callId, 1), requestedAt: new Date(clock.wall()).toISOString(), reason: 'a quetzalreset failed' },
    askedAgain: [{ field: 'id', sentence: 'dugongaskedagain?' }],
  });
  await stores.summaries.put(callId, { through: 'm1', turns: 1, text: 'numbatsummary' });
  await stores.callers.remember(from, {
    ...{ callId, at: new Date(clock.wall()).toISOString(), line: 'acme', issue: 'zanzibarpassword', resolved: null },
    agent: 'support',
  });
  await stores.intakes.announce({ fields: { note: 'fossaintake' }, callId, from, keepMs: 3_600_000 });
  await stores.transfers.begin({
    ...{ callId, transfer: 't1', to: 'desk', way: 'warm', address: caller, phase: 'joined', outcome: null },
    ...{
      personLeg: null,
      startedAt: clock.wall(),
      joinedAt: clock.wall(),
      overAt: null,
      notes: 'okapinotes',
      verdict: null,
    },
  });
  return { callId, append, end: () => append([ended]) };
};

/** All that anybody can still learn of a caller and a call. */
export const knownOf = async (stores: Stores, callId: CallId): Promise<string> =>
  JSON.stringify([
    await stores.contexts.load(callId),
    await stores.handoffs.list({ limit: 50, callId }),
    await stores.handoffs.list({ limit: 50 }),
    await stores.summaries.get(callId),
    await stores.callers.recall(caller),
    await stores.transfers.of(callId),
    await stores.transfers.named({ callId, transfer: 't1' }),
    await stores.intakes.find({ callId: newCallId(), from: caller, key: undefined }),
    await stores.contexts.recent(50),
  ]);

/** Which of the words are in a text. */
export const wordsIn = (text: string): readonly string[] => words.filter((word) => text.includes(word));
