import type { KeyRange } from '../../agents/definition.ts';
import type { Collected } from '../../agents/tools/collected.ts';
import { type Epoch, type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { KeyGroup } from '../../store/context/keyed.ts';
import { beginCapture, type Capture, type CaptureStep, captureKey, captureTimedOut, keyPatienceMs } from './capture.ts';
import { type Grouped, groupKey, groupPaused, type OpenKeys } from './key-groups.ts';

/** A pause that ends a group. */
const pauseMs = 2_000;
/** Whatever becomes of a capture, it is over by then, also if nothing was pressed. */
const longestCaptureMs = 120_000;
/** A tone is told of a moment after it began. */
const toneMs = 300;
/**
 * Keys that come behind a capture belong to it, and are for nobody: one too many, a `#` behind the last digit; or the rest of digits whose
 * capture broke off, which may still come when the caller is asked for them again.
 */
const trailMs = { collected: 2_000, broken: 15_000 } as const;

export interface KeypadOptions {
  readonly clock: Clock;
  /** How long the caller has heard no speech; 0 while some plays. */
  readonly silenceMs: () => number;
  /** Keys that belong together, not pressed in secret. */
  readonly onGroup: (group: KeyGroup) => void;
  /** From now on nobody hears the caller's line, nor what was kept of the last `backMs`. */
  readonly hideLine: (backMs: number) => void;
  /** The caller is heard again: when the tone of the last key has died away, or at once. */
  readonly showLine: (how: 'at-once' | 'after-key') => void;
  /** A key was pressed; or nothing that was begun with keys goes on any more. */
  readonly onKeys: (what: 'pressed' | 'over') => void;
  readonly guard: (act: () => void) => void;
}

interface Collecting {
  readonly at: 'collecting';
  /** Of the session that wants them. */
  readonly epoch: Epoch;
  readonly capture: Capture;
  readonly hasBegun: boolean;
  readonly endsAt: number;
  readonly settle: (collected: Collected) => void;
}

type Use =
  | { readonly at: 'grouping'; readonly open: OpenKeys; readonly since: Milliseconds }
  | Collecting
  /** What comes now is swallowed, until nothing came for so long. */
  | { readonly at: 'trailing'; readonly pauseMs: number }
  | { readonly at: 'over' };

/** The caller's keypad: keys become groups, or digits that a tool collects in secret, and never both. */
export class Keypad {
  readonly #options: KeypadOptions;
  #use: Use;
  #lastKeyAt: Milliseconds;
  #cancel: Cancel = () => {};

  constructor(options: KeypadOptions) {
    this.#options = options;
    this.#lastKeyAt = this.#now;
    this.#use = { at: 'grouping', open: undefined, since: this.#now };
  }

  get #now(): Milliseconds {
    return this.#options.clock.now();
  }

  get isCollecting(): boolean {
    return this.#use.at === 'collecting';
  }

  /** Whether the caller is about to press more. */
  get isInUse(): boolean {
    return this.#use.at === 'collecting' || (this.#use.at === 'grouping' && this.#use.open !== undefined);
  }

  /** Whether a key means something: behind a capture none does. */
  get isListening(): boolean {
    return this.#use.at === 'collecting' || this.#use.at === 'grouping';
  }

  pressed(key: string): void {
    this.#lastKeyAt = this.#now;
    this.#take(key);
    this.#options.onKeys('pressed');
    this.#tellIfOver();
  }

  #tellIfOver(): void {
    if (!this.isInUse) this.#options.onKeys('over');
  }

  #take(key: string): void {
    const use = this.#use;
    switch (use.at) {
      case 'grouping':
        this.#group(groupKey(use.open, key), use.open === undefined ? this.#now : use.since);
        break;
      case 'collecting':
        this.#step(captureKey(use.capture, key), {
          ...use,
          hasBegun: true,
          endsAt: use.hasBegun ? use.endsAt : this.#now + use.capture.range.timeoutMs,
        });
        break;
      case 'trailing':
        this.#options.hideLine(toneMs);
        this.#options.showLine('after-key');
        this.#trail(use.pauseMs);
        break;
      case 'over':
    }
  }

  /** Collects the next digits for the session `epoch`. Keys that were pressed just before, and told to nobody yet, are its first ones. Never rejects. */
  collect(epoch: Epoch, range: KeyRange): Promise<Collected> {
    if (this.#use.at === 'collecting') return Promise.resolve({ kind: 'under-way' });
    if (this.#use.at === 'over') return Promise.resolve({ kind: 'interrupted' });
    const early = this.#hideOpen();
    const hasBegun = early !== '';
    if (!hasBegun) this.#lastKeyAt = this.#now;
    const endsAt = this.#now + (hasBegun ? range.timeoutMs : longestCaptureMs);
    return new Promise((settle) => {
      const capture = { range, digits: '', startedOver: false };
      this.#step(beginCapture(range, early), { at: 'collecting', epoch, capture, hasBegun, endsAt, settle });
    });
  }

  /** Hides the line, with the tones of keys that are no group yet. The answer: these keys. */
  #hideOpen(): string {
    const open = this.#use.at === 'grouping' && this.#use.open !== undefined ? this.#use : undefined;
    this.#options.hideLine(open === undefined ? 0 : this.#now - open.since + toneMs);
    return open?.open ?? '';
  }

  /** The session is gone: what was entered for it is forgotten, and what is still entered, too. */
  interrupt(epoch: Epoch): void {
    if (this.#use.at === 'collecting' && this.#use.epoch === epoch) this.#close(this.#use, { kind: 'interrupted' });
  }

  /** Somebody else was collecting digits when the call was taken over: what comes is for nobody. */
  distrust(): void {
    if (this.#use.at !== 'grouping') return;
    this.#options.showLine(this.#hideOpen() === '' ? 'at-once' : 'after-key');
    this.#trail(trailMs.broken);
    this.#tellIfOver();
  }

  /** The line is gone. Keys that were not a group yet are one. */
  end(): void {
    const use = this.#use;
    if (use.at === 'collecting') this.#close(use, { kind: 'interrupted' });
    if (use.at === 'grouping') this.#group(groupPaused(use.open), use.since);
    this.#cancel();
    this.#use = { at: 'over' };
  }

  #group({ open, group }: Grouped, since: Milliseconds): void {
    this.#use = { at: 'grouping', open, since };
    this.#cancel();
    if (open !== undefined) this.#after(pauseMs, () => this.#pause(open, since));
    if (group !== undefined) this.#options.onGroup(group);
  }

  #pause(open: string, since: Milliseconds): void {
    this.#group(groupPaused(open), since);
    this.#tellIfOver();
  }

  #step(step: CaptureStep, collecting: Collecting): void {
    if (step.at === 'closed') this.#close(collecting, step.collected);
    else {
      this.#use = { ...collecting, capture: step.capture };
      this.#watch(this.#use);
    }
  }

  /** The next key has to come in time; but nobody enters anything before the agent has said what. */
  #watch(collecting: Collecting): void {
    const { endsAt, capture } = collecting;
    const idle = Math.min(this.#now - this.#lastKeyAt, this.#options.silenceMs());
    const left = Math.min(keyPatienceMs(capture) - idle, endsAt - this.#now);
    if (left <= 0) this.#close(collecting, captureTimedOut(capture));
    else this.#after(left, () => this.#watch(collecting));
  }

  #close({ settle }: Collecting, collected: Collected): void {
    const isRecent = this.#now - this.#lastKeyAt < toneMs || collected.kind === 'interrupted';
    this.#options.showLine(isRecent ? 'after-key' : 'at-once');
    this.#trail(collected.kind === 'collected' ? trailMs.collected : trailMs.broken);
    this.#tellIfOver();
    settle(collected);
  }

  #trail(wait: number): void {
    this.#use = { at: 'trailing', pauseMs: wait };
    this.#after(wait, () => {
      this.#use = { at: 'grouping', open: undefined, since: this.#now };
    });
  }

  #after(wait: number, act: () => void): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(ms(wait), () => this.#options.guard(act));
  }
}
