import type { ClipName } from '../voices/clips.ts';
import type { ResponseRequest, ToolSpec } from './client-events.ts';
import type { Item } from './conversation.ts';
import type { Cue, Scene, Step, ToolOutput } from './persona.ts';
import type { SessionRecord } from './record.ts';

const textOf = (item: Item): string | null =>
  (item.wire.content ?? []).map((part) => part.text ?? part.transcript ?? '').join(' ') || null;

const outputsAmong = (items: readonly Item[], all: readonly Item[]): (ToolOutput & { readonly briefing: boolean })[] =>
  items.flatMap((item) => {
    if (item.wire.type !== 'function_call_output') return [];
    const call = all.find((other) => other.wire.type === 'function_call' && other.wire.call_id === item.wire.call_id);
    const tool = call?.wire.name ?? '';
    return [
      { tool, output: item.wire.output ?? '', restored: call?.madeBy === 'client', briefing: tool === 'get_call_context' },
    ];
  });

/** The items that nobody answered yet: all behind the assistant's last words. */
const unanswered = (items: readonly Item[], answered: ReadonlySet<string>): Item[] => {
  const last = items.findLastIndex((item) => item.wire.role === 'assistant');
  return items.slice(last + 1).filter((item) => !answered.has(item.wire.id));
};

const cueOf = (items: readonly Item[], fresh: readonly Item[], request: ResponseRequest | undefined): Cue => {
  const instructions = request?.instructions;
  if (request?.conversation === 'none') return { type: 'out-of-band', instructions };
  const outputs = outputsAmong(fresh, items).filter((output) => !output.restored && !output.briefing);
  if (outputs.length > 0) return { type: 'tool-outputs', outputs };
  const turns = fresh.filter((item) => item.wire.role === 'user');
  if (turns.length === 0) return { type: 'asked', instructions };
  const words = turns.map(textOf).filter((text) => text !== null);
  return { type: 'caller-turn', words: words.length === 0 ? null : words.join(' ') };
};

/** What a conversation looks like to whoever has to answer in it. */
export interface SceneSource {
  readonly items: readonly Item[];
  /** Ids of items that an earlier response already reacted to. */
  readonly answered: ReadonlySet<string>;
  readonly said: readonly ClipName[];
  readonly record: SessionRecord;
}

export const sceneOf = ({ items, answered, said, record }: SceneSource, request: ResponseRequest | undefined): Scene => {
  const outputs = outputsAmong(items, items);
  return {
    cue: cueOf(items, unanswered(items, answered), request),
    instructions: request?.instructions ?? record.instructions,
    tools: new Set(record.tools.map((tool) => tool.name)),
    outputs: outputs.filter((output) => !output.briefing),
    context: outputs
      .filter((output) => output.briefing)
      .map((output) => output.output)
      .join('\n'),
    messages: items.filter((item) => item.wire.type === 'message').flatMap((item) => textOf(item) ?? []),
    said,
  };
};

/** A model gives a tool only what the tool declares: the step without arguments that `tools` do not know. */
export const fitted = (step: Step, tools: readonly ToolSpec[]): Step => {
  if (step.do !== 'call') return step;
  const declared = tools.find((tool) => tool.name === step.tool)?.parameters?.['properties'] ?? {};
  const given = Object.entries(JSON.parse(step.arguments)).filter(([name]) => Object.hasOwn(declared, name));
  return { ...step, arguments: JSON.stringify(Object.fromEntries(given)) };
};
