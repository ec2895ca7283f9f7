import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Backlog, type BacklogLimits } from '../../../gateway/call/backlog.ts';
import { Journal } from '../../../gateway/call/journal.ts';
import { gatewayMetrics } from '../../../gateway/metrics.ts';
import type { ContextFact, Json, ToolEffect } from '../../../store/context/event.ts';
import { foldCall } from '../../../store/context/fold.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { newCallId } from '../../contracts/context-store.ts';
import { FakeClock } from '../../world/clock.ts';
import { FaultyStore, memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const said = (turn: number, length: number): ContextFact => ({
  type: 'caller-said',
  turn: `t${turn}`,
  text: `${turn} `.padEnd(length, 'word '),
});
const called = (id: string, effect: ToolEffect, value: Json = {}): ContextFact => ({
  type: 'tool-called',
  tool: 'look',
  toolCallId: id,
  agent: 'support',
  arguments: value,
  effect,
});
const returned = (id: string, result: Json): ContextFact => ({
  type: 'tool-returned',
  tool: 'look',
  toolCallId: id,
  status: 'ok',
  result,
  durationMs: 5,
});
const long = (length: number): Json => ({ rows: 'x'.repeat(length) });

const process = (limits: BacklogLimits) => {
  const clock = new FakeClock();
  const store = new FaultyStore(sqlite);
  const metrics = gatewayMetrics();
  const lines: string[] = [];
  const write = (_: object, text: string) => void lines.push(text);
  const backlog = new Backlog({ clock, metrics, limits, log: { info: write, error: write } });
  const journalOf = (callId = newCallId()) => {
    const ignore = () => {};
    const options = { callId, owner: 'node-1', store, clock, backlog };
    return new Journal({ ...options, onSuperseded: ignore, onTrouble: ignore, onEvent: ignore, onFact: ignore });
  };
  const gauge = async (name: string) =>
    Number(new RegExp(`^${name}(?:{.*})? (\\d+)`, 'm').exec(await metrics.text())?.[1] ?? 'NaN');
  const back = async (journal: Journal) => {
    store.line = 'good';
    const stored = journal.stored(600_000);
    await vi.waitFor(async () => {
      clock.advance(2_000);
      expect(await Promise.race([stored, 'waits'])).toBe(true);
    });
    return (await sqlite.load(journal.callId))?.events ?? [];
  };
  return { clock, store, lines, backlog, journalOf, gauge, back };
};

const small: BacklogLimits = { perCall: 100_000, perProcess: 10_000_000 };

describe('B45: a store that is away for ten minutes', () => {
  it('costs nothing of a usual call, is told of once, and all is stored in order, once', async () => {
    const { clock, store, lines, backlog, journalOf, gauge, back } = process({
      perCall: 5_000_000,
      perProcess: 256_000_000,
    });
    const journal = journalOf();
    await journal.claim();
    store.line = 'away';
    const sent: ContextFact[] = [];
    for (let second = 0; second < 600; second += 1) {
      const fact = second % 10 === 0 ? returned(`r${second}`, long(3_000)) : said(second, 80);
      sent.push(fact);
      journal.note(fact);
      await clock.run(1_000, 1_000);
    }
    expect(journal.bundle.version).toBe(600);
    expect(backlog.size).toBeGreaterThan(100_000);
    expect([await gauge('throughline_crash_survival_suspended'), backlog.isSuspended]).toEqual([1, true]);
    expect(lines.filter((text) => text.startsWith('the store does not take calls'))).toHaveLength(10); // once a minute
    const events = await back(journal);
    expect(events.map(({ seq }) => seq)).toEqual(sent.map((_, index) => index + 1));
    expect(events).toMatchObject(sent);
    expect([backlog.size, backlog.isSuspended]).toEqual([0, false]);
    expect([await gauge('throughline_crash_survival_suspended'), await gauge('throughline_backlog_bytes')]).toEqual([0, 0]);
    expect(lines.at(-1)).toBe('the store takes calls again');
  });

  it('one claim or append that fails makes no process unready', async () => {
    const { store, clock, backlog, journalOf, back } = process(small);
    const journal = journalOf();
    await journal.claim();
    store.line = 'away';
    journal.note(said(1, 10));
    await clock.run(100, 50);
    expect(backlog.isSuspended).toBe(false);
    await back(journal);
  });
});

describe('what waits of one call', () => {
  it('is nothing once a call is over that was never granted: the process is ready again', async () => {
    const { store, clock, backlog, journalOf } = process(small);
    store.line = 'away';
    let isOver = false;
    const claimed = journalOf().claim(() => isOver);
    await clock.run(6_000, 100);
    expect(backlog.isSuspended).toBe(true);
    isOver = true;
    await clock.run(3_000, 100);
    await claimed;
    expect(backlog.isSuspended).toBe(false);
  });

  it('is bounded: long results go first, down to what a briefing has room for, and the log says so', async () => {
    const { store, clock, backlog, journalOf, back } = process(small);
    const journal = journalOf();
    await journal.claim();
    store.line = 'away';
    journal.note(said(0, 300));
    for (let number = 0; number < 10; number += 1) {
      journal.note(called(`c${number}`, 'reads'));
      journal.note(returned(`c${number}`, long(20_000)));
      await clock.run(1_000, 500);
      expect(backlog.size).toBeLessThanOrEqual(small.perCall);
    }
    const events = await back(journal);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const results = events.flatMap((event) => (event.type === 'tool-returned' ? [JSON.stringify(event.result).length] : []));
    expect(results).toHaveLength(10);
    expect(results[0]).toBeLessThan(1_700);
    expect(results[0]).toBeGreaterThan(1_500);
    expect(results.at(-1)).toBeGreaterThan(20_000); // the newest is whole
    expect(events[0]).toMatchObject(said(0, 300));
    const told = events.filter((event) => event.type === 'log-condensed');
    expect(told.length).toBeGreaterThan(0);
    expect(told.reduce((sum, { results }) => sum + results, 0)).toBe(results.filter((size) => size < 2_000).length);
    // Whoever serves it knows what whoever takes it up would know.
    expect(journal.bundle).toEqual(foldCall(journal.callId, events));
  });

  it('keeps what decides how the call goes on, whatever else goes', async () => {
    const { store, backlog, journalOf, back } = process({ perCall: 20_000, perProcess: 10_000_000 });
    const journal = journalOf();
    await journal.claim();
    store.line = 'away';
    const order = long(3_000);
    const fact = { type: 'fact-learned', key: 'plan', value: 'y'.repeat(2_000), source: 'tool', verified: true } as const;
    const kept: readonly ContextFact[] = [called('w', 'irreversible', order), fact];
    for (const each of kept) journal.note(each);
    journal.note(returned('w', long(3_000)));
    for (let turn = 0; turn < 60; turn += 1) journal.note(said(turn, 900));
    expect(backlog.size).toBeLessThanOrEqual(20_000);
    const events = await back(journal);
    expect(events.slice(0, 2)).toMatchObject(kept);
    expect(events[2]).toMatchObject({ type: 'tool-returned', toolCallId: 'w', status: 'ok' });
    expect(events.filter(({ type }) => type === 'caller-said')).toHaveLength(60);
  });

  it('is not gone through for every event when nothing more can go', async () => {
    const { store, journalOf, backlog } = process({ perCall: 5_000, perProcess: 10_000_000 });
    const journal = journalOf();
    await journal.claim();
    store.line = 'away';
    for (let number = 0; number < 3_000; number += 1) journal.note({ type: 'digit-pressed', digit: '1' });
    expect(journal.bundle.version).toBe(3_000); // nothing to shorten: nothing is lost, and nothing is told
    expect(backlog.size).toBeGreaterThan(5_000);
  });
});

describe('what waits of all calls of a process', () => {
  it('is bounded, also by calls that are over; each gives its share', async () => {
    const limits = { perCall: 1_000_000, perProcess: 300_000 };
    const { store, backlog, journalOf, back } = process(limits);
    const journals = Array.from({ length: 10 }, () => journalOf());
    for (const journal of journals) await journal.claim();
    store.line = 'away';
    for (const journal of journals)
      for (let number = 0; number < 4; number += 1) {
        journal.note(called(`c${number}`, 'reads'));
        journal.note(returned(`c${number}`, long(12_000)));
        expect(backlog.size).toBeLessThanOrEqual(limits.perProcess);
      }
    const logs = await Promise.all(journals.map(back));
    for (const events of logs) expect(events.filter(({ type }) => type === 'tool-returned')).toHaveLength(4);
    expect(logs.filter((events) => events.some(({ type }) => type === 'log-condensed')).length).toBeGreaterThan(1);
    expect(backlog.size).toBe(0);
  });

  it('counts no call that is handed over or given up', async () => {
    const { store, backlog, journalOf } = process(small);
    const [one, two] = [journalOf(), journalOf()];
    store.line = 'away';
    one.note(said(1, 500));
    const before = backlog.size;
    two.inherit(one.handOver());
    expect([before > 500, backlog.size]).toEqual([true, before]);
    two.abandon();
    expect(backlog.size).toBe(0);
  });
});
