import { type CallerCard, callerCard, isAnybody } from '../../agents/handoff/caller-card.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { ScreenView } from '../call/ports.ts';
import { html, type Markup } from '../page/markup.ts';
import { chip, cut, cutName } from '../page/words.ts';

const longestReason = 500;
const longestSolution = 200;
/** Failures that are read while a telephone rings; the others stand below. */
const mostFailures = 4;

const tense =
  /ang(?:e?r|ry)|frustrat|upset|furious|annoy|worr|anxi|impatien|stress|hostil|desperat|sad|scared|confus|mad\b/i;
const easy = /calm|please|happy|friendly|relie|satisf|content|grateful|polite|neutral/i;

const moodChip = (sentiment: string): Markup => {
  const words = cutName(sentiment, 40);
  if (tense.test(words)) return chip('bad', '▲', words);
  return easy.test(words) ? chip('good', '●', words) : chip('plain', '●', words);
};

const nameLine = ({ name, number }: CallerCard): Markup => {
  if (name === undefined) return html`<h1>${number ?? 'Unknown caller'}</h1>`;
  const doubt = name.verified ? undefined : chip('open', '?', 'name not verified');
  return html`<h1 dir="auto">${cutName(name.text)}</h1>${doubt}`;
};

const aboutLine = ({ name, company, tier, number }: CallerCard): Markup | undefined => {
  const words = [company?.text, tier?.text, name === undefined ? undefined : number].flatMap((text) => text ?? []);
  if (words.length === 0) return undefined;
  return html`<ul class="about" aria-label="About the caller">${words.map((text) => html`<li dir="auto">${cutName(text)}</li>`)}</ul>`;
};

const sign = (name: string, value: Markup | string | undefined): Markup | undefined =>
  value === undefined || value === '' ? undefined : html`<div><dt>${name}</dt><dd dir="auto">${value}</dd></div>`;

const signs = ({ sentiment, category }: ContextBundle): Markup | undefined => {
  if (sentiment === undefined && category === undefined) return undefined;
  return html`<dl class="signs">
${sign('Mood', sentiment === undefined ? undefined : moodChip(sentiment))}
${sign('About', category === undefined ? undefined : cutName(category))}
</dl>`;
};

type Attempt = ContextBundle['attempts'][number];

/** What failed, newest first, as far as it is shown at once. */
export const failuresOf = ({ attempts }: ContextBundle): readonly Attempt[] =>
  attempts
    .filter(({ outcome }) => outcome === 'failed')
    .toReversed()
    .slice(0, mostFailures);

const outcomeChips = {
  failed: chip('bad', '✕', 'failed'),
  worked: chip('good', '✓', 'worked'),
  unknown: chip('open', '?', 'result unknown'),
} as const;

const attemptList = (attempts: readonly Attempt[]): Markup => html`<ul class="attempts">
${attempts.map(
  ({ solution, outcome }) => html`<li>${outcomeChips[outcome]} <span dir="auto">${cut(solution, longestSolution)}</span></li>
`,
)}</ul>`;

const failures = (bundle: ContextBundle): Markup => {
  if (bundle.attempts.length === 0) return html`<p class="hint">Nothing was tried yet.</p>`;
  const failed = failuresOf(bundle);
  return failed.length === 0
    ? html`<p class="hint">Nothing that was tried failed.</p>`
    : html`<h2>What did not work</h2>${attemptList(failed)}`;
};

/** Who, why, mood, what failed: what is read in five seconds, while the telephone rings. */
export const glance = ({ bundle, transfer }: ScreenView): Markup => {
  const card = callerCard(bundle);
  const reason = transfer.reason.trim() === '' ? 'Asked for a person.' : cut(transfer.reason, longestReason);
  return html`<section class="glance" aria-label="At a glance">
<p class="eyebrow">Caller for <span dir="auto">${isAnybody(transfer.to) ? 'you' : cutName(transfer.to)}</span></p>
${nameLine(card)}
${aboutLine(card)}
<p class="reason" dir="auto">${reason}</p>
${signs(bundle)}
${failures(bundle)}
</section>`;
};

/** What was tried besides the failures at the top. */
export const otherAttempts = (bundle: ContextBundle): Markup | undefined => {
  const shown = failuresOf(bundle);
  const others = bundle.attempts.filter((attempt) => !shown.includes(attempt));
  if (others.length === 0) return undefined;
  return html`<section><h2>${shown.length > 0 ? 'Also tried' : 'What was tried'}</h2>${attemptList(others)}</section>`;
};
