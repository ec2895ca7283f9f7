import { describe, expect, it } from 'vitest';
import { term } from '../../infra/brand.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { recordCodec } from '../../store/handoffs/record-codec.ts';
import { logCodec } from '../../store/log-codec.ts';
import { contextTables, SqliteContextStore } from '../../store/sqlite-context-store.ts';
import { plainVault } from '../../store/vault.ts';
import { eventAt, eventsFrom, newCallId } from '../contracts/context-store.ts';
import { recordAt } from '../contracts/handoff-log.ts';
import { FakeClock } from '../world/clock.ts';
import { testVault } from './test-vault.ts';

const vault = testVault();
const codec = logCodec(vault);

/** The text with one bit of one of its letters changed. */
const flip = (text: string, at: number, bit: number): string =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1);

describe('a sealed log', () => {
  it('reads what is sealed and what was stored plain before', async () => {
    const callId = newCallId();
    const plain = await logCodec(plainVault).encode(callId, eventsFrom(1, 2));
    const sealed = await codec.encode(callId, eventsFrom(3, 200));
    expect(sealed.every((text) => text.startsWith('tls1.'))).toBe(true);
    expect(await codec.decode(callId, [...plain, ...sealed])).toEqual({ events: eventsFrom(1, 202) });
  });

  it('C Bundle: any flipped bit is damage of that event, and never a throw', async () => {
    const callId = newCallId();
    const [one = '', two = '', three = ''] = await codec.encode(callId, eventsFrom(1, 3));
    for (let at = 0; at < two.length; at += 7)
      for (let bit = 0; bit < 7; bit += 1) {
        const read = await codec.decode(callId, [one, flip(two, at, bit), three]);
        expect(read).toEqual({ events: [eventAt(1), eventAt(3)], damage: { unreadable: 1, lastSeq: 3 } });
      }
  });

  it('C Bundle: texts of another place, of another call, or that are missing are damage', async () => {
    const [callId, other] = [newCallId(), newCallId()];
    const [one, two] = await codec.encode(callId, eventsFrom(1, 2));
    const [foreign] = await codec.encode(other, eventsFrom(2, 1));
    const damage = { unreadable: 2, lastSeq: 2 };
    expect(await codec.decode(callId, [two, one])).toEqual({ events: [], damage });
    expect(await codec.decode(callId, [one, foreign])).toMatchObject({ damage: { unreadable: 1 } });
    expect(await codec.decode(callId, [one, undefined])).toMatchObject({ damage: { unreadable: 1 } });
  });

  it('a log whose key is gone is erased, not damaged; what is damaged beside it still is', async () => {
    const callId = newCallId();
    const sealed = await codec.encode(callId, eventsFrom(1, 3));
    await vault.drop([callId]);
    expect(await codec.decode(callId, sealed)).toEqual({ events: [], erased: { lastSeq: 3 } });
    expect(await codec.decode(callId, [...sealed, 'garbage'])).toEqual({
      events: [],
      erased: { lastSeq: 4 },
      damage: { unreadable: 1, lastSeq: 4 },
    });
  });

  it('without the seal keys what is sealed is damage', async () => {
    const callId = newCallId();
    const sealed = await codec.encode(callId, eventsFrom(1, 2));
    expect(await logCodec(plainVault).decode(callId, sealed)).toEqual({ events: [], damage: { unreadable: 2, lastSeq: 2 } });
  });

  it('C Bundle: a call with damaged texts is claimed, and goes on behind them', async () => {
    const callId = newCallId();
    const sqlite = openSqlite(':memory:');
    await sqlite.run('prepare', contextTables);
    const store = new SqliteContextStore(sqlite, { clock: new FakeClock(), keepDays: 30, codec });
    await store.claim(callId, 'node-a');
    await store.append({ callId, term: term(1), owner: 'node-a', events: eventsFrom(1, 3) });
    await sqlite.run('spoil', [{ sql: "UPDATE context_event SET event = event || 'x' WHERE seq = 2" }]);
    const damage = { unreadable: 1, lastSeq: 3 };
    expect(await store.claim(callId, 'node-b')).toEqual({
      ...{ kind: 'claimed', term: 2, damage },
      events: [eventAt(1), eventAt(3)],
    });
    await store.append({ callId, term: term(2), owner: 'node-b', events: eventsFrom(4, 1) });
    expect((await store.load(callId))?.events.map(({ seq }) => seq)).toEqual([1, 3, 4]);
    await sqlite.close();
  });
});

describe('a sealed handoff record', () => {
  const records = recordCodec(vault);

  it('has its figures in clear and its words not, and gives both back', async () => {
    const record = recordAt(newCallId(), 1);
    const stored = await records.encode(record);
    expect(stored).toContain('"switchMs":640.5');
    expect(stored).not.toMatch(/still 401|Reset API key|What is your account/);
    expect(await records.decode([stored])).toEqual([record]);
  });

  it('keeps its figures when its words are erased, damaged, or of another record', async () => {
    const [record, other] = [recordAt(newCallId(), 1), recordAt(newCallId(), 2)];
    const [stored, foreign] = [await records.encode(record), await records.encode(other)];
    const wordsOf = (text: string): string => JSON.parse(text).words;
    const swapped = stored.replace(wordsOf(stored), wordsOf(foreign));
    const flipped = stored.replace(wordsOf(stored), flip(wordsOf(stored), 40, 1));
    const without = {
      ...record,
      reason: '',
      attempts: [{ solution: '', outcome: 'failed' }],
      askedAgain: [{ field: 'accountId', sentence: '' }],
    };
    expect(await records.decode([swapped, flipped])).toMatchObject([without, without]);
    await vault.drop([record.callId]);
    expect(await records.decode([stored])).toMatchObject([without]);
  });
});
