import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { term } from '../../infra/brand.ts';
import { openSqlite, type Sqlite } from '../../infra/sqlite.ts';
import { contextTables, SqliteContextStore } from '../../store/sqlite-context-store.ts';
import { eventAt, eventsFrom, newCallId } from '../contracts/context-store.ts';
import { FakeClock } from '../world/clock.ts';

const day = 86_400_000;

describe('SqliteContextStore on a file', () => {
  const ends: (() => unknown)[] = [];
  let path: string;
  let clock: FakeClock;
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-store-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    path = join(folder, 'throughline.db');
    clock = new FakeClock();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const open = async (): Promise<{ store: SqliteContextStore; sqlite: Sqlite }> => {
    const sqlite = openSqlite(path);
    ends.push(() => sqlite.close());
    await sqlite.run('prepare', contextTables);
    return { sqlite, store: new SqliteContextStore(sqlite, { clock, keepDays: 30 }) };
  };

  it('B28: what one process stored, the next one claims; the first one is fenced', async () => {
    const call = newCallId();
    const { store: before } = await open();
    await before.claim(call, 'node-a');
    await before.append({ callId: call, term: term(1), owner: 'node-a', events: eventsFrom(1, 3) });
    const { store: after } = await open();
    expect(await after.claim(call, 'node-b')).toEqual({ kind: 'claimed', term: 2, events: eventsFrom(1, 3) });
    const late = await before.append({ callId: call, term: term(1), owner: 'node-a', events: eventsFrom(4, 1) });
    expect(late).toEqual({ kind: 'stale', term: 2, owner: 'node-b' });
  });

  it('C Bundle: tells of events that are damaged or missing, keeps the others, and goes on behind them', async () => {
    const call = newCallId();
    const { store, sqlite } = await open();
    await store.claim(call, 'node-a');
    await store.append({ callId: call, term: term(1), owner: 'node-a', events: eventsFrom(1, 4) });
    await sqlite.run('spoil', [
      { sql: "UPDATE context_event SET event = 'garbage' WHERE seq = 4" },
      { sql: 'DELETE FROM context_event WHERE seq = 2' },
    ]);
    const damage = { unreadable: 2, lastSeq: 4 };
    const events = [eventAt(1), eventAt(3)];
    expect(await store.load(call)).toEqual({ callId: call, term: 1, owner: 'node-a', events, damage });
    expect(await store.claim(call, 'node-b')).toEqual({ kind: 'claimed', term: 2, events, damage });
    expect(await store.append({ callId: call, term: term(2), owner: 'node-b', events: eventsFrom(5, 1) })).toEqual({
      kind: 'appended',
    });
  });

  it('forgets a call 30 days after its last append, with its events, when another one is claimed', async () => {
    const [old, kept] = [newCallId(), newCallId()];
    const { store, sqlite } = await open();
    for (const call of [old, kept]) {
      await store.claim(call, 'node-a');
      await store.append({ callId: call, term: term(1), owner: 'node-a', events: eventsFrom(1, 2) });
    }
    clock.advance(29 * day);
    await store.append({ callId: kept, term: term(1), owner: 'node-a', events: eventsFrom(3, 1) });
    clock.advance(2 * day);
    await store.claim(newCallId(), 'node-a');
    expect(await store.load(old)).toBeUndefined();
    expect((await store.load(kept))?.events).toEqual(eventsFrom(1, 3));
    const [rows] = await sqlite.run('count', [{ sql: 'SELECT count(*) AS events FROM context_event' }]);
    expect(rows).toEqual([{ events: 3 }]);
  });
});
