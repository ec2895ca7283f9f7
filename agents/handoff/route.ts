import type { LineDefinition, RouteView } from '../definition.ts';
import { type RouteRules, ruleFor, toldCategory } from './rules.ts';

/** `rule`: names the rule that chose. */
export type Routed = { readonly agent: string; readonly trouble?: string; readonly rule?: string };

/**
 * Who answers: as the line's `route` says, else as a rule does that fits what is known, else its `start`. What its author's code throws or
 * misspells costs no caller anything.
 */
export const routeCall = (line: LineDefinition, view: RouteView, rules?: RouteRules): Routed => {
  try {
    const wanted = line.route?.(view);
    if (wanted === undefined) return routeByRule(line, view, rules);
    if (line.agents.has(wanted)) return { agent: wanted };
    return {
      agent: line.start,
      trouble: `route returned ${JSON.stringify(String(wanted).slice(0, 64))}, which is no agent of this line`,
    };
  } catch (thrown) {
    return { agent: line.start, trouble: `route threw: ${thrown instanceof Error ? thrown.message : 'no error'}` };
  }
};

const routeByRule = (line: LineDefinition, { facts }: RouteView, rules: RouteRules | undefined): Routed => {
  const category = rules && toldCategory(facts, rules.wallMs);
  const rule = rules && category && ruleFor(line, rules.rules, { category, from: line.start });
  return rule ? { agent: rule.to, rule: rule.id } : { agent: line.start };
};
