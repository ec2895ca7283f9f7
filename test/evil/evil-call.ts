import { PersonDesk } from '../../gateway/call/person-desk.ts';
import type { NextStep } from '../../gateway/call/ports.ts';
import { CallRegistry } from '../../gateway/call/registry.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { houseOver } from '../gateway/call/call-world.ts';
import { Dice } from '../sim/dice.ts';
import { MemoryStore } from '../sim/memory-store.ts';
import { FakeClock, settle } from '../world/clock.ts';
import { callIdOf, ScriptedPhone } from '../world/scripted-phone.ts';
import type { Mood } from './evil-arguments.ts';
import { type Bench, evilLine, secretDigits } from './evil-line.ts';
import { EvilSession } from './evil-session.ts';

const fallbackNumber = '+14155550100';
const dialled = '+15005550010';
const loud = new Uint8Array(160).fill(5);

/** One call whose models are evil, from its ring to its end; `look` is asked after each step what is wrong. */
export class EvilCall {
  readonly bench: Bench = { runs: [], waiting: [] };
  readonly sessions: EvilSession[] = [];
  readonly told: ContextEvent[] = [];
  /** Where the carrier was told to take the caller. */
  readonly sentTo: NextStep[] = [];
  /** What each step did, in words. */
  readonly trace: string[] = [];
  readonly world: ReturnType<typeof houseOver>;
  #keyed = 0;
  readonly #dice: Dice;
  readonly #mood: Mood;
  readonly #calls: CallRegistry;
  readonly #people: PersonDesk;
  readonly #facts = { callId: callIdOf(1), from: '+15005550006', to: dialled };
  #phone: ScriptedPhone | undefined;
  #rung = 0;
  #isOver = false;

  constructor(seed: number) {
    const dice = new Dice(seed);
    const mood = dice.pick<Mood>(['anything', 'anything', 'handoffs', 'people', 'work']) ?? 'anything';
    this.#mood = mood;
    this.#dice = dice;
    this.world = houseOver(new MemoryStore(new FakeClock()));
    const house = {
      ...this.world.house,
      line: evilLine(this.bench, dice),
      random: dice.next,
      idleMs: 15_000,
      maxMs: 600_000,
      openSession: (setup: ConstructorParameters<typeof EvilSession>[0], about: { readonly epoch?: unknown }) => {
        const session = new EvilSession(setup, Number(about.epoch), { dice, mood });
        this.sessions.push(session);
        return session;
      },
      onEvent: (_: unknown, event: ContextEvent) => this.told.push(event),
    };
    const limits = { maxCalls: 10, maxCallsOfFleet: undefined, maxCallsPerCaller: undefined, shared: undefined };
    this.#calls = new CallRegistry(house, { ...limits, fallbackNumber });
    this.#people = new PersonDesk({
      house,
      bundle: (callId) => this.#calls.bundle(callId),
      onNews: (state) => this.#calls.hears(state),
      whisper: () => 'A caller.',
    });
  }

  /** Turns of the caller so far. */
  get turns(): number {
    return this.sessions.reduce((sum, { turns }) => sum + turns, this.#keyed);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get live(): number {
    return this.#calls.live.length;
  }

  async begins(): Promise<void> {
    this.#follows(await this.#calls.ring(this.#facts));
  }

  async steps(): Promise<void> {
    const does = this.#dice.weighed({
      model: 20,
      time: 2.5,
      tool: 3,
      frame: 1,
      marks: 1.5,
      key: this.#mood === 'work' ? 0.1 : 0.8,
      person: 1,
      hangUp: 0.02,
    });
    this.trace.push(does);
    await this.#does(does);
    await settle();
    if (this.#phone?.closed === true && !this.#isOver) await this.#asks();
  }

  async #does(what: string): Promise<void> {
    const dice = this.#dice;
    switch (what) {
      case 'model': {
        const session = dice.pick(dice.chance(0.9) ? this.sessions.filter(({ isOpen }) => isOpen) : this.sessions);
        this.trace.push(`${session?.epoch} ${session?.acts()}`);
        break;
      }
      case 'time':
        this.world.clock.advance(dice.pick([0, 20, 400, 2_000, 9_000]) ?? 0);
        break;
      case 'tool':
        this.bench.waiting.splice(dice.below(this.bench.waiting.length), 1)[0]?.(dice.chance(0.8));
        break;
      case 'frame':
        this.#phone?.brings(loud);
        this.world.clock.advance(20);
        break;
      case 'marks':
        this.#phone?.returnsMarks();
        break;
      case 'key':
        this.#keyed += 1;
        for (const digit of `${secretDigits}#`) this.#phone?.events.emit({ type: 'digit-pressed', digit });
        break;
      case 'person':
        await this.#answers();
        break;
      case 'hangUp':
        this.#hangsUp();
    }
  }

  /** The person whose phone rings takes the call, or not. */
  async #answers(): Promise<void> {
    const leg = this.world.orders.rung[this.#rung];
    if (leg === undefined) return;
    this.#rung += 1;
    if (this.#dice.chance(0.4)) return this.#people.legEnded(leg.ref, 'no-answer');
    await this.#people.answered(leg.ref, leg.leg);
    await this.#people.pressed(leg.ref, '1');
  }

  async #asks(): Promise<void> {
    const { ticket } = this.#phone ?? {};
    let step: NextStep | undefined;
    void this.#calls.next(this.#facts, ticket).then((answer) => {
      step = answer;
    });
    for (let waits = 0; step === undefined && waits < 200; waits += 1) {
      await settle();
      if (step === undefined) this.world.clock.advance(50);
    }
    if (step !== undefined) await this.#goes(step);
  }

  /** The carrier does as it is told, and the caller comes back from wherever they were sent. */
  async #goes(step: NextStep): Promise<void> {
    if (step.kind === 'pay') {
      this.sentTo.push(step);
      const outcome = this.#dice.pick(['paid', 'declined', 'cancelled'] as const) ?? 'paid';
      this.#follows(
        await this.#calls.paid(this.#facts, step.ref, { outcome, confirmation: null, cardType: null, error: null }),
      );
    } else if ('ref' in step && step.ref !== undefined) {
      this.sentTo.push(step);
      const back = this.#calls.back(this.#facts, step.ref, { dialStatus: 'no-answer', queueResult: 'leave' });
      await settle();
      this.world.clock.advance(2_000);
      this.#follows(await back);
    } else this.#follows(step);
  }

  #follows(step: NextStep): void {
    this.sentTo.push(step);
    if (step.kind !== 'connect') {
      this.#hangsUp();
      return;
    }
    this.#phone = new ScriptedPhone(this.#facts.callId, `ticket-${this.sentTo.length}`);
    if (!this.#calls.accept(this.#phone, this.#facts, step.cause)) this.#phone.close();
  }

  #hangsUp(): void {
    this.#isOver = true;
    this.#phone?.hangsUp();
    this.#calls.ended(this.#facts.callId, 'completed');
  }

  /** Whatever is left comes to rest. */
  async ends(): Promise<void> {
    if (!this.#isOver) this.#hangsUp();
    for (const settles of this.bench.waiting.splice(0)) settles(true);
    for (let round = 0; round < 20; round += 1) {
      await settle();
      this.world.clock.advance(round < 8 ? 2_000 : 120_000);
    }
    await settle();
  }
}

export const mayBeRung = { fallbackNumber, dialled };
