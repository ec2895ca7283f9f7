import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallId, wallTime } from '../../infra/brand.ts';
import type { TransferState, Transfers } from '../../store/transfers.ts';
import { newCallId } from './context-store.ts';

export interface OpenedTransfers {
  readonly transfers: Transfers;
  close(): Promise<void>;
}

/** A transfer that has just been asked for. */
export const asked = (callId: CallId, more: Partial<TransferState> = {}): TransferState => ({
  callId,
  transfer: 't1',
  to: 'desk',
  way: 'warm',
  address: '+15005550020',
  phase: 'ringing',
  outcome: null,
  personLeg: null,
  startedAt: wallTime(1_000),
  joinedAt: null,
  overAt: null,
  notes: null,
  verdict: null,
  ...more,
});

/** What every Transfers does. */
export const transfersContract = (name: string, open: () => Promise<OpenedTransfers>): void => {
  describe(`Transfers: ${name}`, () => {
    let opened: OpenedTransfers;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('has none at first, and tells nothing to it', async () => {
      const callId = newCallId();
      expect(await opened.transfers.of(callId)).toBeUndefined();
      const news = { type: 'person-answered' } as const;
      expect(await opened.transfers.tell({ callId, transfer: 't1' }, news, wallTime(1))).toBeUndefined();
    });

    it('keeps what was learned, call by call', async () => {
      const [one, other] = [newCallId(), newCallId()];
      const { transfers } = opened;
      await transfers.begin(asked(one));
      await transfers.begin(asked(other, { way: 'queue' }));
      const leg = newCallId();
      const told = (news: Parameters<Transfers['tell']>[1], at: number) =>
        transfers.tell({ callId: one, transfer: 't1' }, news, wallTime(at));
      await told({ type: 'person-dialled', leg }, 2_000);
      await told({ type: 'person-answered' }, 3_000);
      expect(await told({ type: 'person-accepted' }, 4_000)).toMatchObject({ phase: 'accepted', personLeg: leg });
      await told({ type: 'caller-joined' }, 5_000);
      await told({ type: 'noted', notes: 'Said “hello”.\nTwice. \u{1F600}', verdict: 'solved' }, 6_000);
      await told({ type: 'person-left' }, 9_000);
      expect(await transfers.of(one)).toEqual(
        asked(one, {
          personLeg: leg,
          phase: 'over',
          outcome: 'left',
          joinedAt: wallTime(5_000),
          overAt: wallTime(9_000),
          notes: 'Said “hello”.\nTwice. \u{1F600}',
          verdict: 'solved',
        }),
      );
      expect(await transfers.of(other)).toEqual(asked(other, { way: 'queue' }));
    });

    it('a later transfer is the newest, and each has its own news', async () => {
      const callId = newCallId();
      await opened.transfers.begin(asked(callId));
      await opened.transfers.begin(asked(callId, { transfer: 't2' }));
      const late = await opened.transfers.tell({ callId, transfer: 't1' }, { type: 'person-left' }, wallTime(2));
      expect(late).toMatchObject({ transfer: 't1', outcome: 'hung-up' });
      expect(await opened.transfers.of(callId)).toEqual(asked(callId, { transfer: 't2' }));
      expect(await opened.transfers.named({ callId, transfer: 't1' })).toEqual(late);
      expect(await opened.transfers.named({ callId, transfer: 't3' })).toBeUndefined();
    });

    it('of what many learn at the same moment nothing is lost, and one outcome stands', async () => {
      const callId = newCallId();
      await opened.transfers.begin(asked(callId, { phase: 'joined', joinedAt: wallTime(2_000) }));
      const ref = { callId, transfer: 't1' };
      const outcomes = await Promise.all([
        opened.transfers.tell(ref, { type: 'person-dialled', leg: newCallId() }, wallTime(3_000)),
        opened.transfers.tell(ref, { type: 'noted', notes: 'note', verdict: null }, wallTime(3_000)),
        opened.transfers.tell(ref, { type: 'given-back' }, wallTime(3_001)),
        opened.transfers.tell(ref, { type: 'finished' }, wallTime(3_002)),
        opened.transfers.tell(ref, { type: 'caller-gone' }, wallTime(3_003)),
        opened.transfers.tell(ref, { type: 'noted', notes: null, verdict: 'solved' }, wallTime(3_004)),
      ]);
      const end = await opened.transfers.of(callId);
      expect(end).toMatchObject({ phase: 'over', notes: 'note', verdict: 'solved' });
      expect(end?.personLeg).not.toBeNull();
      const decided = new Set(outcomes.flatMap((state) => (state?.outcome ? [state.outcome] : [])));
      expect([...decided]).toEqual([end?.outcome]);
    });
  });
};
