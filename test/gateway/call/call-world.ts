import { z } from 'zod';
import { tool } from '../../../agents/definition.ts';
import { supportLine } from '../../../agents/line.ts';
import type { SessionSetup } from '../../../agents/session.ts';
import type { CallHouse } from '../../../gateway/call/house.ts';
import { Outbox } from '../../../gateway/call/outbox.ts';
import type { CallFacts } from '../../../gateway/call/ports.ts';
import type { Job } from '../../../infra/queue/queue.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { transfersIn } from '../../../store/transfers.ts';
import { FakeClock } from '../../world/clock.ts';
import { memoryTexts } from '../../world/memory-texts.ts';
import { ScriptedOrders } from '../../world/scripted-orders.ts';
import { callIdOf } from '../../world/scripted-phone.ts';
import { ScriptedSession } from '../../world/scripted-session.ts';
import { FaultyStore } from './faulty-store.ts';

/** Runs of the line's own tools that wait for their result, by the test's hand. */
export class Bench {
  readonly runs: { readonly tool: string; readonly finish: (result: object) => void }[] = [];

  run(name: string): Promise<object> {
    const { promise, resolve } = Promise.withResolvers<object>();
    this.runs.push({ tool: name, finish: resolve });
    return promise;
  }

  /** Throws when there was no such run yet. */
  finish(index: number, result: object): void {
    const run = this.runs[index];
    if (run === undefined) throw new Error(`run ${index} did not begin`);
    run.finish(result);
  }
}

/** Two agents who hand over to each other; the first can look something up, and reset it for good. */
export const lineWith = (bench: Bench) => {
  const line = supportLine();
  const support = line.agent({
    voice: 'marin',
    instructions: 'Help.',
    tools: {
      look: tool({
        description: 'looks',
        input: z.object({ what: z.string().default('all') }),
        effect: 'reads',
        run: () => bench.run('look'),
        learns: () => ({ tier: 'Pro' }),
        verifies: (result) => ('works' in result ? result.works === true : undefined),
      }),
      reset: tool({
        description: 'resets',
        input: z.object({ key: z.string() }),
        effect: 'irreversible',
        run: () => bench.run('reset'),
      }),
    },
    handoffs: { technical: 'hard ones' },
  });
  const technical = line.agent({ voice: 'cedar', instructions: 'Help more.', handoffs: { support: 'easy ones' } });
  return line.team({ support, technical }, { start: 'support', name: 'test' });
};

let calls = 1_000;

/** A call that nobody had before. */
export const newCall = (from = '+15005550006'): CallFacts => {
  calls += 1;
  return { callId: callIdOf(calls), from, to: '+15005550010' };
};

/** All that calls need, over a real store, with sessions that the test moves. */
export const houseOver = (sqlite: ContextStore) => {
  const clock = new FakeClock();
  const store = new FaultyStore(sqlite);
  const sessions: ScriptedSession[] = [];
  const jobs: Job[] = [];
  const errors: string[] = [];
  const counted: string[] = [];
  const observed: (readonly (string | number)[])[] = [];
  const orders = new ScriptedOrders();
  const bench = new Bench();
  const note = (_facts: unknown, text: string) => errors.push(text);
  const log: CallHouse['log'] = { debug() {}, info() {}, warn() {}, error: note, child: () => log, flush() {} };
  const queue = { add: async (job: Job) => void jobs.push(job) };
  const house: CallHouse = {
    appendBytes: () => 160,
    bargeInMs: 0,
    keyBargeIn: true,
    idleMs: 86_400_000,
    maxMs: 86_400_000,
    greetings: new Map(),
    line: lineWith(bench),
    openSession: (setup: SessionSetup) => {
      const session = new ScriptedSession(setup);
      sessions.push(session);
      return session;
    },
    models: { realtime: 'realtime-model', transcription: 'transcription-model' },
    store,
    queue,
    outbox: new Outbox({ queue, clock, log, random: () => 0.5 }),
    clock,
    log,
    metrics: {
      count: (name, labels, by = 1) =>
        counted.push([name, ...Object.values(labels ?? {}), ...(by === 1 ? [] : [by])].join(' ')),
      gauge() {},
      observe: (name, value, labels) => observed.push([name, value, ...Object.values(labels ?? {})]),
    },
    countTokens: (text) => Math.ceil(text.length / 4),
    owner: 'node-1',
    random: () => 0.5,
    transfers: transfersIn(memoryTexts()),
    screenLink: ({ transfer }) => `https://h/screen/${transfer}`,
    orders,
  };
  const session = (number: number): ScriptedSession => {
    const found = sessions[number - 1];
    if (found === undefined) throw new Error(`session ${number} was not opened`);
    return found;
  };
  return { clock, store, sessions, session, jobs, errors, counted, observed, orders, bench, house };
};

export const speech = (ms: number, code = 1): Uint8Array => new Uint8Array(ms * 8).fill(code);
