import { ms } from '../../infra/brand.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { StoredCall } from '../../store/context-store.ts';
import { settle } from '../world/clock.ts';
import { isWrittenDown } from './call-laws.ts';
import { Dice } from './dice.ts';
import { brokenLaws } from './laws.ts';
import type { SimCarrier } from './sim-carrier.ts';
import type { Weather } from './weather.ts';
import { SimWorld } from './world.ts';

/** Calls on one fleet from their rings to their ends, with all that happened. */
export interface History {
  readonly seed: number;
  /** In words, step by step: the same seed, the same words. */
  readonly trace: readonly string[];
  readonly broken: readonly string[];
  /** Of all calls. */
  readonly events: readonly ContextEvent[];
  /** How often a call of a process that stood still went on with another, while that one still stood. */
  readonly takenUp: number;
}

const steps = 90;

/** The hand that moves everything. */
class Stagehand {
  readonly world: SimWorld;
  readonly #dice: Dice;

  constructor(seed: number, weather: Weather) {
    this.#dice = new Dice(seed);
    this.world = new SimWorld(this.#dice, weather);
  }

  async plays(): Promise<void> {
    const { callers } = this.world;
    for (const caller of callers) {
      caller.rings();
      await this.#settles();
      await this.#step(caller);
    }
    for (let step = 0; step < steps && callers.some(({ isOver }) => !isOver); step += 1) {
      const caller = this.#dice.pick(callers.filter(({ isOver }) => !isOver));
      if (caller !== undefined) await this.#step(caller);
    }
    await this.#ends();
  }

  async #step(caller: SimCarrier): Promise<void> {
    const { calm, hangs = false, failsOver = false } = this.world.weather;
    const does = this.#dice.weighed({
      time: 6,
      model: 14,
      frame: 6,
      marks: 3,
      tool: 2,
      key: 0.6,
      hangUp: 0.16,
      drop: calm ? 0 : 0.4,
      kill: calm ? 0 : 0.25,
      store: calm ? 0 : 0.5,
      freeze: hangs ? 0.8 : 0,
      failover: failsOver ? 0.5 : 0,
    });
    this.world.trace.push(`${does} ${caller.number}`);
    await this.#does(does, caller);
    await this.#settles();
  }

  async #settles(): Promise<void> {
    await settle();
    for (const caller of this.world.callers) caller.listens();
    for (const caller of this.world.callers) caller.followsUp();
    await settle();
  }

  async #does(what: string, caller: SimCarrier): Promise<void> {
    const { world } = this;
    switch (what) {
      case 'time':
        await this.#passes(this.#dice.pick([0, 20, 100, 400, 1_000, 3_000, 8_000]) ?? 0);
        break;
      case 'model':
        this.#modelActs();
        break;
      case 'frame':
        caller.brings(1 + this.#dice.below(10));
        break;
      case 'marks':
        caller.returnsMarks();
        break;
      case 'tool':
        world.runs.splice(this.#dice.below(world.runs.length), 1)[0]?.settle(this.#dice.chance(0.8));
        break;
      case 'key':
        caller.presses(Array.from({ length: 1 + this.#dice.below(4) }, () => this.#dice.pick([...'123*#']) ?? '1'));
        break;
      case 'hangUp':
        caller.hangsUp();
        break;
      case 'drop':
        caller.drops();
        break;
      default:
        this.#breaks(what);
    }
  }

  /** In pieces: what the callers hear is looked at between them. */
  async #passes(span: number): Promise<void> {
    for (let left = span; left > 0; left -= 500) {
      await this.world.passes(Math.min(left, 500));
      for (const caller of this.world.callers) {
        caller.listens();
        caller.followsUp();
      }
    }
  }

  #modelActs(): void {
    const { nodes, weather, trace } = this.world;
    const awake = nodes.filter(({ clock }) => !clock.isFrozen);
    const open = awake.flatMap(({ sessions }) => sessions).filter((session) => session.isOpen);
    const session = this.#dice.pick(open);
    trace.push(`session ${session?.number}`);
    session?.acts(weather.calm);
  }

  #breaks(what: string): void {
    const { world } = this;
    if (what === 'failover') {
      world.failsOver();
      return;
    }
    const node = this.#dice.pick(world.nodes);
    if (node === undefined) return;
    world.trace.push(node.name);
    if (what === 'freeze') {
      world.freezes(node, ms(this.#dice.pick([300, 1_200, 3_000, 6_000, 12_000]) ?? 0));
      return;
    }
    if (what === 'kill') world.kills(node);
    else world.turns(node, this.#dice.pick(['good', 'good', 'away', 'deaf'] as const) ?? 'good');
  }

  /** The callers hang up, the stores come back, and whatever is left comes to rest. */
  async #ends(): Promise<void> {
    const { world } = this;
    for (const { line } of world.nodes) line.state = 'good';
    for (const caller of world.callers) caller.hangsUp();
    for (const { settle: ends } of world.runs.splice(0)) ends(true);
    await this.#untilWrittenDown();
    for (const { heart } of world.nodes) void heart?.stop();
    await world.passes(1_250_000);
  }

  /** The calls of a process that is gone are looked after by the others, for about a minute. */
  async #untilWrittenDown(): Promise<void> {
    const { world } = this;
    const longest = world.weather.hangs === true ? 120 : 40;
    for (let round = 0; round < longest; round += 1) {
      await world.passes(1_000);
      if (round > 20 && (await loadAll(world)).every(isWrittenDown)) return;
    }
  }
}

const loadAll = (world: SimWorld): Promise<readonly (StoredCall | undefined)[]> =>
  Promise.all(world.callers.map(({ callId }) => world.store.load(callId)));

/** Plays calls at random. */
export const playHistory = async (seed: number, weather: Weather): Promise<History> => {
  const hand = new Stagehand(seed, weather);
  await hand.plays();
  const { world } = hand;
  const logs = await loadAll(world);
  const takenUp = world.callers.reduce((sum, caller) => sum + caller.takenUp, 0);
  const events = logs.flatMap((log) => log?.events ?? []);
  return { seed, trace: world.trace, broken: brokenLaws(world, logs), events, takenUp };
};
