import { z } from 'zod';
import { capture, tool } from '../../agents/definition.ts';
import { requireLine, supportLine } from '../../agents/line.ts';
import type { CallHouse } from '../../gateway/call/house.ts';
import { Outbox } from '../../gateway/call/outbox.ts';
import { CallRegistry } from '../../gateway/call/registry.ts';
import { type CallId, type Milliseconds, parseCallId } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { Job } from '../../infra/queue/queue.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { ContextStore } from '../../store/context-store.ts';
import { transfersIn } from '../../store/transfers.ts';
import { FakeClock } from '../world/clock.ts';
import { memoryTexts } from '../world/memory-texts.ts';
import { ScriptedOrders } from '../world/scripted-orders.ts';
import type { Dice } from './dice.ts';
import { SimSession } from './sim-session.ts';
import { SimStore, type StoreLine } from './sim-store.ts';

/** Time as one process sees it: when it is dead nothing is due in it any more. */
class ProcessClock implements Clock {
  readonly #clock: FakeClock;
  readonly #timers = new Set<Cancel>();
  isDead = false;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  now = () => this.#clock.now();
  wall = () => this.#clock.wall();

  after = (delay: Milliseconds, action: () => void): Cancel => {
    const cancel = this.#clock.after(delay, () => {
      this.#timers.delete(stop);
      if (!this.isDead) action();
    });
    const stop = () => {
      this.#timers.delete(stop);
      cancel();
    };
    if (this.isDead) cancel();
    else this.#timers.add(stop);
    return stop;
  };

  get pending(): number {
    return this.#timers.size;
  }

  dies(): void {
    this.isDead = true;
    for (const stop of [...this.#timers]) stop();
  }
}

/** A run of a tool that can't be undone. */
export interface Effect {
  readonly key: string;
  outcome: 'running' | 'done' | 'failed';
}

/** One process that serves calls. */
export interface SimNode {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly calls: CallRegistry;
  readonly sessions: SimSession[];
  /** What went wrong inside. */
  readonly errors: string[];
}

/** Tools that run, by the simulation's hand. */
interface Run {
  readonly settle: (works: boolean) => void;
}

export class SimWorld {
  readonly clock = new FakeClock();
  readonly dice: Dice;
  readonly store: ContextStore;
  readonly callId: CallId;
  readonly nodes: SimNode[] = [];
  readonly effects: Effect[] = [];
  readonly runs: Run[] = [];
  readonly jobs: string[] = [];
  /** Events as they got their place in the log, of all processes. */
  readonly told: { readonly process: string; readonly event: ContextEvent }[] = [];
  /** Calls that we ended by order. */
  readonly completed: CallId[] = [];
  line: StoreLine = 'good';
  /** Tokens that all sessions said they used. */
  used = 0;
  #sessions = 0;
  #processes = 0;

  constructor(dice: Dice, storeOn: (clock: Clock) => ContextStore) {
    this.dice = dice;
    this.store = storeOn(this.clock);
    const callId = parseCallId(`CA${'5'.repeat(32)}`);
    if (callId === undefined) throw new Error('call id');
    this.callId = callId;
    for (let count = 0; count < 2; count += 1) this.nodes.push(this.#process());
  }

  /** A new process takes the place of one that is killed. What was under way in the old one never ends. */
  kills(index: number): void {
    const node = this.nodes[index];
    if (node === undefined) return;
    node.clock.dies();
    for (const session of node.sessions) session.breaks();
    this.nodes[index] = this.#process();
  }

  #process(): SimNode {
    this.#processes += 1;
    const name = `process-${this.#processes}`;
    const clock = new ProcessClock(this.clock);
    const sessions: SimSession[] = [];
    const errors: string[] = [];
    const calls = new CallRegistry(this.#house({ name, clock, sessions, errors }), {
      maxCalls: 10,
      maxCallsOfFleet: undefined,
      maxCallsPerCaller: undefined,
      shared: undefined,
      fallbackNumber: undefined,
    });
    return { name, clock, calls, sessions, errors };
  }

  #house(node: Omit<SimNode, 'calls'>): CallHouse {
    const { clock, sessions, errors } = node;
    const note = (facts: { readonly stack?: unknown }, text: string) => errors.push(`${text} ${String(facts.stack ?? '')}`);
    const log: CallHouse['log'] = { debug() {}, info() {}, warn() {}, error: note, child: () => log, flush() {} };
    const queue = { add: async ({ key }: Job) => void this.jobs.push(String(key)) };
    return {
      line: this.#team,
      models: { realtime: 'sim', transcription: 'sim-scribe' },
      openSession: (setup) => {
        const session = new SimSession(setup, this.#sessions, this);
        this.#sessions += 1;
        sessions.push(session);
        return session;
      },
      store: new SimStore(this.store, { clock, dice: this.dice, line: () => (clock.isDead ? 'deaf' : this.line) }),
      queue,
      outbox: new Outbox({ queue, clock, log, random: this.dice.next }),
      clock,
      log,
      metrics: { count() {}, gauge() {}, observe() {} },
      countTokens: (text) => Math.ceil(text.length / 4),
      owner: node.name,
      random: this.dice.next,
      appendBytes: () => 160,
      greetings: new Map(),
      bargeInMs: this.dice.chance(0.3) ? 200 : 0,
      keyBargeIn: this.dice.chance(0.7),
      idleMs: 15_000,
      maxMs: 240_000,
      transfers: transfersIn(memoryTexts()),
      screenLink: ({ transfer }) => `https://h/screen/${transfer}`,
      orders: {
        ...new ScriptedOrders(),
        complete: async (callId) => {
          this.completed.push(callId);
        },
      },
      onEvent: (_, event) => this.told.push({ process: node.name, event }),
    };
  }

  readonly #team = (() => {
    const line = supportLine();
    const waits = (): Promise<object> => {
      const { promise, resolve, reject } = Promise.withResolvers<object>();
      this.runs.push({ settle: (works) => (works ? resolve({ tier: 'Pro' }) : reject(new Error('no'))) });
      return promise;
    };
    const resets = async (key: string): Promise<object> => {
      const effect: Effect = { key, outcome: 'running' };
      this.effects.push(effect);
      try {
        const result = await waits();
        effect.outcome = 'done';
        return result;
      } catch (error) {
        effect.outcome = 'failed';
        throw error;
      }
    };
    const tools = {
      look: tool({
        description: 'looks',
        input: z.object({}),
        effect: 'reads',
        run: waits,
        learns: () => ({ tier: 'Pro' }),
      }),
      reset: tool({
        description: 'resets',
        input: z.object({ key: z.string() }),
        effect: 'irreversible',
        run: ({ key }) => resets(key),
      }),
      pin: capture({ description: 'asks', length: { min: 2, max: 3 }, check: waits }),
    };
    const about = { voice: 'marin', instructions: 'Help.', tools };
    return requireLine(
      line.team(
        {
          support: line.agent({ ...about, handoffs: { technical: 'hard ones', billing: 'invoices' } }),
          technical: line.agent({
            ...about,
            expertise: ['key', '401'],
            accepts: z.object({ symptom: z.string().optional() }),
            handoffs: { support: 'else', billing: 'invoices' },
          }),
          billing: line.agent({ ...about, handoffs: { support: 'else', technical: 'hard ones' } }),
        },
        { start: 'support', name: 'sim' },
      ),
    );
  })();
}
