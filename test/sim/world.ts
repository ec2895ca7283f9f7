import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { Append, ContextStore } from '../../store/context-store.ts';
import { FakeClock, settle } from '../world/clock.ts';
import type { Dice } from './dice.ts';
import { MemoryNodes } from './memory-nodes.ts';
import { MemoryStore } from './memory-store.ts';
import { ReplicatedConnection, ReplicatedStore } from './replicated-store.ts';
import { SimCarrier } from './sim-carrier.ts';
import type { LineState } from './sim-line.ts';
import { type NodeWorld, type SimNode, startNode } from './sim-node.ts';
import type { StoreConnection } from './sim-store.ts';
import type { Effect, Run } from './sim-team.ts';
import type { Weather } from './weather.ts';

const processes = 3;
/** After so long all processes have seen each other again. */
const settledMs = 4_000;

/** A fleet with its stores, and callers with their carrier. */
export class SimWorld implements NodeWorld {
  readonly clock = new FakeClock();
  readonly dice: Dice;
  readonly weather: Weather;
  readonly #store: ContextStore;
  readonly #replicated: ReplicatedStore | undefined;
  readonly signs: MemoryNodes | undefined;
  readonly slowMs: number;
  readonly nodes: SimNode[] = [];
  readonly callers: readonly SimCarrier[];
  readonly effects: Effect[] = [];
  readonly runs: Run[] = [];
  readonly jobs: string[] = [];
  readonly told: { readonly process: string; readonly callId: CallId; readonly event: ContextEvent }[] = [];
  readonly acknowledged: Append[] = [];
  /** What happens, in words. */
  readonly trace: string[] = [];
  used = 0;
  sessionCount = 0;
  #troubledAt = 0;
  #processes = 0;

  constructor(dice: Dice, weather: Weather) {
    this.dice = dice;
    this.weather = weather;
    this.#replicated = weather.failsOver === true ? new ReplicatedStore(this.clock, dice) : undefined;
    this.#store = (weather.storeOn ?? ((clock) => new MemoryStore(clock)))(this.clock);
    this.signs = weather.hangs ? new MemoryNodes() : undefined;
    this.slowMs = weather.hangs ? 20 : 1_500;
    for (let count = 0; count < processes; count += 1) this.nodes.push(this.#starts());
    this.callers = Array.from({ length: 1 + dice.below(3) }, (_, number) => new SimCarrier(this, number));
  }

  /** What is stored, whoever can see it. */
  get store(): ContextStore {
    return this.#replicated?.newest ?? this.#store;
  }

  /** Whether what a process that is dead had stored may be gone. */
  get hasLostTail(): boolean {
    return (this.#replicated?.failovers ?? 0) > 0;
  }

  /** Whether a call was claimed at a primary that was none any more: who did so may hear that events are stored whose places others have taken. */
  isSplit(callId: CallId): boolean {
    return this.#replicated?.split.has(callId) === true;
  }

  connects(clock: Clock, resend: ReplicatedConnection['append']): StoreConnection {
    if (this.#replicated === undefined) return this.#store;
    return new ReplicatedConnection(this.#replicated, clock, this.weather.sendsAgain === false ? undefined : resend);
  }

  /** The primary is gone, and with it what its replica did not have; each process hears of that for itself. */
  failsOver(): void {
    this.#replicated?.failsOver();
    this.#isTroubled();
    for (const { clock, connection } of this.nodes)
      this.clock.after(ms(this.dice.below(1_000)), () => clock.arrives(() => connection.hears?.()));
  }

  #starts(): SimNode {
    this.#processes += 1;
    return startNode(this, `process-${this.#processes}`);
  }

  /** A new process takes the place of one that is killed. What was under way in the old one never ends. */
  kills(node: SimNode): void {
    const index = this.nodes.indexOf(node);
    if (index === -1) return;
    this.#isTroubled();
    node.clock.dies();
    for (const session of node.sessions) session.vanishes();
    this.nodes[index] = this.#starts();
    for (const caller of this.callers) caller.lost(node);
  }

  ends(name: string): void {
    const node = this.nodes.find((one) => one.name === name);
    if (node !== undefined) this.kills(node);
  }

  /** A process stands still for a while, and goes on as if nothing had been. */
  freezes(node: SimNode, span: ReturnType<FakeClock['now']>): void {
    if (node.clock.isFrozen) return;
    node.clock.freezes();
    const isAlone = this.#isWell(node);
    this.#isTroubled();
    if (isAlone) for (const caller of this.callers) caller.stalls(node);
    this.clock.after(span, () => {
      this.#isTroubled();
      void node.clock.thaws();
    });
  }

  /** One process's line to the stores is different from now on. */
  turns(node: SimNode, state: LineState): void {
    node.line.state = state;
    this.#isTroubled();
  }

  /** What a process promises alone is not asked for when more than it is in trouble. */
  #isTroubled(): void {
    this.#troubledAt = this.clock.now();
    for (const caller of this.callers) caller.isExcused();
  }

  /** All others see each other, and have done so for a while. */
  #isWell(but: SimNode): boolean {
    const others = this.nodes.filter((node) => node !== but);
    const areWell = others.every(({ clock, line }) => !clock.isFrozen && line.state === 'good');
    return areWell && this.clock.now() - this.#troubledAt > settledMs;
  }

  answers(name: string): boolean {
    return this.nodes.some((node) => node.name === name && !node.clock.isFrozen);
  }

  redirects(callId: CallId): 'done' | 'gone' {
    return this.callers.find((caller) => caller.callId === callId)?.redirected() ?? 'gone';
  }

  completes(callId: CallId): void {
    this.callers.find((caller) => caller.callId === callId)?.hangsUp();
  }

  /** Whoever the balancer takes: nobody who does not answer its checks, if it can. */
  balanced(): SimNode | undefined {
    const awake = this.nodes.filter(({ clock }) => !clock.isFrozen);
    return this.dice.pick(awake.length > 0 ? awake : this.nodes);
  }

  /** Time goes on; whatever falls due has its consequences before the next thing does. */
  async passes(span: number): Promise<void> {
    const end = this.clock.now() + span;
    for (let due = this.clock.nextDue; due !== undefined && due <= end; due = this.clock.nextDue) {
      this.clock.advance(Math.max(0, due - this.clock.now()));
      await settle();
    }
    this.clock.advance(Math.max(0, end - this.clock.now()));
    await settle();
  }
}
