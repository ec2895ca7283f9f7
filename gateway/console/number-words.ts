import type { Share } from '../../store/figures/figures.ts';
import { html, type Markup } from '../page/markup.ts';

/** Of so few a share says little. */
const few = 30;

/** A narrow space that does not break: between a number and its unit. */
const thin = '\u202f';
export const nothing = '–';

const whole = new Intl.NumberFormat('en');

export const countWords = (n: number): string => whole.format(n);

/** Tenths only where there are enough to tell them apart. What is not all is never 100 %, and what is not nothing never 0 %. */
export const percentWords = ({ share, of }: Share): string => {
  if (share === null) return nothing;
  const percent = 100 * share;
  if (share === 0 || share === 1) return `${percent}${thin}%`;
  const digits = of < 1_000 ? 0 : 1;
  const [least, most] = digits === 0 ? [1, 99] : [0.1, 99.9];
  const words = percent.toFixed(digits);
  if (Number(words) === 0) return `<${thin}${least}${thin}%`;
  return Number(words) === 100 ? `>${thin}${most}${thin}%` : `${words}${thin}%`;
};

/** 640 ms, 1.2 s, 48 s, 4:05 min, 20 min, 1:02 h */
export const timeWords = (ms: number | null): string => {
  if (ms === null) return nothing;
  if (ms < 1_000) return `${Math.round(ms)}${thin}ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)}${thin}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds}${thin}s`;
  const [large, small] = seconds < 3_600 ? [60, 1] : [3_600, 60];
  const rest = Math.floor((seconds % large) / small);
  const unit = seconds < 3_600 ? 'min' : 'h';
  if (seconds % large === 0) return `${seconds / large}${thin}${unit}`;
  return `${Math.floor(seconds / large)}:${String(rest).padStart(2, '0')}${thin}${unit}`;
};

export const dollarWords = (usd: number | null): string => {
  if (usd === null) return nothing;
  return usd !== 0 && usd < 0.1 ? `$${usd.toFixed(3)}` : `$${usd.toFixed(2)}`;
};

export const microsWords = (micros: number | null | undefined): string =>
  micros === null || micros === undefined ? nothing : dollarWords(micros / 1_000_000);

/** `n = 412`, marked where it is so small that the number beside it says little. */
export const nWords = (n: number): Markup =>
  n < few
    ? html`<span class="n few" title="Fewer than ${few}: read with care">n${'\u202f'}=${'\u202f'}${countWords(n)}<span class="mark"> few</span></span>`
    : html`<span class="n">n${'\u202f'}=${'\u202f'}${countWords(n)}</span>`;

const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const longDayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** 28 Nov */
export const dayWords = (day: string): string => dayFormat.format(Date.parse(day));

/** 28 Nov 2026 */
export const longDayWords = (day: string): string => longDayFormat.format(Date.parse(day));

/** 22 – 28 Nov 2026 */
export const periodWords = ({ from, to }: { readonly from: string; readonly to: string }): string => {
  if (from === to) return longDayWords(to);
  const start = from.slice(0, 4) === to.slice(0, 4) ? dayWords(from) : longDayWords(from);
  return `${start} – ${longDayWords(to)}`;
};

/** 28 Nov, 09:14:02, with the whole time for programs; of another year than the one of `today` (like `2026-11-28`) with the year. */
export const momentWords = (iso: string, today: string): Markup => {
  const day = iso.slice(0, 4) === today.slice(0, 4) ? dayWords(iso) : longDayWords(iso);
  return html`<time datetime="${iso}">${day}, ${iso.slice(11, 19)}</time>`;
};
