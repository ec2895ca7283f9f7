import type { LineDefinition } from '../../agents/definition.ts';
import { foreseeHandoff } from '../../agents/handoff/foresee.ts';
import { failedAttempts } from '../../agents/handoff/policy.ts';
import { type Epoch, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { ContextEvent, ContextFact } from '../../store/context/event.ts';
import type { CallInput, CallState } from './state.ts';

export interface ForesightOptions {
  readonly line: LineDefinition;
  readonly clock: Clock;
  readonly state: () => CallState | undefined;
  readonly bundle: () => ContextBundle;
  /** Whether this session was given tools: without them it can't hand over. */
  readonly hasTools: (epoch: Epoch) => boolean;
  /** Who should have the caller by a rule. */
  readonly ruled: () => string | undefined;
  readonly input: (input: CallInput) => void;
}

/** A specialist whom nobody has asked for is let go after so long. */
const keepMs = 90_000;

const telling: ReadonlySet<ContextEvent['type']> = new Set(['caller-said', 'solution-tried', 'issue-classified']);

/** Has the specialist's session opened when a handoff is coming, so that the caller does not wait for it. Unheard until it is asked for. */
export class Foresight {
  readonly #options: ForesightOptions;
  #cancel: Cancel = () => {};
  #failedBefore = 0;
  /** For whom the bound session was opened a spare one already: it is not done twice. */
  #foreseen: { readonly epoch: Epoch; readonly agent: string } | undefined;

  constructor(options: ForesightOptions) {
    this.#options = options;
  }

  /** Something became known. */
  hears(fact: ContextFact): void {
    if (fact.type === 'bound' && (fact.cause === 'handoff' || fact.cause === 'resume'))
      this.#failedBefore = failedAttempts(this.#options.bundle());
    if (telling.has(fact.type)) this.#foresees();
  }

  #foresees(): void {
    const { line, state: stateOf, bundle, hasTools, ruled, input } = this.#options;
    const state = stateOf();
    if (state?.at !== 'talking' || state.spare !== undefined) return;
    const { epoch, agent: name } = state.bound;
    const agent = hasTools(epoch) ? line.agents.get(name) : undefined;
    const target = agent && (ruled() ?? foreseeHandoff({ line, agent, failedBefore: this.#failedBefore }, bundle()));
    if (target === undefined || (this.#foreseen?.epoch === epoch && this.#foreseen.agent === target)) return;
    this.#foreseen = { epoch, agent: target };
    input({ type: 'spare-wanted', epoch, agent: target, purpose: 'handoff' });
    this.#letGoLater(target);
  }

  stop(): void {
    this.#cancel();
  }

  #letGoLater(agent: string): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(ms(keepMs), () => {
      const state = this.#options.state();
      if (state?.at !== 'talking' || state.spare?.purpose !== 'handoff' || state.spare.agent !== agent) return;
      this.#options.input({ type: 'spare-unwanted', epoch: state.spare.epoch });
    });
  }
}
