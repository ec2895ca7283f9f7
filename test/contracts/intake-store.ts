import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IntakeStore } from '../../store/intakes.ts';
import { newCallId } from './context-store.ts';

export interface OpenedIntakes {
  readonly intakes: IntakeStore;
  /** Another process with the same store. */
  readonly other: IntakeStore;
  /** Lets so many milliseconds pass. */
  passes(span: number): Promise<void>;
  close(): Promise<void>;
}

const number = '+14155550134';
const fields = { department: 'billing', note: 'The caller, “Robin”,\nhas 2 keys. \u{1F600}' };
const keepMs = 60_000;

/** What every IntakeStore does. */
export const intakeStoreContract = (name: string, open: () => Promise<OpenedIntakes>): void => {
  describe(`IntakeStore: ${name}`, () => {
    let opened: OpenedIntakes;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());
    const find = (
      question: { key?: string; from?: string; callId?: ReturnType<typeof newCallId> },
      store = opened.intakes,
    ) => store.find({ callId: question.callId ?? newCallId(), from: question.from ?? 'anonymous', key: question.key });

    it('knows of nothing at first', async () => {
      expect(await find({ key: '0123456789', from: number })).toBeUndefined();
    });

    it('finds it by its key, however often the call asks and whichever process', async () => {
      const { key } = await opened.intakes.announce({ fields, keepMs });
      expect(key).toMatch(/^[0-9a-z]{10}$/);
      const callId = newCallId();
      for (const store of [opened.intakes, opened.other, opened.intakes])
        expect(await find({ callId, key }, store)).toEqual({ fields, by: 'key' });
    });

    it('gives it to one call: a key that comes again with another finds nothing', async () => {
      const { key } = await opened.intakes.announce({ fields, from: number, keepMs });
      expect(await find({ key })).toBeDefined();
      expect(await find({ key, from: number }, opened.other)).toBeUndefined();
    });

    it('of two calls that come at once with the same number, one has it', async () => {
      await opened.intakes.announce({ fields, from: number, keepMs });
      const found = await Promise.all([find({ from: number }), find({ from: number }, opened.other)]);
      expect(found.filter((each) => each !== undefined)).toEqual([{ fields, by: 'number' }]);
    });

    it('finds it by the id of the call, the newest, and no other call does', async () => {
      const callId = newCallId();
      await opened.intakes.announce({ fields: { department: 'old' }, callId, keepMs });
      await opened.intakes.announce({ fields, callId, keepMs });
      expect(await find({ callId }, opened.other)).toEqual({ fields, by: 'call' });
      expect(await find({})).toBeUndefined();
    });

    it('by number the newest first, each once', async () => {
      for (const department of ['first', 'second', 'third'])
        await opened.intakes.announce({ fields: { department }, from: number, keepMs });
      const found = [];
      for (let count = 0; count < 4; count += 1) found.push((await find({ from: number }))?.fields['department']);
      expect(found).toEqual(['third', 'second', 'first', undefined]);
      expect(await find({ from: '+14155550135' })).toBeUndefined();
    });

    it('looks for the key first, then for the call, then for the number', async () => {
      const callId = newCallId();
      const announce = (department: string, more: object = {}) =>
        opened.intakes.announce({ fields: { department }, keepMs, ...more });
      const { key } = await announce('key');
      await announce('call', { callId });
      await announce('number', { from: number });
      expect(await find({ callId, from: number, key })).toMatchObject({ by: 'key' });
      expect(await find({ callId, from: number })).toMatchObject({ by: 'call' });
      expect(await find({ from: number, key })).toMatchObject({ by: 'number' });
    });

    it.each(['anonymous', '+266696687', 'sip:robin@example.com', ''])('nobody is found by "%s"', async (from) => {
      await opened.intakes.announce({ fields, from, keepMs });
      expect(await find({ from })).toBeUndefined();
    });

    it('forgets it when its time is over, each its own', async () => {
      const { key } = await opened.intakes.announce({ fields, from: number, keepMs: 30_000 });
      await opened.intakes.announce({ fields: { department: 'short' }, from: number, keepMs: 200 });
      await opened.passes(201);
      expect(await find({ from: number })).toMatchObject({ fields });
      await opened.passes(30_000);
      expect(await find({ key })).toBeUndefined();
    });
  });
};
