import type { CallFacts, NextStep } from '../../gateway/call/ports.ts';
import { type CallId, ms } from '../../infra/brand.ts';
import type { FakeClock } from '../world/clock.ts';
import { callIdOf } from '../world/scripted-phone.ts';
import { voiceOf } from './canary.ts';
import type { Dice } from './dice.ts';
import type { SimNode } from './sim-node.ts';
import { SimPhone } from './sim-phone.ts';
import type { Weather } from './weather.ts';

const quiet = new Uint8Array(160).fill(0xff);
/** The carrier waits so long for an answer, and then asks somebody else. */
const answerMs = 15_000;
const mostRescues = 2;
/** The calls of a process that stands still are with others after four seconds (design, section 7), and a second and a half for looks and trips between. */
const takenUpMs = 5_500;
/** Before that the others need not know of a call (gateway/fleet/heartbeat.ts). */
const notedMs = 200;

/** What the carrier needs of the world around it. */
interface CarrierWorld {
  readonly clock: FakeClock;
  readonly dice: Dice;
  readonly weather: Weather;
  readonly trace: string[];
  /** Whoever a balancer would ask; undefined: nobody is there. */
  balanced(): SimNode | undefined;
}

type Question = (node: SimNode) => Promise<NextStep>;

/** One call as the carrier has it: its caller, its streams one after another, and the questions between them. */
export class SimCarrier {
  readonly callId: CallId;
  readonly number: number;
  readonly phones: SimPhone[] = [];
  /** What it saw that may not be; in words. */
  readonly complaints: string[] = [];
  /** How often a call of a process that stood still went on with another, while that one still stood. */
  takenUp = 0;
  readonly #world: CarrierWorld;
  readonly #facts: CallFacts;
  readonly #toldTo: SimNode[] = [];
  #line: 'asking' | 'streaming' | 'over' = 'asking';
  /** Who is asked, or serves. */
  #server: SimNode | undefined;
  /** Only the answer to the last one counts. */
  #questions = 0;
  #rescues = 0;
  #streamsSince = 0;
  #stalledAt: number | undefined;
  #waitsSince: number | undefined;
  #callerDidAt = 0;
  /** Nobody was bound, and the caller heard nothing, for so long. In ms. */
  longestWait = 0;

  constructor(world: CarrierWorld, number: number) {
    this.#world = world;
    this.number = number;
    this.callId = callIdOf(number + 1);
    this.#facts = { callId: this.callId, from: `+1500555000${number}`, to: '+15005550010' };
  }

  /** Whether a process lives that was told of the end. One that dies within seconds of that takes it along. */
  get isEndKnown(): boolean {
    return this.#toldTo.some(({ clock }) => !clock.isDead);
  }

  get isOver(): boolean {
    return this.#line === 'over';
  }

