import type { ContextBundle } from '../../store/context/bundle.ts';
import type { AgentDefinition, LineDefinition } from '../definition.ts';
import { failedAttempts } from './policy.ts';

/** Newest turns of the caller that say where this is going. */
const turnsRead = 3;

/** The caller wants to speak with somebody else. */
const asksForAnother =
  /\b(specialist|expert|technician|engineer|supervisor|colleague|(some|any)(one|body) (else|who)|(another|different|right|real) (person|agent|department|team)|(transfer|connect|hand|put) me\b|(speak|talk) (to|with) (a|an|the|your|some))/i;

export interface Outset {
  readonly line: LineDefinition;
  /** Who has the caller. */
  readonly agent: AgentDefinition;
  /** Attempts that had failed when this agent got the caller: they are why it was asked for. */
  readonly failedBefore: number;
}

/**
 * The specialist who will probably be asked for, so that its session can be opened before: when the caller asks this agent for somebody
 * else, or after a second attempt of its that failed. Undefined: nobody, or it can't be told who. Pure.
 */
export const foreseeHandoff = ({ line, agent, failedBefore }: Outset, bundle: ContextBundle): string | undefined => {
  const said = bundle.messages
    .filter(({ role, content, agent: hearer }) => role === 'user' && content !== null && hearer === agent.name)
    .slice(-turnsRead)
    .map(({ content }) => content ?? '');
  if (failedAttempts(bundle) - failedBefore < 2 && !asksForAnother.test(said.at(-1) ?? '')) return undefined;
  const tried = bundle.attempts.map(({ solution }) => solution);
  return bestTarget(line, agent, [bundle.category ?? '', ...said, ...tried].join(' '));
};

/** Who knows most of what the talk is about; the only target when there is one; nobody when two know as much. */
const bestTarget = (line: LineDefinition, agent: AgentDefinition, about: string): string | undefined => {
  const text = about.toLowerCase();
  const ranked = [...agent.handoffs.keys()]
    .flatMap((name) => {
      const target = line.agents.get(name);
      return target === undefined || name === agent.name ? [] : [{ name, hits: hitsOf(target, text) }];
    })
    .sort((one, other) => other.hits - one.hits);
  const [first, second] = ranked;
  if (first === undefined || second === undefined) return first?.name;
  return first.hits > second.hits ? first.name : undefined;
};

const hitsOf = ({ name, expertise }: AgentDefinition, text: string): number =>
  [name, ...expertise].filter((subject) => text.includes(subject.toLowerCase())).length;
