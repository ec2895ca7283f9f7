import type { ContextBundle } from '../../store/context/bundle.ts';
import type { AgentDefinition, LineDefinition } from '../definition.ts';

/** Newest turns of the caller that say where this is going. */
const turnsRead = 3;

/** The caller wants to speak with somebody else. */
const asksForAnother =
  /\b(specialist|expert|technician|engineer|supervisor|colleague|(some|any)(one|body) (else|who)|(another|different|right|real) (person|agent|department|team)|(transfer|connect|hand|put) me\b|(speak|talk) (to|with) (a|an|the|your|some))/i;

/**
 * The specialist who will probably be asked for, so that its session can be opened before: when the caller asks for somebody else, or
 * after a second attempt that failed. Undefined: nobody, or it can't be told who. Pure.
 */
export const foreseeHandoff = (line: LineDefinition, agent: AgentDefinition, bundle: ContextBundle): string | undefined => {
  const said = bundle.messages
    .filter(({ role, content }) => role === 'user' && content !== null)
    .slice(-turnsRead)
    .map(({ content }) => content ?? '');
  const failed = bundle.attempts.filter(({ outcome }) => outcome === 'failed').length;
  if (failed < 2 && !asksForAnother.test(said.at(-1) ?? '')) return undefined;
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
