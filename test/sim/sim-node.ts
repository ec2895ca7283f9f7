import type { CallHouse } from '../../gateway/call/house.ts';
import { Outbox } from '../../gateway/call/outbox.ts';
import { CallRegistry } from '../../gateway/call/registry.ts';
import { Heartbeat } from '../../gateway/fleet/heartbeat.ts';
import { Reaper } from '../../gateway/fleet/reaper.ts';
import { type CallId, ms } from '../../infra/brand.ts';
import type { Job } from '../../infra/queue/queue.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { Append, ContextStore } from '../../store/context-store.ts';
import type { Nodes } from '../../store/nodes.ts';
import { transfersIn } from '../../store/transfers.ts';
import type { FakeClock } from '../world/clock.ts';
import { memoryTexts } from '../world/memory-texts.ts';
import { ScriptedOrders } from '../world/scripted-orders.ts';
import type { Dice } from './dice.ts';
import { ProcessClock } from './process-clock.ts';
import { SimLine } from './sim-line.ts';
import { SimNodes } from './sim-nodes.ts';
import { SimSession } from './sim-session.ts';
import { SimStore, type StoreConnection } from './sim-store.ts';
import { simTeam, type TeamWorld } from './sim-team.ts';

/** What processes stand on, and tell. */
export interface NodeWorld extends TeamWorld {
  readonly clock: FakeClock;
  readonly dice: Dice;
  /** A process's own connection to the store. `resend`: an append over its line. */
  connects(clock: ProcessClock, resend: ContextStore['append']): StoreConnection;
  /** Signs of processes; undefined: each is alone. */
  readonly signs: Nodes | undefined;
  /** The longest that one in ten trips to a store takes. */
  readonly slowMs: number;
  readonly jobs: string[];
  /** Events as they got their place in the log, of all processes. */
  readonly told: { readonly process: string; readonly callId: CallId; readonly event: ContextEvent }[];
  /** What the store said it has, to a process that heard of it. */
  readonly acknowledged: Append[];
  sessionCount: number;
  used: number;
  /** Whether a process says that it lives. */
  answers(node: string): boolean;
  /** The carrier is told to ask again about a call. */
  redirects(callId: CallId): 'done' | 'gone';
  /** The carrier is told that a call is over. */
  completes(callId: CallId): void;
  /** A process hears that the others have its calls. */
  ends(node: string): void;
}

/** One process that serves calls. */
export interface SimNode {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly line: SimLine;
  readonly connection: StoreConnection;
  readonly store: ContextStore;
  readonly calls: CallRegistry;
  readonly sessions: SimSession[];
  readonly heart: Heartbeat | undefined;
  /** What went wrong inside. */
  readonly errors: string[];
}

type Inside = Omit<SimNode, 'calls' | 'heart'>;

/** How long a question to a process that stands still waits for its answer (gateway/fleet/probe.ts), and an order takes at the carrier. */
const probeMs = 700;
const orderMs = 200;

/** What another process or the carrier makes of a question. */
const asksOutside = <Answer>(world: NodeWorld, { clock }: Inside, question: () => { answer: Answer; after: number }) =>
  new Promise<Answer>((resolve) => {
    const { answer, after } = question();
    world.clock.after(ms(after), () => clock.arrives(() => resolve(answer)));
  });

const logOf = (errors: string[]): CallHouse['log'] => {
  const note = (facts: { readonly stack?: unknown }, text: string) => errors.push(`${text} ${String(facts.stack ?? '')}`);
  const log: CallHouse['log'] = { debug() {}, info() {}, warn() {}, error: note, child: () => log, flush() {} };
  return log;
};

const quietLog = { info() {}, warn() {}, error() {} };

const heartOf = (world: NodeWorld, inside: Inside, calls: () => CallRegistry): Heartbeat | undefined => {
  if (world.signs === undefined) return undefined;
  const { name: node, clock, line, store } = inside;
  const nodes = new SimNodes(world.signs, line);
  const reaper = new Reaper({
    nodes,
    contexts: store,
    clock,
    log: quietLog,
    answers: (_, other) =>
      asksOutside(world, inside, () => {
        const answer = world.answers(other);
        return { answer, after: answer ? 1 : probeMs };
      }),
    redirect: (callId) => asksOutside(world, inside, () => ({ answer: world.redirects(callId), after: orderMs })),
    onOver: (callId) => calls().isOver(callId),
    count: () => {},
  });
  const onSilent = (sign: Parameters<Reaper['suspects']>[0]) => void reaper.suspects(sign);
  const heart = new Heartbeat({ node, nodes, clock, log: quietLog, onSilent, onTaken: () => world.ends(node) });
  heart.start(node);
  return heart;
};

/** Starts a process. */
export const startNode = (world: NodeWorld, name: string): SimNode => {
  const clock = new ProcessClock(world.clock);
  const line = new SimLine(clock, world);
  const connection = world.connects(clock, (batch) => store.append(batch));
  const store: ContextStore = new SimStore(connection, line, (batch) => world.acknowledged.push(batch));
  const inside = { name, clock, line, connection, store, sessions: [], errors: [] };
  const heart = heartOf(world, inside, () => calls);
  const calls: CallRegistry = new CallRegistry(houseOf(world, inside, heart), {
    maxCalls: 10,
    maxCallsOfFleet: undefined,
    maxCallsPerCaller: undefined,
    shared: undefined,
    fallbackNumber: undefined,
  });
  return { ...inside, heart, calls };
};

const houseOf = (world: NodeWorld, inside: Inside, heart: Heartbeat | undefined): CallHouse => {
  const { name, clock, store, sessions, errors } = inside;
  const { dice } = world;
  const log = logOf(errors);
  const queue = { add: async ({ key }: Job) => void world.jobs.push(String(key)) };
  return {
    line: simTeam(world, name, clock),
    models: { realtime: 'sim', transcription: 'sim-scribe' },
    openSession: (setup) => {
      const session = new SimSession(setup, world.sessionCount, world);
      world.sessionCount += 1;
      sessions.push(session);
      return session;
    },
    store,
    queue,
    outbox: new Outbox({ queue, clock, log, random: dice.next }),
    clock,
    log,
    metrics: { count() {}, gauge() {}, observe() {} },
    countTokens: (text) => Math.ceil(text.length / 4),
    owner: name,
    ...(heart === undefined ? {} : { roll: heart, isThere: (owner: string) => heart.isThere(owner) }),
    random: dice.next,
    appendBytes: () => 160,
    greetings: new Map(),
    bargeInMs: dice.chance(0.3) ? 200 : 0,
    keyBargeIn: dice.chance(0.7),
    idleMs: 15_000,
    maxMs: 240_000,
    transfers: transfersIn(memoryTexts()),
    screenLink: ({ transfer }) => `https://h/screen/${transfer}`,
    orders: { ...new ScriptedOrders(), complete: async (callId) => world.completes(callId) },
    onEvent: (callId, event) => world.told.push({ process: name, callId, event }),
  };
};
