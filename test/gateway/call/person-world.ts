import type { HumanDefinition, LineDefinition } from '../../../agents/definition.ts';
import type { CallHouse } from '../../../gateway/call/house.ts';
import { PersonDesk } from '../../../gateway/call/person-desk.ts';
import { PersonScreen } from '../../../gateway/call/person-screen.ts';
import type { CallFacts, StreamCause } from '../../../gateway/call/ports.ts';
import { CallRegistry } from '../../../gateway/call/registry.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import type { Texts } from '../../../store/texts.ts';
import { transfersIn } from '../../../store/transfers.ts';
import { settle } from '../../world/clock.ts';
import { memoryTexts } from '../../world/memory-texts.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { houseOver, newCall, speech } from './call-world.ts';

export const anna = '+14155550199';

const peopled = (line: LineDefinition, humans: Readonly<Record<string, HumanDefinition>>): LineDefinition => ({
  ...line,
  humans: new Map(Object.entries(humans)),
  agents: new Map(
    [...line.agents].map(([name, agent]) => [
      name,
      { ...agent, handoffs: new Map([...agent.handoffs, ...Object.keys(humans).map((human) => [human, 'asks'] as const)]) },
    ]),
  ),
});

export interface NodeOptions {
  readonly humans?: Readonly<Record<string, HumanDefinition>>;
  /** Shared with other nodes. */
  readonly texts?: Texts;
  readonly change?: Partial<CallHouse>;
}

/** Texts behind a line that a test cuts. */
export const faultyTexts = (texts: Texts = memoryTexts()): Texts & { isAway: boolean } => {
  const line = { isAway: false };
  const over = <Result>(work: () => Promise<Result>): Promise<Result> =>
    line.isAway ? Promise.reject(new ThroughlineError('store-unavailable', 'cut')) : work();
  return Object.assign(line, {
    put: (key: string, text: string) => over(() => texts.put(key, text)),
    putFirst: (key: string, text: string) => over(() => texts.putFirst(key, text)),
    get: (key: string) => over(() => texts.get(key)),
    swap: (key: string, before: string, after: string) => over(() => texts.swap(key, before, after)),
    drop: (keys: readonly string[]) => over(() => texts.drop(keys)),
  });
};

/** One process with people on its line. */
export const personNode = (
  sqlite: ContextStore,
  { humans = { desk: { number: anna } }, texts, change }: NodeOptions = {},
) => {
  const world = houseOver(sqlite);
  const transfers = transfersIn(texts ?? memoryTexts());
  const house: CallHouse = {
    ...world.house,
    owner: Math.random().toString(),
    line: peopled(world.house.line, humans),
    transfers,
    ...change,
  };
  const registry = new CallRegistry(house, {
    maxCalls: 10,
    maxCallsOfFleet: undefined,
    maxCallsPerCaller: undefined,
    shared: undefined,
    fallbackNumber: '+15550100',
  });
  const shared = {
    house,
    bundle: (callId: CallFacts['callId']) => registry.bundle(callId),
    onNews: (state: Parameters<CallRegistry['hears']>[0]) => registry.hears(state),
  };
  const desk = new PersonDesk({ ...shared, whisper: () => 'A caller.' });
  const screen = new PersonScreen(shared);
  const take = (call = newCall(), cause: StreamCause = 'answer', ticket = 'one') => {
    const phone = new ScriptedPhone(call.callId, ticket);
    registry.accept(phone, call, cause);
    return { call, phone };
  };
  /** A call whose agent has asked for a person. */
  const asks = async (to = 'desk', call = newCall()) => {
    const { phone } = take(call);
    await settled();
    const session = world.sessions.at(-1) ?? never();
    session.readies();
    session.answers('hello', speech(20));
    phone.returnsMarks();
    session.hearsSpeech('turn');
    session.commits('turn');
    session.starts('asks');
    session.speaks({ response: 'asks', item: 'one-moment' }, speech(20));
    session.callsTool('p', `transfer_to_${to}`, { reason: 'wants a person', caller_asked: true });
    session.ends();
    phone.returnsMarks();
    await settled();
    return { call, phone, session, ref: { callId: call.callId, transfer: 't1' } };
  };
  const run = (ms: number) => world.clock.run(ms, 50);
  const transfersOf = async (call: CallFacts) => (await registry.bundle(call.callId))?.transfers ?? [];
  return { ...world, house, registry, desk, screen, take, asks, run, transfers, transfersOf };
};

const never = (): never => {
  throw new Error('no session was opened');
};

/** Lets the store and everything that waits for it get on. */
export const settled = async (): Promise<void> => {
  for (let round = 0; round < 30; round += 1) {
    await settle();
    if (round % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
