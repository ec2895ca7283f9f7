import type { LineDefinition, RouteView } from '../definition.ts';

export type Routed = { readonly agent: string; readonly trouble?: string };

/** Who answers: as the line's `route` says, else its `start`. What its author's code throws or misspells costs no caller anything. */
export const routeCall = (line: LineDefinition, view: RouteView): Routed => {
  if (line.route === undefined) return { agent: line.start };
  try {
    const wanted = line.route(view);
    if (wanted === undefined) return { agent: line.start };
    if (line.agents.has(wanted)) return { agent: wanted };
    return {
      agent: line.start,
      trouble: `route returned ${JSON.stringify(String(wanted).slice(0, 64))}, which is no agent of this line`,
    };
  } catch (thrown) {
    return { agent: line.start, trouble: `route threw: ${thrown instanceof Error ? thrown.message : 'no error'}` };
  }
};