  get #phone(): SimPhone | undefined {
    return this.phones.at(-1);
  }

  get #isRude(): boolean {
    return !this.#world.weather.calm;
  }

  #later(span: number, action: () => void): void {
    this.#world.clock.after(ms(this.#world.dice.below(span)), action);
  }

  rings(): void {
    const rings: Question = ({ calls }) => calls.ring(this.#facts);
    this.#ask(rings);
    if (this.#isRude && this.#world.dice.chance(0.15)) this.#asksAside(rings);
  }

  /** The same question twice, or long after: nobody waits for the answer. */
  #asksAside(question: Question): void {
    this.#later(8_000, () => {
      const node = this.#world.balanced();
      node?.clock.arrives(() => void question(node));
    });
  }

  /** Frames of 20 ms. */
  brings(count: number): void {
    const { clock, dice } = this.#world;
    for (let left = count; left > 0; left -= 1) {
      this.#phone?.brings(dice.chance(0.7) ? voiceOf(this.number) : quiet);
      clock.advance(20);
      this.#callerDidAt = clock.now();
    }
  }

  returnsMarks(): void {
    this.#phone?.returnsMarks();
  }

  presses(digits: readonly string[]): void {
    for (const digit of digits) this.#phone?.presses(digit);
    this.#callerDidAt = this.#world.clock.now();
  }

  hangsUp(): void {
    if (this.isOver) return;
    this.#phone?.hangsUp();
    this.#isOver();
  }

  /** The carrier tells somebody that it is over: late, and more than once, and before or after the end of the stream is heard of. */
  #isOver(): void {
    const { dice } = this.#world;
    this.#line = 'over';
    this.#questions += 1;
    const tells = () => {
      const node = this.#world.balanced();
      if (node === undefined) return;
      this.#toldTo.push(node);
      node.clock.arrives(() => node.calls.ended(this.callId, 'completed'));
    };
    if (!this.#isRude || dice.chance(0.5)) tells();
    else this.#later(10_000, tells);
    if (this.#isRude && dice.chance(0.3)) this.#later(10_000, tells);
  }

  /** The stream breaks; the carrier goes on with what comes after it, or lets the caller go. */
  drops(): void {
    const phone = this.#phone;
    if (this.#line !== 'streaming' || phone === undefined) return;
    phone.drops();
    if (this.#world.dice.chance(0.15)) this.#isOver();
  }

  /** A process is gone, with all its connections. */
  lost(node: SimNode): void {
    if (this.#server !== node) return;
    if (this.#line === 'streaming') this.drops();
    else if (this.#line === 'asking') this.#asksAnother();
  }

  /** By order: whatever the call is in the middle of, it asks what is next. */
  redirected(): 'done' | 'gone' {
    if (this.isOver) return 'gone';
    const ticket = this.#phone?.ticket;
    if (this.#line === 'streaming') this.#phone?.leaves();
    this.#ask(({ calls }) => calls.next(this.#facts, ticket));
    return 'done';
  }

  /** A stream that is over makes the carrier ask; not always at once. */
  followsUp(): void {
    if (this.#line !== 'streaming' || this.#phone?.isOver !== true) return;
    const { dice } = this.#world;
    if (this.#isRude && dice.chance(0.3)) return;
    const { ticket } = this.#phone;
    const asks: Question = ({ calls }) => calls.next(this.#facts, ticket);
    this.#ask(asks);
    if (this.#isRude && dice.chance(0.15)) this.#asksAside(asks);
  }

  #ask(question: Question): void {
    this.#line = 'asking';
    this.#questions += 1;
    const number = this.#questions;
    const node = this.#world.balanced();
    this.#server = node;
    const isOpen = () => this.#line === 'asking' && this.#questions === number;
    node?.clock.arrives(
      () =>
        void question(node).then((step) => {
          if (isOpen() && !node.clock.isDead) this.#follows(node, step);
        }),
    );
    this.#world.clock.after(ms(answerMs), () => {
      if (isOpen()) this.#asksAnother();
    });
  }

  #asksAnother(): void {
    this.#rescues += 1;
    if (this.#rescues > mostRescues) this.#isOver();
    else this.#ask(({ calls }) => calls.rescue(this.#facts));
  }

  #follows(node: SimNode, step: NextStep): void {
    this.#world.trace.push(`call ${this.number} told ${step.kind} by ${node.name}`);
    if (step.kind !== 'connect') {
      this.#isOver();
      return;
    }
    this.#rescues = 0;
    const phone = new SimPhone(this.callId, `ticket-${this.phones.length}`, node.clock);
    this.phones.push(phone);
    this.#line = 'streaming';
    this.#streamsSince = this.#world.clock.now();
    this.#goesOn();
    if (!node.calls.accept(phone, this.#facts, step.cause)) phone.close();
  }

  /** The process that serves it stands still. */
  stalls(node: SimNode): void {
    const now = this.#world.clock.now();
    if (this.#server === node && this.#line === 'streaming' && now - this.#streamsSince > notedMs) this.#stalledAt = now;
  }

  /** More is in trouble than the process that stands still. */
  isExcused(): void {
    this.#stalledAt = undefined;
  }

  #goesOn(): void {
    if (this.#stalledAt === undefined) return;
    this.takenUp += 1;
    this.#stalledAt = undefined;
  }

  /** Whoever waits for an agent hears that somebody is there; and nobody is left with a process that stands still. */
  listens(): void {
    const { clock } = this.#world;
    const server = this.#server;
    if (this.isOver || server?.clock.isFrozen !== true) this.#stalledAt = undefined;
    const stalled = clock.now() - (this.#stalledAt ?? clock.now());
    if (stalled > takenUpMs) {
      this.complaints.push(`call ${this.number} was left with a process that stands still for ${stalled} ms`);
      this.#stalledAt = undefined;
    }
    const phone = this.#phone;
    const call = server?.calls.live.find(({ callId }) => callId === this.callId);
    const waits = call?.at === 'answering' && this.#line === 'streaming' && phone?.isOver === false;
    if (!waits || server?.clock.isAwake !== true) this.#waitsSince = undefined;
    else {
      this.#waitsSince ??= clock.now();
      const silent = Math.min(phone.silentMs, clock.now() - Math.max(this.#waitsSince, this.#callerDidAt));
      this.longestWait = Math.max(this.longestWait, silent);
    }
  }
}
