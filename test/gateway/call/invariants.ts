import type { CallEffect, CallInput, CallMachine, Step } from '../../../gateway/call/state.ts';
import type { Request } from '../../../gateway/call/steps.ts';
import type { Epoch } from '../../../infra/brand.ts';

/** The machine under test: the real one, or one with a planted fault. */
export interface MachineUnderTest {
  begin(request: Request): Step;
  transition(machine: CallMachine, input: CallInput): Step;
}

/** Watches the effects of one call and names every broken invariant of ARCHITECTURE.md ("The call is a machine"). */
export class InvariantWatch {
  readonly broken: string[] = [];
  readonly #minted = new Set<Epoch>();
  readonly #open = new Set<Epoch>();
  readonly #closed = new Set<Epoch>();
  /** Open, and not told of the call yet. */
  readonly #ignorant = new Set<Epoch>();
  readonly #causes = new Map<Epoch, string>();
  #releases = 0;

  /** `input` is what brought the step; undefined for the first. */
  step(step: Step, input: CallInput | undefined): void {
    for (const effect of step.effects) this.#effect(effect, input);
    if (this.#open.size > 2) this.broken.push('more than two sessions are open');
    const over = step.machine.state.at === 'closed';
    if (over && this.#open.size > 0) this.broken.push('a session stays open after the end');
    if (over && this.#releases !== 1) this.broken.push(`a closed call was released ${this.#releases} times`);
    if (!over && this.#releases > 0) this.broken.push('released, but not closed');
  }

  /** A session that died by itself needs no closing. */
  died(epoch: Epoch): void {
    this.#open.delete(epoch);
    this.#closed.add(epoch);
  }

  /** The highest epoch seen. */
  get newest(): number {
    return Math.max(0, ...this.#minted);
  }

  get open(): ReadonlySet<Epoch> {
    return this.#open;
  }

  #effect(effect: CallEffect, input: CallInput | undefined): void {
    switch (effect.type) {
      case 'session-open':
        this.#opened(effect.epoch, effect.cause);
        return;
      case 'spare-open':
        this.#opened(effect.epoch, effect.purpose);
        this.#ignorant.add(effect.epoch);
        return;
      case 'session-brief':
        if (!this.#ignorant.delete(effect.epoch)) this.broken.push(`session ${effect.epoch} was briefed twice`);
        return;
      case 'session-close':
        if (!this.#open.delete(effect.epoch)) this.broken.push(`session ${effect.epoch} was closed twice or never open`);
        this.#closed.add(effect.epoch);
        return;
      case 'media-bind':
        this.#bind(effect.epoch, input);
        return;
      case 'call-release':
        this.#releases += 1;
        return;
      default:
    }
  }

  #opened(epoch: Epoch, cause: string): void {
    if (this.#minted.has(epoch)) this.broken.push(`epoch ${epoch} was minted twice`);
    this.#minted.add(epoch);
    this.#open.add(epoch);
    this.#causes.set(epoch, cause);
  }

  /** A handoff is proved by the session's first sound; it may wait for the old agent's last word. Others by readiness. */
  #bind(epoch: Epoch, input: CallInput | undefined): void {
    if (!this.#open.has(epoch)) this.broken.push(`session ${epoch} was bound but is not open`);
    if (this.#ignorant.has(epoch)) this.broken.push(`session ${epoch} was bound and knows nothing of the call`);
    const handoff = this.#causes.get(epoch) === 'handoff';
    const proof = handoff ? 'session-spoke' : 'session-readied';
    if (!this.#proved.has(`${proof} ${epoch}`) && !(input?.type === proof && input.epoch === epoch)) {
      this.broken.push(`session ${epoch} was bound without ${proof}`);
    }
    if (input?.type === 'session-readied' && handoff) this.broken.push('a handoff was bound before the new agent spoke');
  }

  /** Proofs that came so far. */
  readonly #proved = new Set<string>();

  saw(input: CallInput): void {
    if ('epoch' in input) this.#proved.add(`${input.type} ${input.epoch}`);
  }
}
