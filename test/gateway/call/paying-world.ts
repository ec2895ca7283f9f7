import { z } from 'zod';
import { payment } from '../../../agents/definition.ts';
import { supportLine } from '../../../agents/line.ts';
import type { CallHouse } from '../../../gateway/call/house.ts';
import { PayingCalls } from '../../../gateway/call/paying-calls.ts';
import type { CallFacts, PaymentReport } from '../../../gateway/call/ports.ts';
import { unservedJournal } from '../../../gateway/call/unserved.ts';
import { epoch } from '../../../infra/brand.ts';
import type { ContextFact } from '../../../store/context/event.ts';
import { foldCall } from '../../../store/context/fold.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { houseOver, newCall } from './call-world.ts';

export const report = (outcome: PaymentReport['outcome'], confirmation: string | null = null): PaymentReport => ({
  outcome,
  confirmation,
  cardType: null,
  error: null,
});

export const payingLine = (charge = async () => ({ amount: '49.00', currency: 'EUR', description: 'Invoice 7' })) => {
  const line = supportLine();
  const support = line.agent({
    voice: 'marin',
    instructions: 'Help.',
    tools: {
      pay: payment({
        description: 'pays',
        input: z.object({ invoice: z.string() }),
        charge,
        learns: ({ confirmationCode }) => ({ receipt: confirmationCode ?? undefined }),
      }),
    },
  });
  return line.team({ support }, { start: 'support', name: 'test' });
};

const startOf = ({ from, to }: CallFacts): readonly ContextFact[] => [
  { type: 'call-started', from, to, line: 'test', ivr: {} },
  { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'answer' },
];

/** An agent has asked for a payment, and it is stored. */
export const startedPayment = (name = 'p1'): readonly ContextFact[] => [
  {
    type: 'tool-called',
    tool: 'pay',
    toolCallId: `call_${name}`,
    agent: 'support',
    arguments: { invoice: '7' },
    effect: 'irreversible',
  },
  {
    type: 'payment-started',
    payment: name,
    agent: 'support',
    tool: 'pay',
    toolCallId: `call_${name}`,
    amount: '49.00',
    currency: 'eur',
    description: 'Invoice 7',
    connector: null,
  },
];

export const left: ContextFact = { type: 'stream-ended', reason: 'paying' };

/** Two processes over one store, and a call whose owner wrote this and let the caller go. */
export const payingWorld = async (sqlite: ContextStore, written: readonly ContextFact[] = [...startedPayment(), left]) => {
  const world = houseOver(sqlite);
  const line = payingLine();
  const houses: readonly [CallHouse, CallHouse] = [
    { ...world.house, line },
    { ...world.house, line, owner: 'node-2' },
  ];
  const call = newCall();
  const { callId } = call;
  const owner = unservedJournal(houses[0], callId);
  await owner.claim();
  for (const fact of [...startOf(call), ...written]) owner.note(fact);
  await owner.stored(1_000);
  const [one, two] = houses.map((house) => new PayingCalls(house));
  if (one === undefined || two === undefined) throw new Error('there are two processes');
  const bundle = async () => foldCall(callId, (await sqlite.load(callId))?.events ?? []);
  /** Whoever takes the call up again writes this first. */
  const isServed = async (house = houses[1]) => {
    const journal = unservedJournal(house, callId);
    await journal.claim();
    journal.note({ type: 'bound', agent: 'support', epoch: epoch(1), cause: 'return' });
    await journal.stored(1_000);
    return journal;
  };
  const term = async (): Promise<number> => (await sqlite.load(callId))?.term ?? 0;
  const ref = { callId, payment: 'p1' };
  return { ...world, houses, call, callId, one, two, bundle, isServed, term, ref };
};
