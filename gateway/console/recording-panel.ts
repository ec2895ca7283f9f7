import type { ContextEvent, RecordingPause } from '../../store/context/event.ts';
import { type RecordedPart, recordedParts } from '../../store/context/recorded-parts.ts';
import { html, type Markup } from '../page/markup.ts';
import { momentText } from '../page/moment.ts';
import { timeWords } from './number-words.ts';

const endings: Readonly<Record<string, string>> = {
  'disk-full': 'stopped: no room on the disk',
  'disk-failed': 'stopped: the disk could not be written to',
  'disk-slow': 'stopped: the disk was too slow',
  'no-key': 'stopped: there was no key to seal it with',
};

const endWords = ({ end }: RecordedPart, isLive: boolean): string => {
  if (end === undefined) return isLive ? 'goes on' : 'cut off: its process did not end in order';
  const lost = end.lostMs === 0 ? '' : `, ${timeWords(end.lostMs)} lost`;
  return `${timeWords(end.durationMs)}${lost}${end.why === 'ended' ? '' : `, ${endings[end.why] ?? 'stopped'}`}`;
};

const pauseWords = (pauses: readonly RecordingPause[]): Markup | undefined => {
  const secure = pauses.filter(({ why }) => why === 'secure').length;
  if (pauses.length === 0) return undefined;
  const why =
    secure === 0
      ? 'keys were pressed'
      : secure === pauses.length
        ? 'digits were collected in secret'
        : 'keys, some in secret';
  return html` <small>caller not recorded ${String(pauses.length)}×: ${why}</small>`;
};

/** What can be listened to; undefined: the call was not recorded. Talks with people are never in it. */
export const recordingPanel = (callId: string, events: readonly ContextEvent[], isLive: boolean): Markup | undefined => {
  const parts = recordedParts(events);
  if (parts.length === 0) return undefined;
  return html`<section class="panel"><h2>Recording</h2>
<audio controls preload="none" src="/api/v1/calls/${callId}/recording">Left: the caller. Right: what they heard.</audio>
<ol class="cards">${parts.map(
    (part) =>
      html`<li><p><b>from ${momentText(part.offsetMs)}</b> ${endWords(part, isLive)}${part.sealed ? ', sealed' : ''}${pauseWords(part.end?.pauses ?? [])}</p></li>`,
  )}</ol>
<p class="hint">Left the caller, right what they heard; not while they are with a person or pay. It is on the machine that had the call.</p></section>`;
};
