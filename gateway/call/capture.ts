import type { KeyRange } from '../../agents/definition.ts';
import type { Collected } from '../../agents/tools/collected.ts';

/** Digits that a tool collects. They stand here, and in the tool's own check, and nowhere else. */
export interface Capture {
  readonly range: KeyRange;
  readonly digits: string;
  /** `*` was pressed, and nothing since. */
  readonly startedOver: boolean;
}

export type CaptureStep =
  | { readonly at: 'open'; readonly capture: Capture }
  | { readonly at: 'closed'; readonly collected: Collected };

/** No key for so long ends it. */
const betweenKeysMs = 10_000;
/** The same once there are digits enough, and more may come. */
const enoughMs = 5_000;

/** Begins with keys that came before their tool was called: `early` was not told to anybody. Pure, as all of this. */
export const beginCapture = (range: KeyRange, early: string): CaptureStep => {
  let step: CaptureStep = { at: 'open', capture: { range, digits: '', startedOver: false } };
  for (const key of early) if (step.at === 'open') step = captureKey(step.capture, key);
  return step;
};

/** Takes a key: a digit, `*` (starts again) or `#` (ends). Anything else changes nothing. */
export const captureKey = (capture: Capture, key: string): CaptureStep => {
  const { range, digits } = capture;
  if (key === '#') return closed(atEnd(capture));
  if (key === '*') return { at: 'open', capture: { range, digits: '', startedOver: true } };
  if (!/^\d$/.test(key)) return { at: 'open', capture };
  const more = { range, digits: `${digits}${key}`, startedOver: false };
  return more.digits.length < range.max ? { at: 'open', capture: more } : closed(atEnd(more));
};

/** How long the next key may take, in ms. */
export const keyPatienceMs = ({ range, digits }: Capture): number => (digits.length >= range.min ? enoughMs : betweenKeysMs);

/** No key came in time. */
export const captureTimedOut = ({ range, digits, startedOver }: Capture): Collected => {
  if (startedOver) return { kind: 'started-over' };
  return digits.length >= range.min ? { kind: 'collected', digits } : { kind: 'timed-out', count: digits.length };
};

const atEnd = ({ range, digits }: Capture): Collected =>
  digits.length >= range.min ? { kind: 'collected', digits } : { kind: 'too-few', count: digits.length };

const closed = (collected: Collected): CaptureStep => ({ at: 'closed', collected });
