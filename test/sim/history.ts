import type { CallFacts, NextStep } from '../../gateway/call/ports.ts';
import { term } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { ContextStore } from '../../store/context-store.ts';
import { settle } from '../world/clock.ts';
import { Dice } from './dice.ts';
import { brokenLaws } from './laws.ts';
import { MemoryStore } from './memory-store.ts';
import { SimPhone } from './sim-phone.ts';
import { type SimNode, SimWorld } from './world.ts';

/** What can happen besides that the models act. */
export interface Weather {
  readonly name: string;
  /** Sessions don't die, streams don't drop, processes are not killed. */
  readonly calm: boolean;
  /** By default one that does what it promises. */
  readonly storeOn?: (clock: Clock) => ContextStore;
}

/** One call from its ring to its end, with all that happened. */
export interface History {
  readonly seed: number;
  /** In words, step by step: the same seed, the same words. */
  readonly trace: readonly string[];
  readonly broken: readonly string[];
  readonly events: readonly ContextEvent[];
}

const loud = new Uint8Array(160).fill(5);
const quiet = new Uint8Array(160).fill(0xff);

/** The caller's and the carrier's side of one call, and the hand that moves everything. */
class Stagehand {
  readonly world: SimWorld;
  readonly phones: SimPhone[] = [];
  readonly trace: string[] = [];
  readonly #dice: Dice;
  readonly #weather: Weather;
  readonly #facts: CallFacts;
  #phone: SimPhone | undefined;
  #server: SimNode | undefined;
  /** `asking`: the carrier waits for an answer. */
  #line: 'streaming' | 'asking' | 'over' = 'asking';
  #framesLeft = 0;
  #waitsSince: number | undefined;
  #callerSpokeAt = 0;
  /** Nobody was bound, and the caller heard nothing, for so long. In ms. */
  longestWait = 0;

