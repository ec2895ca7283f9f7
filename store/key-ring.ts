import { randomBytes } from 'node:crypto';
import type { Clock } from '../infra/clock.ts';
import { ThroughlineError } from '../infra/errors.ts';
import { keyIdBytes, nonceBytes, type SealingKey, seal, unseal } from './context/seal.ts';
import type { ListedTexts } from './texts.ts';

/** `none`: there is no key, or it was dropped. `locked`: there is one, but not under a seal key that is known here. */
export type FoundKey = SealingKey | 'none' | 'locked';

/** What became of the keys when they were put under the current seal key. */
export interface Rewrapped {
  readonly moved: number;
  /** Under a seal key that is not known here. */
  readonly locked: number;
}

/**
 * A data key for each subject: a call, or whatever else is erased by itself. They are kept apart from what is sealed with them, under the seal key; whoever
 * drops one has erased all that was sealed with it, in every copy. Rejects with `store-unavailable`.
 */
export interface KeyRing {
  find(subject: string): Promise<FoundKey>;
  /** The subject's key, kept from now on as long as a new one; makes one where there is none. Rejects with `seal-key-unknown` where it is locked. */
  make(subject: string): Promise<SealingKey>;
  /** For good. Other processes may know a key for ten more minutes. */
  drop(subjects: readonly string[]): Promise<void>;
  /** Puts every key under the current seal key. Can run while keys are made and used, and twice. */
  rewrap(): Promise<Rewrapped>;
}

export interface KeyRingSetup {
  /** The current seal key first, then the old one of a rotation. 32 bytes each. */
  readonly sealKeys: readonly [SealingKey, ...SealingKey[]];
  /** Where wrapped keys are kept, by subject. */
  readonly texts: ListedTexts;
  readonly clock: Clock;
}

/** Keys in memory. A call's own are asked for at every append. */
const mostCached = 5_000;
const cachedMs = 600_000;
const pageSize = 200;
const secretBytes = 32;

interface Cached {
  readonly key: SealingKey;
  readonly until: number;
  /** Until then the stored key needs no renewal: `make` saw to it. 0: it was only found. */
  readonly renewedUntil: number;
}

export class TextKeyRing implements KeyRing {
  readonly #setup: KeyRingSetup;
  /** The oldest first. */
  readonly #cache = new Map<string, Cached>();

  constructor(setup: KeyRingSetup) {
    this.#setup = setup;
  }

  async find(subject: string): Promise<FoundKey> {
    const cached = this.#cached(subject);
    if (cached !== undefined) return cached.key;
    const wrapped = await this.#setup.texts.get(subject);
    if (wrapped === undefined) return 'none';
    const key = this.#unwrap(subject, wrapped);
    if (key !== 'locked') this.#remember(subject, key, 'found');
    return key;
  }

  async make(subject: string): Promise<SealingKey> {
    const cached = this.#cached(subject);
    if (cached !== undefined && cached.renewedUntil > this.#setup.clock.now()) return cached.key;
    const { texts } = this.#setup;
    const fresh: SealingKey = { id: randomBytes(keyIdBytes), secret: randomBytes(secretBytes) };
    const ours = this.#wrap(subject, fresh);
    const stands = await texts.putFirst(subject, ours);
    const key = stands === ours ? fresh : this.#unwrap(subject, stands);
    if (key === 'locked') throw locked();
    if (stands !== ours) await texts.swap(subject, stands, stands); // what is sealed from now on is kept as long as if it were new
    this.#remember(subject, key, 'renewed');
    return key;
  }

  async drop(subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) this.#cache.delete(subject);
    await this.#setup.texts.drop(subjects);
  }

  async rewrap(): Promise<Rewrapped> {
    const { texts } = this.#setup;
    const done = { moved: 0, locked: 0 };
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Awaited<ReturnType<ListedTexts['page']>> = await texts.page(after, pageSize);
      const outcomes = await Promise.all(page.keys.map((subject) => this.#rewrapOne(subject)));
      for (const outcome of outcomes) if (outcome !== 'left') done[outcome] += 1;
      after = page.next;
    }
    return done;
  }

  async #rewrapOne(subject: string): Promise<'moved' | 'locked' | 'left'> {
    const { texts, sealKeys } = this.#setup;
    const wrapped = await texts.get(subject);
    if (wrapped === undefined || unseal(sealKeys[0], wrapped, placeOf(subject)).kind === 'text') return 'left';
    const key = this.#unwrap(subject, wrapped);
    if (key === 'locked') return 'locked';
    // One that was dropped meanwhile stays dropped.
    return (await texts.swap(subject, wrapped, this.#wrap(subject, key))) ? 'moved' : 'left';
  }

  #wrap(subject: string, { id, secret }: SealingKey): string {
    const text = Buffer.concat([id, secret]).toString('base64url');
    return seal(this.#setup.sealKeys[0], { text, place: placeOf(subject), nonce: randomBytes(nonceBytes) });
  }

  #unwrap(subject: string, wrapped: string): SealingKey | 'locked' {
    for (const sealKey of this.#setup.sealKeys) {
      const opened = unseal(sealKey, wrapped, placeOf(subject));
      if (opened.kind !== 'text') continue;
      const both = Buffer.from(opened.text, 'base64url');
      return { id: both.subarray(0, keyIdBytes), secret: both.subarray(keyIdBytes) };
    }
    return 'locked';
  }

  #cached(subject: string): Cached | undefined {
    const cached = this.#cache.get(subject);
    return cached !== undefined && cached.until > this.#setup.clock.now() ? cached : undefined;
  }

  #remember(subject: string, key: SealingKey, how: 'found' | 'renewed'): void {
    this.#cache.delete(subject);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= mostCached && oldest !== undefined) this.#cache.delete(oldest);
    const until = this.#setup.clock.now() + cachedMs;
    this.#cache.set(subject, { key, until, renewedUntil: how === 'renewed' ? until : 0 });
  }
}

const placeOf = (subject: string): string => `key|${subject}`;

const locked = (): ThroughlineError =>
  new ThroughlineError(
    'seal-key-unknown',
    'What is stored was sealed under another seal key; set the one before as THROUGHLINE_SEAL_KEY_OLD.',
  );
