import type { PersonsVerdict } from '../../store/context/event.ts';
import type { ScreenView } from '../call/ports.ts';
import { html, type Markup } from '../page/markup.ts';

/** Longest notes in characters: as percent-encoded form they stay under 16 KiB in any script. */
export const longestNotes = 1_700;

const outcomes: readonly (readonly [PersonsVerdict, string])[] = [
  ['solved', 'Solved'],
  ['not-solved', 'Not solved'],
  ['call-back', 'We call back'],
];

const choice = ([value, words]: (typeof outcomes)[number], chosen: PersonsVerdict | null): Markup => {
  const checked = value === chosen ? html` checked="checked"` : undefined;
  return html`<label class="choice"><input type="radio" name="outcome" value="${value}"${checked} /> <span>${words}</span></label>
`;
};

const withTheCall = html`<button type="submit" name="next" value="give-back">Give the caller back to the assistant</button>
<details class="end"><summary>End the call …</summary>
<p class="hint">This hangs up on the caller. Say good-bye first.</p>
<button type="submit" name="next" value="end-call" class="danger">End the call</button>
</details>`;

/** Notes, outcome and what is next: a plain form, which needs no script. Every button saves what is written. */
export const wordForm = ({
  notes,
  outcome,
  phase,
}: Pick<ScreenView, 'notes' | 'outcome' | 'phase'>): Markup => html`<form method="post" id="word">
<h2>Notes and next step</h2>
<label for="notes">Notes</label>
<textarea id="notes" name="notes" rows="6" maxlength="${longestNotes}" dir="auto" aria-describedby="notes-hint">
${notes ?? ''}</textarea>
<p class="hint" id="notes-hint">Kept with the call. The assistant knows them when it has the caller again.</p>
<fieldset><legend>How did it go?</legend>
${outcomes.map((each) => choice(each, outcome))}</fieldset>
<div class="buttons">
<button type="submit" class="primary">Save</button>
${phase === 'over' ? undefined : withTheCall}
</div>
</form>`;