  constructor(seed: number, weather: Weather) {
    this.#dice = new Dice(seed);
    this.#weather = weather;
    this.world = new SimWorld(this.#dice, weather.storeOn ?? ((clock) => new MemoryStore(clock)));
    this.#facts = { callId: this.world.callId, from: '+15005550006', to: '+15005550010' };
  }

  get isOver(): boolean {
    return this.#line === 'over';
  }

  async plays(steps: number): Promise<void> {
    await this.#ask((node) => node.calls.ring(this.#facts));
    for (let step = 0; step < steps && !this.isOver; step += 1) await this.#step();
    await this.#ends();
  }

  async #step(): Promise<void> {
    const { calm } = this.#weather;
    const does = this.#dice.weighed({
      time: 6,
      model: 14,
      frame: 6,
      marks: 3,
      tool: 2,
      key: 0.6,
      hangUp: 0.08,
      drop: calm ? 0 : 0.4,
      kill: calm ? 0 : 0.25,
      store: calm ? 0 : 0.5,
    });
    this.trace.push(does);
    await this.#does(does);
    await settle();
    this.#listens();
    await this.#followsUp();
  }

  async #does(what: string): Promise<void> {
    const { clock, runs, nodes } = this.world;
    switch (what) {
      case 'time':
        clock.advance(this.#dice.pick([0, 20, 100, 400, 1_000, 3_000, 8_000]) ?? 0);
        break;
      case 'model': {
        const open = nodes.flatMap(({ sessions }) => sessions).filter((session) => session.isOpen);
        const session = this.#dice.pick(open);
        this.trace.push(`session ${session?.number}`);
        session?.acts(this.#weather.calm);
        break;
      }
      case 'frame':
        this.#framesLeft = 1 + this.#dice.below(10);
        for (; this.#framesLeft > 0; this.#framesLeft -= 1) {
          this.#phone?.brings(this.#dice.chance(0.7) ? loud : quiet);
          clock.advance(20);
          this.#callerSpokeAt = clock.now();
        }
        break;
      case 'marks':
        this.#phone?.returnsMarks();
        break;
      case 'tool':
        runs.splice(this.#dice.below(runs.length), 1)[0]?.settle(this.#dice.chance(0.8));
        break;
      case 'key':
        for (let keys = 1 + this.#dice.below(4); keys > 0; keys -= 1)
          this.#phone?.events.emit({ type: 'digit-pressed', digit: this.#dice.pick(['1', '2', '3', '*', '#']) ?? '1' });
        break;
      case 'hangUp':
        this.#hangsUp();
        break;
      case 'drop':
        this.#phone?.drops();
        break;
      case 'kill':
        this.#kills();
        break;
      case 'store':
        this.world.line = this.#dice.pick(['good', 'good', 'away', 'deaf'] as const) ?? 'good';
    }
  }

  /** Whoever waits for an agent hears that somebody is there. */
  #listens(): void {
    const [call] = this.#server?.calls.live ?? [];
    const phone = this.#phone;
    const waits = call?.at === 'answering' && this.#line === 'streaming' && phone !== undefined && !phone.closed;
    const { clock } = this.world;
    if (!waits) this.#waitsSince = undefined;
    else {
      this.#waitsSince ??= clock.now();
      const silent = Math.min(phone.silentMs, clock.now() - Math.max(this.#waitsSince, this.#callerSpokeAt));
      this.longestWait = Math.max(this.longestWait, silent);
    }
  }

  #kills(): void {
    const index = this.#dice.below(this.world.nodes.length);
    const node = this.world.nodes[index];
    this.world.kills(index);
    if (this.#server === node) this.#phone?.drops();
  }

  #hangsUp(): void {
    this.#line = 'over';
    this.#phone?.hangsUp();
    for (const { calls } of this.world.nodes) calls.ended(this.world.callId, 'completed');
  }

  /** A stream that is over makes the carrier ask; not always at once. */
  async #followsUp(): Promise<void> {
    if (this.#line !== 'streaming' || this.#phone?.closed !== true) return;
    const { ticket } = this.#phone;
    await this.#ask((node) => node.calls.next(this.#facts, ticket));
  }

  async #ask(question: (node: SimNode) => Promise<NextStep>): Promise<void> {
    this.#line = 'asking';
    const node = this.#dice.pick(this.world.nodes);
    if (node === undefined) return;
    let step: NextStep | undefined;
    void question(node).then((answer) => {
      step = answer;
    });
    // The answer may need the store, and so time.
    for (let waits = 0; step === undefined && waits < 200; waits += 1) {
      await settle();
      if (step === undefined) this.world.clock.advance(50);
    }
    this.trace.push(`told ${step?.kind}`);
    this.#follows(node, step);
  }

  #follows(node: SimNode, step: NextStep | undefined): void {
    if (step?.kind !== 'connect') {
      this.#hangsUp();
      return;
    }
    const phone = new SimPhone(this.world.callId, `ticket-${this.phones.length}`, this.world.clock);
    this.phones.push(phone);
    this.#phone = phone;
    this.#server = node;
    this.#line = 'streaming';
    if (!node.calls.accept(phone, this.#facts, step.cause)) phone.close();
  }

  /** The caller hangs up, the store comes back, and whatever is left comes to rest. */
  async #ends(): Promise<void> {
    this.world.line = 'good';
    if (!this.isOver) this.#hangsUp();
    for (const { settle: ends } of this.world.runs.splice(0)) ends(true);
    for (let round = 0; round < 60; round += 1) {
      await settle();
      this.world.clock.advance(round < 40 ? 500 : 60_000);
    }
    await settle();
  }
}

const steps = 120;
/** After 1.5 s a tone says that somebody is there; it is looked for several times a second, and frames take time here. */
const longestSilenceMs = 2_500;

const tooLong = (longestWait: number): readonly string[] =>
  longestWait > longestSilenceMs ? [`the caller heard nothing for ${longestWait} ms, and nobody was bound`] : [];

/** Plays one call at random. */
export const playHistory = async (seed: number, weather: Weather): Promise<History> => {
  const hand = new Stagehand(seed, weather);
  await hand.plays(steps);
  const { world, phones, trace, longestWait } = hand;
  const stored = (await world.store.load(world.callId)) ?? { term: term(0), events: [] };
  return { seed, trace, broken: [...brokenLaws(world, phones, stored), ...tooLong(longestWait)], events: stored.events };
};
