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
  /** Resolves when it is stored. Notes that come while others are stored are stored together. */
  note(note: AuditNote): Promise<void>;
  /** `limit` 1–200; `cursor` from the page before. */
  list(query: { readonly limit: number; readonly cursor?: string }): Promise<AuditPage>;
  /** Whether every entry is there as it was written. */
  verify(): Promise<AuditVerdict>;
}

/** One that stores notes behind whoever notes. */
export interface StoringAuditLog extends AuditLog {
  /** Resolves when every note so far is stored, or was given up. Never rejects. */
  settle(): Promise<void>;
}

/** Where entries are kept: the n-th text is `seq` n, 1… */
export interface AuditTexts {
  /** Adds texts, the first as the `seq`-th; false when there is one by now, or the one before is missing. All or none, in one step. */
  add(seq: number, texts: readonly string[]): Promise<boolean>;
  /** From one `seq` on, in order; undefined: it is missing. */
  read(from: number, count: number): Promise<readonly (string | undefined)[]>;
  /** The newest. `seq` 0: there is none. */
  last(): Promise<{ readonly seq: number; readonly text?: string }>;
}

/** What the first entry's hash goes on from. */
const noHash = '';
/** Processes that note at the same moment. */
const mostTries = 50;
const pageSize = 500;
/** Notes that are stored together. */
const mostTogether = 200;

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

/** Notes as the texts that follow an entry, each with its hash. */
const chained = (
  notes: readonly AuditNote[],
  secret: Uint8Array,
  newest: { readonly seq: number; readonly text?: string },
) => {
  // One that can't be read breaks the chain there, and it goes on.
  let before = decode(newest.text)?.hash ?? noHash;
  return notes.map((note, index) => {
    const place = { ...note, seq: newest.seq + 1 + index };
    before = hashOf(secret, before, place);
    return JSON.stringify({ ...place, hash: before });
  });
};

interface WaitingNote {
  readonly note: AuditNote;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export const auditLogIn = (texts: AuditTexts, secret: () => Promise<Uint8Array>): StoringAuditLog => {
  const waiting: WaitingNote[] = [];
  /** One write after the other in this process; the others are met in `add`. Undefined: nothing is to be written. */
  let writing: Promise<void> | undefined;

  const write = async (notes: readonly AuditNote[]): Promise<void> => {
    const key = await secret();
    for (let tried = 0; tried < mostTries; tried += 1) {
      const newest = await texts.last();
      if (await texts.add(newest.seq + 1, chained(notes, key, newest))) return;
    }
    throw new ThroughlineError('audit-contended', 'The audit log is written by others all the time.');
  };

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const together = waiting.splice(0, mostTogether);
      try {
        await write(together.map(({ note }) => note));
        for (const { resolve } of together) resolve();
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    writing = undefined;
  };

  return {
    note: (note) =>
      new Promise((resolve, reject) => {
        waiting.push({ note, resolve, reject });
        writing ??= writeAll();
      }),

    settle: async () => {
      while (writing !== undefined) await writing;
    },

    async list({ limit, cursor }) {
      const last = cursor === undefined ? (await texts.last()).seq : Number(cursor) - 1;
      const first = Math.max(1, last - limit + 1);
      const stored = last < 1 ? [] : await texts.read(first, last - first + 1);
      const entries = stored.map(decode).filter((entry) => entry !== undefined);
      return { entries: entries.toReversed(), cursor: first > 1 ? String(first) : null };
    },

    async verify() {
      const key = await secret();
      const { seq: last } = await texts.last();
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
