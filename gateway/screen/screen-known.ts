import type { WallTime } from '../../infra/brand.ts';
import type { BundleFact, BundleToolCall, ContextBundle } from '../../store/context/bundle.ts';
import type { FactSource, Json } from '../../store/context/event.ts';
import { html, type Markup } from '../page/markup.ts';
import { chip, cut, cutName, keyWords, momentOf, valueWords } from '../page/words.ts';

/** A longer value is folded. In characters. */
const shortValue = 160;
const longestValue = 4_000;
const mostFields = 8;
/** Facts, and tools, that anybody reads. */
const mostRows = 200;

const sources: Readonly<Record<FactSource, string>> = {
  ivr: 'from the telephone menu',
  tool: 'looked up',
  caller: 'said by the caller',
  agent: 'noted by the assistant',
  memory: 'from an earlier call',
};

const sourceOf = ({ key, source }: BundleFact): string =>
  key === 'callerNumber' && source === 'caller' ? 'shown by the telephone network' : sources[source];

const hidden = (count: number): Markup | undefined =>
  count > mostRows ? html`<p class="hint">${count - mostRows} more are not shown.</p>` : undefined;

/** A long text under its beginning. */
const folded = (text: string): Markup =>
  html`<details><summary dir="auto">${text.slice(0, shortValue / 2).toWellFormed()}…</summary><pre dir="auto">${cut(text, longestValue)}</pre></details>`;

const shownValue = (value: Json): Markup => {
  const text = valueWords(value);
  return text.length > shortValue ? folded(text) : html`<span dir="auto">${text}</span>`;
};

const factRow = (fact: BundleFact): Markup => html`<div>
<dt dir="auto">${keyWords(fact.key)}</dt>
<dd>${shownValue(fact.value)}
<p class="source">${fact.verified ? chip('good', '✓', 'verified') : chip('open', '?', 'not verified')} ${sourceOf(fact)}</p></dd>
</div>
`;

/** What is known, what was checked first. */
export const factList = ({ facts }: ContextBundle): Markup => {
  if (facts.length === 0) return html`<section><h2>Facts</h2><p class="hint">Nothing is known yet.</p></section>`;
  const ordered = [...facts.filter(({ verified }) => verified), ...facts.filter(({ verified }) => !verified)];
  return html`<section><h2>Facts</h2><dl class="facts">${ordered.slice(0, mostRows).map(factRow)}</dl>${hidden(facts.length)}</section>`;
};

const statusChips: Readonly<Record<BundleToolCall['status'], Markup>> = {
  ok: chip('good', '✓', 'done'),
  error: chip('bad', '✕', 'failed'),
  timeout: chip('bad', '✕', 'timed out'),
  unknown: chip('open', '?', 'result unknown'),
  running: chip('open', '…', 'running'),
};

const isFields = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPlain = (value: Json): boolean =>
  value === null || (typeof value !== 'object' && valueWords(value).length <= shortValue);

type Field = readonly [name: string, value: Json];

/** The fields of an object, and of the objects in it: `{ apiKey: { status } }` has "API key status". */
const fieldsOf = (value: { readonly [key: string]: Json }): readonly Field[] =>
  Object.entries(value).flatMap(([key, inner]): readonly Field[] =>
    isFields(inner)
      ? Object.entries(inner).map(([innerKey, innermost]) => [keyWords(`${key} ${innerKey}`), innermost])
      : [[keyWords(key), inner]],
  );

/** A few plain values are read best side by side. Undefined: there is more to it. */
const plainFields = (value: Json): Markup | undefined => {
  if (!isFields(value)) return undefined;
  const fields = fieldsOf(value);
  if (fields.length === 0 || fields.length > mostFields || !fields.every(([, inner]) => isPlain(inner))) return undefined;
  return html`<dl class="fields">${fields.map(
    ([name, inner]) => html`<div><dt dir="auto">${name}</dt><dd dir="auto">${valueWords(inner)}</dd></div>`,
  )}</dl>`;
};

const foldedJson = (value: Json): Markup => {
  const text = JSON.stringify(value, undefined, 2);
  return html`<details><summary>Show the result</summary><pre dir="auto">${cut(text, longestValue)}</pre></details>`;
};

const resultOf = (result: Json): Markup | undefined => {
  if (result === null) return undefined;
  if (typeof result !== 'object') return html`<p class="result">${shownValue(result)}</p>`;
  return plainFields(result) ?? foldedJson(result);
};

const argumentsOf = (given: Json): Markup | undefined => {
  if (!isFields(given) || Object.keys(given).length === 0) return undefined;
  const words = Object.entries(given).map(([key, value]) => `${keyWords(key)}: ${valueWords(value)}`);
  return html`<p class="hint" dir="auto">With ${cutName(words.join(', '), shortValue)}</p>`;
};

const toolRow = (call: BundleToolCall, start: WallTime): Markup => html`<li>
<p class="row"><strong>${keyWords(call.name)}</strong> ${statusChips[call.status]}
${call.effect === 'irreversible' ? chip('open', '!', 'can not be undone') : undefined}
<span class="when">${momentOf(call.at, start)}</span></p>
${argumentsOf(call.arguments)}
${resultOf(call.result)}
</li>
`;

/** What the assistants looked up and did, newest first. */
export const toolList = ({ toolCalls }: ContextBundle, start: WallTime): Markup | undefined => {
  if (toolCalls.length === 0) return undefined;
  const rows = toolCalls
    .slice(-mostRows)
    .toReversed()
    .map((call) => toolRow(call, start));
  return html`<section><h2>Looked up and done</h2><ol class="tools">${rows}</ol>${hidden(toolCalls.length)}</section>`;
};
