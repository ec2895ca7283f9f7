import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallTime } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { afterNews, type TransferNews, type TransferState, talkMs } from '../../store/transfers.ts';
import { newCallId } from '../contracts/context-store.ts';
import { asked, transfersContract } from '../contracts/transfers.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

const opened = async (text: string): Promise<Stores> => {
  const url = parseStoreUrl(text);
  if ('problem' in url) throw new Error(url.problem);
  return openStores(url, { clock: systemClock, log: { info: () => {}, warn: () => {} } });
};

transfersContract('SQLite', async () => {
  const stores = await opened('sqlite::memory:');
  return { transfers: stores.transfers, close: () => stores.close() };
});

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  transfersContract('Redis', async () => {
    const redis = await startRedis();
    const stores = await opened(redis.url);
    await expect.poll(() => stores.transfers.of(newCallId()), { timeout: 10_000 }).toBeUndefined();
    const close = async () => {
      await stores.close();
      await redis.stop();
    };
    return { transfers: stores.transfers, close };
  });
});

const leg = newCallId();
const everyNews: readonly TransferNews[] = [
  { type: 'person-dialled', leg },
  { type: 'person-answered' },
  { type: 'person-accepted' },
  { type: 'person-missed', why: 'declined' },
  { type: 'person-missed', why: 'voicemail' },
  { type: 'person-left' },
  { type: 'caller-joined' },
  { type: 'caller-gone' },
  { type: 'cancelled' },
  { type: 'given-back' },
  { type: 'finished' },
  { type: 'noted', notes: 'n', verdict: null },
];

const after = (names: readonly string[]): TransferState =>
  names.reduce((state, name) => {
    const news = everyNews.find((one) => one.type === name || ('why' in one && one.why === name));
    if (news === undefined) throw new Error(name);
    return afterNews(state, news, wallTime(state.startedAt + 1_000));
  }, asked(newCallId()));

describe('how a transfer goes', () => {
  it.each([
    ['answered, accepted, joined, hung up', ['person-answered', 'person-accepted', 'caller-joined', 'person-left'], 'left'],
    ['declined', ['person-answered', 'declined'], 'declined'],
    ['never answered', ['person-missed'], 'declined'],
    ['hung up during the whisper', ['person-answered', 'person-left'], 'hung-up'],
    ['hung up between the key and the room', ['person-answered', 'person-accepted', 'person-left'], 'hung-up'],
    ['a voicemail that was taken for a person', ['person-answered', 'voicemail', 'person-accepted'], 'voicemail'],
    [
      'a machine, says the carrier, after a key was pressed',
      ['person-accepted', 'voicemail', 'caller-joined', 'person-left'],
      'left',
    ],
    ['the caller is gone before', ['person-answered', 'caller-gone', 'person-accepted'], 'caller-gone'],
    ['the caller is gone after', ['person-accepted', 'caller-joined', 'caller-gone', 'person-left'], 'caller-hung-up'],
    ['given back', ['person-accepted', 'caller-joined', 'given-back', 'person-left'], 'given-back'],
    ['finished', ['person-accepted', 'caller-joined', 'finished', 'person-left'], 'finished'],
    ['too late to be cancelled', ['person-accepted', 'caller-joined', 'cancelled', 'person-left'], 'left'],
    ['cancelled', ['cancelled', 'person-accepted', 'caller-joined'], 'cancelled'],
  ])('%s', (_, names, outcome) => {
    expect(after(names)).toMatchObject({ phase: 'over', outcome });
  });

  it('whatever comes in whatever order: an outcome stands, phases only go on, notes are never lost', () => {
    const order = ['ringing', 'whispering', 'accepted', 'joined', 'over'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...everyNews), { maxLength: 30 }), (history) => {
        let state = asked(newCallId());
        for (const news of history) {
          const next = afterNews(state, news, wallTime(state.startedAt + 1));
          expect(order.indexOf(next.phase)).toBeGreaterThanOrEqual(order.indexOf(state.phase));
          if (state.outcome !== null) expect(next.outcome).toBe(state.outcome);
          expect(next.outcome === null).toBe(next.phase !== 'over');
          if (state.notes !== null) expect(next.notes).not.toBeNull();
          expect(talkMs(next) > 0).toBe(next.joinedAt !== null && next.overAt !== null && next.overAt > next.joinedAt);
          state = next;
        }
      }),
    );
  });
});
