import type { Speech } from '../../../gateway/page/call-entry.ts';
import { html, type Markup } from '../../../gateway/page/markup.ts';
import { momentText } from '../../../gateway/page/moment.ts';
import type { TranscriptLook } from '../../../gateway/page/transcript.ts';
import { sentencesOf } from '../sentences.ts';

/** Sentences light up while they are heard. */
const words = ({ who, at, ms, text }: Speech): Markup => {
  const sentences = sentencesOf(text ?? '(a recording that was not understood)');
  const spans = sentences.map(({ text: said, start }, number) => {
    const from = Math.round(at + start * ms);
    const to = Math.round(at + (sentences[number + 1]?.start ?? 1) * ms);
    return html`<span class="sentence" data-from="${from}" data-to="${to}" data-who="${who}">${said}</span> `;
  });
  return html`${spans}`;
};

/** Every item can be played from. */
export const playable: TranscriptLook = {
  moment: (at) =>
    html`<button type="button" class="moment" data-seek="${Math.round(at)}" aria-label="Play from ${momentText(at)}">${momentText(at)}</button>`,
  words,
  classOf: (who) => `who-${who}`,
};
