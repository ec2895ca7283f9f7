import { createHmac } from 'node:crypto';
import { ThroughlineError } from '../infra/errors.ts';

/** Who read or changed what over the console. `at`: ISO 8601, UTC. */
export interface AuditNote {
  readonly at: string;
  /** As a proxy with a login names them; null: nobody says. */
  readonly who: string | null;
  readonly did: 'read' | 'exported' | 'changed' | 'erased';
  /** A path, without its query: ids, never numbers or words. */
  readonly what: string;
  /** Peer address, and the name that its program gives itself. */
  readonly from: string;
}

/** A note in its place. `hash` covers it and the `hash` of the one before. */
export interface AuditEntry extends AuditNote {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Asks for what is older; null: that was all. */
  readonly cursor: string | null;
}

/**
 * What came of going through the chain. `head`: the newest hash. Whoever writes it down elsewhere can tell later that nothing up to it was changed or taken
 * away; from inside, it can't be told that the newest entries were taken away together with the head.
 */
export type AuditVerdict =
  | { readonly kind: 'whole'; readonly entries: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: 'missing' | 'changed' };

/** Notes that are only ever added. Rejects with `store-unavailable`. */
export interface AuditLog {
  note(note: AuditNote): Promise<void>;
  /** `limit` 1–200; `cursor` from the page before. */
  list(query: { readonly limit: number; readonly cursor?: string }): Promise<AuditPage>;
  /** Whether every entry is there as it was written. */
  verify(): Promise<AuditVerdict>;
}

/** Where entries are kept: the n-th text is `seq` n, 1… */
export interface AuditTexts {
  /** Adds a text as the `seq`-th; false when there is one by now, or the one before is missing. One step. */
  add(seq: number, text: string): Promise<boolean>;
  /** From one `seq` on, in order; undefined: it is missing. */
  read(from: number, count: number): Promise<readonly (string | undefined)[]>;
  /** The newest `seq`; 0: there is none. */
  last(): Promise<number>;
}

/** What the first entry's hash goes on from. */
const noHash = '';
/** Processes that note at the same moment. */
const mostTries = 50;
const pageSize = 500;

const isEntry = (value: unknown): value is AuditEntry => {
  if (typeof value !== 'object' || value === null) return false;
  const entry: Record<string, unknown> = { ...value };
  const areTexts = ['at', 'did', 'what', 'from', 'hash'].every((key) => typeof entry[key] === 'string');
  return areTexts && typeof entry['seq'] === 'number' && (entry['who'] === null || typeof entry['who'] === 'string');
};

const decode = (text: string | undefined): AuditEntry | undefined => {
  try {
    const entry: unknown = text === undefined ? undefined : JSON.parse(text);
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
};

/** HMAC-SHA256 over the note, its place and the hash before it, in fixed order: without the secret nobody makes a chain anew. */
const hashOf = (secret: Uint8Array, before: string, { seq, at, who, did, what, from }: Omit<AuditEntry, 'hash'>): string =>
  createHmac('sha256', secret)
    .update(JSON.stringify([before, seq, at, who, did, what, from]))
    .digest('hex');

export const auditLogIn = (texts: AuditTexts, secret: () => Promise<Uint8Array>): AuditLog => {
  /** One after the other in this process; the others are met in `add`. */
  let noted: Promise<void> = Promise.resolve();

  const write = async (note: AuditNote): Promise<void> => {
    const key = await secret();
    for (let tried = 0; tried < mostTries; tried += 1) {
      const last = await texts.last();
      const [newest] = last === 0 ? [] : await texts.read(last, 1);
      const place = { ...note, seq: last + 1 };
      // One that can't be read breaks the chain there, and it goes on.
      const hash = hashOf(key, decode(newest)?.hash ?? noHash, place);
      if (await texts.add(last + 1, JSON.stringify({ ...place, hash }))) return;
    }
    throw new ThroughlineError('audit-contended', 'The audit log is written by others all the time.');
  };

  return {
    note(note) {
      const done = noted.then(() => write(note));
      noted = done.catch(() => {});
      return done;
    },

    async list({ limit, cursor }) {
      const last = cursor === undefined ? await texts.last() : Number(cursor) - 1;
      const first = Math.max(1, last - limit + 1);
      const stored = last < 1 ? [] : await texts.read(first, last - first + 1);
      const entries = stored.map(decode).filter((entry) => entry !== undefined);
      return { entries: entries.toReversed(), cursor: first > 1 ? String(first) : null };
    },

    async verify() {
      const key = await secret();
      const last = await texts.last();
      let before = noHash;
      for (let from = 1; from <= last; from += pageSize) {
        const stored = await texts.read(from, Math.min(pageSize, last - from + 1));
        for (const [index, text] of stored.entries()) {
          const entry = entryAt({ key, before, seq: from + index }, text);
          if (typeof entry === 'string') return { kind: 'broken', seq: from + index, why: entry };
          before = entry.hash;
        }
      }
      return { kind: 'whole', entries: last, head: before };
    },
  };
};

/** An entry as it was written in its place, or what is wrong with it. */
const entryAt = (
  { key, before, seq }: { readonly key: Uint8Array; readonly before: string; readonly seq: number },
  text: string | undefined,
): AuditEntry | 'missing' | 'changed' => {
  if (text === undefined) return 'missing';
  const entry = decode(text);
  return entry?.seq === seq && entry.hash === hashOf(key, before, entry) ? entry : 'changed';
};
