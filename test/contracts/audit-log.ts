import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditLog, type AuditNote, type AuditTexts, auditLogIn } from '../../store/audit-log.ts';

export interface OpenedAudit {
  readonly texts: AuditTexts;
  /** Puts another text in the place of an entry. */
  change(seq: number, text: string): Promise<void>;
  /** Takes an entry away; those behind it stay, where a store can do that. */
  remove(seq: number): Promise<void>;
  close(): Promise<void>;
}

/** A note that tells itself from others. */
export const noteOf = (number: number): AuditNote => ({
  at: `2026-01-01T10:00:${String(number % 60).padStart(2, '0')}.000Z`,
  who: number % 2 === 0 ? null : 'anna "the admin"',
  did: 'read',
  what: `GET /api/v1/calls/CA${number}/bundle`,
  from: '127.0.0.1 curl/8',
});

const inMemory = (entries: string[]): AuditTexts => ({
  add: async (seq, texts) => seq + texts.length - 1 === entries.push(...texts),
  read: async (from, count) => entries.slice(from - 1, from - 1 + count),
  last: async () => {
    const text = entries.at(-1);
    return text === undefined ? { seq: 0 } : { seq: entries.length, text };
  },
});

/** What an audit log does over any store. */
export const auditLogContract = (name: string, open: () => Promise<OpenedAudit>): void => {
  describe(`AuditLog: ${name}`, () => {
    const secret = randomBytes(32);
    let opened: OpenedAudit;
    /** As another process has it. */
    const newLog = (by = secret): AuditLog => auditLogIn(opened.texts, async () => by);
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const write = async (count: number): Promise<AuditLog> => {
      const log = newLog();
      for (let number = 1; number <= count; number += 1) await log.note(noteOf(number));
      return log;
    };
    const textOf = async (seq: number): Promise<string> => (await opened.texts.read(seq, 1))[0] ?? '';

    it('is empty and whole at first', async () => {
      const log = newLog();
      expect(await log.list({ limit: 10 })).toEqual({ entries: [], cursor: null });
      expect(await log.verify()).toEqual({ kind: 'whole', entries: 0, head: '' });
    });

    it('gives back what was noted, newest first, page by page', async () => {
      const log = await write(5);
      const first = await log.list({ limit: 2 });
      expect(first.entries).toMatchObject([
        { seq: 5, ...noteOf(5) },
        { seq: 4, ...noteOf(4) },
      ]);
      const second = await log.list({ limit: 2, cursor: first.cursor ?? '' });
      const third = await log.list({ limit: 2, cursor: second.cursor ?? '' });
      expect([...second.entries, ...third.entries].map(({ seq }) => seq)).toEqual([3, 2, 1]);
      expect(third.cursor).toBeNull();
    });

    it('is whole, and its head is the newest hash', async () => {
      const log = await write(4);
      const [newest] = (await log.list({ limit: 1 })).entries;
      expect(await newLog().verify()).toEqual({ kind: 'whole', entries: 4, head: newest?.hash });
    });

    it('processes that note at the same moment make one chain', async () => {
      const logs = [newLog(), newLog(), newLog()];
      const notes = Array.from({ length: 24 }, (_, index) => logs[index % 3]?.note(noteOf(index)));
      await Promise.all(notes);
      expect(await newLog().verify()).toMatchObject({ kind: 'whole', entries: 24 });
    });

    it('notes that come at once are stored together, in their order, and nobody waits for longer than for a few requests', async () => {
      let requests = 0;
      const { texts } = opened;
      const counted = <Result>(asked: Promise<Result>): Promise<Result> => {
        requests += 1;
        return asked;
      };
      const log = auditLogIn(
        {
          add: (seq, added) => counted(texts.add(seq, added)),
          read: (from, count) => counted(texts.read(from, count)),
          last: () => counted(texts.last()),
        },
        async () => secret,
      );
      for (let number = 1; number <= 300; number += 1) void log.note(noteOf(number));
      await log.settle();
      expect(requests).toBeLessThan(10);
      const { entries } = await log.list({ limit: 200 });
      expect(entries.map(({ what }) => what)).toEqual(Array.from({ length: 200 }, (_, index) => noteOf(300 - index).what));
      expect(await newLog().verify()).toMatchObject({ kind: 'whole', entries: 300 });
    });

    it('a note that could not be stored says so, and the next ones are stored', async () => {
      let isAway = true;
      const { texts } = opened;
      const add: AuditTexts['add'] = async (seq, added) => {
        if (isAway) throw new Error('away');
        return await texts.add(seq, added);
      };
      const log = auditLogIn(
        { add, read: (from, count) => texts.read(from, count), last: () => texts.last() },
        async () => secret,
      );
      const lost = await Promise.allSettled([log.note(noteOf(1)), log.note(noteOf(2))]);
      expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await log.settle();
      isAway = false;
      await log.note(noteOf(3));
      expect((await log.list({ limit: 10 })).entries).toMatchObject([{ seq: 1, ...noteOf(3) }]);
    });

    it('adds all texts or none, behind the newest only', async () => {
      const { texts } = opened;
      expect(await texts.last()).toEqual({ seq: 0 });
      expect(await texts.add(1, ['a', 'b'])).toBe(true);
      expect([await texts.add(2, ['c', 'd']), await texts.add(4, ['c'])]).toEqual([false, false]);
      expect(await texts.last()).toEqual({ seq: 2, text: 'b' });
    });

    it.each([
      ['who it was', 'anna', 'berta'],
      ['what it was', '/CA3/', '/CA4/'],
      ['when it was', '10:00:03', '10:00:04'],
      ['what was done', '"read"', '"changed"'],
      ['from where', '127.0.0.1', '127.0.0.2'],
      ['its hash', '"hash":"', '"hash":"0'],
    ])('D30: tells where somebody changed %s', async (_, from, to) => {
      const log = await write(5);
      const before = await textOf(3);
      expect(before).toContain(from);
      await opened.change(3, before.replace(from, to));
      expect(await log.verify()).toEqual({ kind: 'broken', seq: 3, why: 'changed' });
    });

    it('D30: tells where an entry is missing, is another one, or can not be read', async () => {
      const log = await write(5);
      const [second, fourth] = [await textOf(2), await textOf(4)];
      await opened.change(2, fourth);
      expect(await log.verify()).toMatchObject({ kind: 'broken', seq: 2 });
      await opened.change(2, 'null');
      expect(await log.verify()).toMatchObject({ kind: 'broken', seq: 2 });
      expect((await log.list({ limit: 10 })).entries).toHaveLength(4);
      await opened.change(2, second);
      expect(await log.verify()).toMatchObject({ kind: 'whole' });
      await opened.remove(4);
      expect(await log.verify()).toMatchObject({ kind: 'broken', seq: 4 });
    });

    it('D30: who has the store but not the secret makes no chain that is whole', async () => {
      await write(3);
      const forger = newLog(randomBytes(32));
      await forger.note(noteOf(4));
      expect(await newLog().verify()).toEqual({ kind: 'broken', seq: 4, why: 'changed' });
    });

    it('D30: an entry of another history does not fit, though it was written with the secret and in this place', async () => {
      const log = await write(4);
      const other: string[] = [];
      const history = auditLogIn(inMemory(other), async () => secret);
      for (const number of [9, 2, 3, 4]) await history.note(noteOf(number));
      await opened.change(3, other[2] ?? '');
      expect(await log.verify()).toEqual({ kind: 'broken', seq: 3, why: 'changed' });
    });

    it('goes on behind an entry that can not be read', async () => {
      const log = await write(2);
      await opened.change(2, '{');
      await log.note(noteOf(3));
      expect((await log.list({ limit: 1 })).entries).toMatchObject([{ seq: 3 }]);
      expect(await log.verify()).toMatchObject({ kind: 'broken', seq: 2 });
    });
  });
};
