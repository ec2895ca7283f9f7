import type { ContextEvent, Json, ToolEffect } from '../../store/context/event.ts';

/** What a tool's call changes, by its id; undefined: nobody knows. */
export type EffectOf = (toolCallId: string) => ToolEffect | undefined;

/** How much is taken away, the least harmful first. */
export type Thrift = 'long-results' | 'long-words' | 'words';

export const thrifts: readonly Thrift[] = ['long-results', 'long-words', 'words'];

/** Characters that stay. Of a result as many as a briefing has room for: its 400 tokens are at least that long. */
const keptOfResult = 1_600;
const keptOfLong = 200;

/** What is left says itself that it was cut, and is a little longer for that. */
const beginning = (value: Json, kept: number): Json => {
  const text = JSON.stringify(value);
  return text.length <= kept * 2 ? value : { cut: true, beginning: text.slice(0, kept).toWellFormed() };
};

const short = (text: string, kept: number): string =>
  text.length <= kept ? text : `${text.slice(0, kept).toWellFormed()}…`;

/**
 * The same event in fewer characters, or the same object where nothing can go. What decides how the call goes on always stays: facts, who was bound, that a tool
 * ran and, for one that changes something, its arguments in full, by which it is not run twice.
 */
export const condensed = (event: ContextEvent, thrift: Thrift, effectOf: EffectOf): ContextEvent => {
  switch (event.type) {
    case 'tool-returned':
      return withLess(event, thrift, effectOf(event.toolCallId) === 'reads');
    case 'tool-called':
      return thrift === 'words' && event.effect === 'reads' ? withFewerArguments(event) : event;
    case 'caller-said':
    case 'agent-said':
      return thrift === 'long-results' ? event : withFewerWords(event, thrift === 'words' ? 0 : keptOfLong);
    default:
      return event;
  }
};

type EventOf<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;

const withLess = (event: EventOf<'tool-returned'>, thrift: Thrift, isReading: boolean): ContextEvent => {
  if (!isReading && thrift !== 'words') return event;
  const result = beginning(event.result, thrift === 'long-results' ? keptOfResult : keptOfLong);
  return result === event.result ? event : { ...event, result };
};

const withFewerArguments = (event: EventOf<'tool-called'>): ContextEvent => {
  const cut = beginning(event.arguments, keptOfLong);
  return cut === event.arguments ? event : { ...event, arguments: cut };
};

const withFewerWords = (event: EventOf<'caller-said' | 'agent-said'>, kept: number): ContextEvent => {
  if (event.type === 'agent-said') {
    const [text, heardText] = [short(event.text, kept), short(event.heardText, kept)];
    return text === event.text && heardText === event.heardText ? event : { ...event, text, heardText };
  }
  if (event.text === null) return event;
  const text = kept === 0 ? null : short(event.text, kept);
  return text === event.text ? event : { ...event, text };
};
