import type { WallTime } from '../../infra/brand.ts';
import type { ScreenView } from '../call/ports.ts';
import { html, type Markup, page } from '../page/markup.ts';
import { ago } from '../page/words.ts';
import { wordForm } from './screen-form.ts';
import { glance, otherAttempts } from './screen-glance.ts';
import { factList, toolList } from './screen-known.ts';
import { screenStyle } from './screen-style.ts';
import { conversation } from './screen-talk.ts';

/** What became of the person's last word. */
export type Said = 'saved' | 'given-back' | 'ended' | 'over' | 'stuck';

export interface ScreenMoment {
  readonly now: WallTime;
  readonly said?: Said;
}

const answers: Readonly<Record<Said, string>> = {
  saved: 'Saved.',
  'given-back': 'The caller goes back to the assistant. Your notes are saved.',
  ended: 'The call is being ended. Your notes are saved.',
  stuck:
    'The telephone system did not answer. Press the star key, or hang up: the caller leaves you then. Your notes are saved.',
  over: 'The caller was not with you any more, so nothing was done with the call. Your notes are saved.',
};

const phaseWords: Readonly<Record<ScreenView['phase'], string>> = {
  waiting: 'The caller waits for you',
  talking: 'You have the caller',
  over: 'The caller is not with you any more',
};

/** A plain link: it asks for the page again. */
const refresh = html`<a href="?">Refresh</a>`;

const statusBar = ({ phase, transfer }: ScreenView, now: WallTime): Markup => html`<header class="status ${phase}">
<p><strong>${phaseWords[phase]}</strong> <span>asked ${ago(transfer.requestedAt, now)}</span></p>
${phase === 'over' ? undefined : refresh}
</header>`;

const answerOf = (said: Said | undefined): Markup | undefined =>
  said === undefined ? undefined : html`<p class="answer ${said}" role="status">${answers[said]}</p>`;

/** The page of a person who takes a caller over: HTML without scripts. All that comes from the call is text in it. Pure. */
export const screenPage = (view: ScreenView, { now, said }: ScreenMoment): string => {
  const { bundle } = view;
  const start = bundle.startedAt ?? bundle.messages[0]?.at ?? view.transfer.requestedAt;
  return page(
    phaseWords[view.phase],
    screenStyle,
    html`${statusBar(view, now)}
<main>
${answerOf(said)}
${glance(view)}
<div class="known">
${otherAttempts(bundle)}
${factList(bundle)}
${toolList(bundle, start)}
${conversation(bundle, start)}
</div>
<div class="word">${wordForm(view)}</div>
</main>
<nav class="jump" aria-label="On this page"><a href="#word">Notes and next step</a></nav>`,
  );
};

/** A page that says one thing. Nothing in it tells what the link was about. Pure. */
export const noticePage = (title: string, words: string): string =>
  page(title, screenStyle, html`<main class="notice"><h1>${title}</h1><p>${words}</p></main>`);

/** The store is away: what the person wrote comes back to them, to be sent again. Pure. */
export const unsavedPage = (written: Pick<ScreenView, 'notes' | 'outcome'>): string =>
  page(
    'Not saved yet',
    screenStyle,
    html`<main class="notice"><h1>Not saved yet</h1>
<p role="alert">Our records can not be reached at the moment. The call goes on. What you wrote is still here: try again in a few seconds.</p>
${wordForm({ ...written, phase: 'talking' })}</main>`,
  );
