import type { LineDefinition } from '../../agents/definition.ts';
import { belongsElsewhere } from '../../agents/handoff/briefing.ts';
import { categoryKeys, type RouteRule, ruleFor } from '../../agents/handoff/rules.ts';
import type { HistoryItem } from '../../agents/session.ts';
import type { Epoch } from '../../infra/brand.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { ContextFact } from '../../store/context/event.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import type { CallState } from './state.ts';

export interface GuidanceOptions {
  readonly house: Pick<CallHouse, 'line' | 'rules' | 'metrics'>;
  readonly journal: Journal;
  readonly state: () => CallState | undefined;
  /** Whether this session was given tools: without them it can't hand over. */
  readonly hasTools: (epoch: Epoch) => boolean;
  /** Tells a session something without a word to the caller. `told` makes it; its serial tells two of a call apart. */
  readonly tell: (epoch: Epoch, told: (serial: number) => HistoryItem) => void;
}

type RoutedByRule = Omit<Extract<ContextFact, { type: 'routed-by-rule' }>, 'type'>;

/** Writes down that a rule did its work. */
export const noteRule = (
  { metrics }: Pick<CallHouse, 'metrics'>,
  journal: Pick<Journal, 'note'>,
  routed: RoutedByRule,
): void => {
  journal.note({ type: 'routed-by-rule', ...routed });
  metrics.count('throughline_routed_by_rule_total', { way: routed.way });
};

/** Once it is known what a call is about, an agent who has a caller that a rule sends elsewhere is told so, once. Whether it hands over is up to it and the policy. */
export class Guidance {
  readonly #options: GuidanceOptions;
  readonly #told = new Set<string>();

  constructor(options: GuidanceOptions) {
    this.#options = options;
  }

  /** The rule that sends this call from its agent to a specialist who has not had it yet; undefined: none does. */
  get rule(): RouteRule | undefined {
    const { house, journal, state: stateOf, hasTools } = this.#options;
    const state = stateOf();
    const category = categoryOf(journal.bundle);
    if (house.rules === undefined || category === undefined || state?.at !== 'talking') return undefined;
    const { agent: from, epoch } = state.bound;
    const rule = ruleFor(house.line, house.rules.current, { category, from });
    return rule && hasTools(epoch) && isOpenTo(house.line, rule, journal.bundle) ? rule : undefined;
  }

  /** Something became known. */
  hears(fact: ContextFact): void {
    if (!saysCategory(fact)) return;
    const { house, journal, state: stateOf, tell } = this.#options;
    const state = stateOf();
    const { rule } = this;
    if (rule === undefined || state?.at !== 'talking' || this.#told.has(rule.id)) return;
    this.#told.add(rule.id);
    noteRule(house, journal, { rule: rule.id, agent: rule.to, way: 'told' });
    tell(state.bound.epoch, (serial) => belongsElsewhere(rule.category, rule.to, serial));
  }
}

/** An IVR's word may come late, when somebody has answered already. */
const saysCategory = (fact: ContextFact): boolean =>
  fact.type === 'issue-classified' ||
  (fact.type === 'fact-learned' && fact.source === 'ivr' && categoryKeys.some((key) => key === fact.key));

/** What an agent found out says more than what was entered in a menu. */
const categoryOf = ({ category, facts }: ContextBundle): string | undefined => {
  if (category !== undefined) return category;
  const told = categoryKeys.map((key) => facts.find((fact) => fact.key === key && fact.source === 'ivr')?.value);
  return told.find((value) => typeof value === 'string');
};

/** The agent can hand over to the specialist, and nobody has tried to: who came back from there is not sent again. */
const isOpenTo = ({ agents }: LineDefinition, { from, to }: RouteRule, { handoffs, agent }: ContextBundle): boolean =>
  agents.get(from)?.handoffs.has(to) === true &&
  agent === from &&
  !handoffs.some((past) => past.to === to || past.from === to);
