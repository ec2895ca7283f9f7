import { createHash, randomBytes } from 'node:crypto';
import { type CallId, type WallTime, wallTime } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { CallerHash } from './caller-hash.ts';
import { isOneCaller } from './caller-memory.ts';
import { intakeKeyBytes, intakeKeyFrom } from './intake-key.ts';
import type { Texts } from './texts.ts';

/** What an IVR tells of a call before it comes. Texts by field, untrusted. */
export interface Announcement {
  readonly fields: Readonly<Record<string, string>>;
  /** The call that it is about, if the IVR knows its id. */
  readonly callId?: CallId;
  /** Who will call. A number that stands for nobody in particular finds nothing. */
  readonly from?: string;
  readonly keepMs: number;
}

export interface Announced {
  /** Finds it again, wherever the call brings it along. */
  readonly key: string;
  readonly expiresAt: WallTime;
}

/** By what a call found what was announced of it. */
export type FoundBy = 'key' | 'call' | 'number';

export interface FoundIntake {
  readonly fields: Readonly<Record<string, string>>;
  readonly by: FoundBy;
}

/**
 * What was announced of calls that are to come, each for one call: the first that comes with its key, its id or its number has it, and
 * has it again when it asks again. Keys and numbers are kept as hashes. Rejects with `store-unavailable`.
 */
export interface IntakeStore {
  announce(announcement: Announcement): Promise<Announced>;
  /** By the key first, then by the call's id, then by the number that calls: of several the newest. */
  find(call: {
    readonly callId: CallId;
    readonly from: string;
    readonly key: string | undefined;
  }): Promise<FoundIntake | undefined>;
  /** Forgets what was announced of a number, by its hash, and of these calls. */
  forget(hash: string, callIds: readonly CallId[]): Promise<void>;
}

/** So many announcements of one number wait at a time; older ones are found by key or call id only. */
const mostOfNumber = 5;
/** Whose an intake is must be known for longer than the intake. */
const claimMarginMs = 60_000;

/** An intake as it is kept, whole, under each name that finds it: a call that comes must not wait for one look after the other. */
interface Kept {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly until: number;
}

const idOf = (key: string): string => createHash('sha256').update(`throughline intake ${key}`).digest('hex');

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');

const isKept = (value: unknown): value is Kept => {
  if (typeof value !== 'object' || value === null) return false;
  const kept: Record<string, unknown> = { ...value };
  return typeof kept['id'] === 'string' && typeof kept['until'] === 'number' && isTexts(kept['fields']);
};

/** What can't be read is forgotten. */
export const decodeIntakes = (stored: string | undefined): readonly Kept[] => {
  try {
    const kept: unknown = stored === undefined ? [] : JSON.parse(stored);
    return Array.isArray(kept) ? kept.filter(isKept) : [];
  } catch {
    return [];
  }
};

/** Two announcements of one number at the same moment may cost one of them its number. */
export const intakesIn = (texts: Texts, clock: Clock, hashOf: CallerHash): IntakeStore => {
  const load = async (name: string): Promise<readonly Kept[]> => {
    const now = clock.wall();
    return decodeIntakes(await texts.get(name)).filter(({ until }) => until > now);
  };

  const keep = (name: string, kept: readonly Kept[]): Promise<void> =>
    texts.put(name, JSON.stringify(kept), Math.max(...kept.map(({ until }) => until)) - clock.wall());

  const nameOf = async (number: string): Promise<string> => `number:${await hashOf(number)}`;

  const keepForNumber = async (number: string, kept: Kept): Promise<void> => {
    const name = await nameOf(number);
    await keep(name, [kept, ...(await load(name))].slice(0, mostOfNumber));
  };

  const isFor = async ({ id, until }: Kept, callId: CallId): Promise<boolean> =>
    (await texts.putFirst(`claim:${id}`, callId, until - clock.wall() + claimMarginMs)) === callId;

  return {
    async announce({ fields, callId, from = '', keepMs }) {
      const key = intakeKeyFrom(randomBytes(intakeKeyBytes));
      const until = clock.wall() + keepMs;
      const kept: Kept = { id: idOf(key), fields, until };
      await Promise.all([
        keep(`key:${kept.id}`, [kept]),
        ...(callId === undefined ? [] : [keep(`call:${callId}`, [kept])]),
        ...(isOneCaller(from) ? [keepForNumber(from, kept)] : []),
      ]);
      return { key, expiresAt: wallTime(until) };
    },

    async find({ callId, from, key }) {
      const [ofKey, ofCall, ofNumber] = await Promise.all([
        key === undefined ? [] : load(`key:${idOf(key)}`),
        load(`call:${callId}`),
        isOneCaller(from) ? nameOf(from).then(load) : [],
      ]);
      const candidates: readonly (readonly [FoundBy, Kept])[] = [
        ...ofKey.map((kept) => ['key', kept] as const),
        ...ofCall.map((kept) => ['call', kept] as const),
        ...ofNumber.map((kept) => ['number', kept] as const),
      ];
      for (const [by, kept] of candidates) if (await isFor(kept, callId)) return { fields: kept.fields, by };
      return undefined;
    },

    async forget(hash, callIds) {
      const names = [`number:${hash}`, ...callIds.map((callId) => `call:${callId}`)];
      const kept = await Promise.all(names.map(load));
      await texts.drop([...names, ...kept.flat().map(({ id }) => `key:${id}`)]);
    },
  };
};

/** Whose an intake is says nothing of what was told. */
export const saysSomething = (name: string): boolean => !name.startsWith('claim:');
