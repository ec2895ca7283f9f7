import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseCallId, term, wallTime } from '../../../infra/brand.ts';
import { decodeLog, encodeEvent } from '../../../store/context/wire.ts';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { openStores } from '../../../store/stores.ts';
import { FakeClock } from '../../world/clock.ts';
import { type Arm, sampleLine, withContext, without } from './arms.ts';
import { fillStore } from './fill.ts';
import { openPlace } from './place.ts';
import { progressOn } from './progress.ts';
import { daysBefore, isSampleCall, type SampleCall, sampleWeek } from './week.ts';

const now = Date.UTC(2026, 10, 28, 9, 30);
const weekOf = (calls: number, seed = 1) => sampleWeek({ seed, calls, now });
const folder = mkdtempSync(join(tmpdir(), 'throughline-week-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent = { info: () => {}, warn: () => {} };

describe('a synthetic week', () => {
  const week = weekOf(600);

  test('is the same for the same seed, and another for another', () => {
    expect(weekOf(600)).toEqual(week);
    expect(weekOf(600, 2)).not.toEqual(week);
  });

  test('has as many calls as were asked for, each marked, in the seven full days before now', () => {
    expect(daysBefore(now)).toEqual({ from: '2026-11-21', to: '2026-11-27' });
    expect(new Set(week.map(({ callId }) => callId)).size).toBe(600);
    for (const { callId, startedAt, events } of week) {
      expect(isSampleCall(callId)).toBe(true);
      expect(startedAt).toBeGreaterThanOrEqual(Date.UTC(2026, 10, 21));
      expect(startedAt).toBeLessThan(Date.UTC(2026, 10, 28));
      expect(events[0]).toMatchObject({ type: 'call-started', at: startedAt, ivr: { synthetic: 'true' } });
      expect(events[0]).toHaveProperty('line', expect.stringContaining(sampleLine));
      expect(events.at(-1)?.type).toBe('call-ended');
    }
  });

  test('its logs are as stores hold logs: no gap, never back in time, and every event can be read', () => {
    for (const { events } of week) {
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted((one, other) => one - other));
      expect(decodeLog(events.map(encodeEvent))).toEqual({ events });
    }
  });

  test('has some of all that happens on a line', () => {
    const types = new Set(week.flatMap(({ events }) => events.map(({ type }) => type)));
    const rare = [
      'call-turned-away',
      'handoff-refused',
      'handoff-failed',
      'transfer-failed',
      'transfer-ended',
      'asked-again',
    ];
    expect(rare.filter((type) => ![...types].some((known) => known === type))).toEqual([]);
    expect(Map.groupBy(week, ({ from }) => from).size).toBeLessThan(590);
  });

  test('callers are of one arm or the other', () => {
    const hidden = '+266696687';
    for (const calls of Map.groupBy(week, ({ from }) => from).values())
      if (calls[0]?.from !== hidden) expect(new Set(calls.map(({ arm }) => arm)).size).toBe(1);
  });
});

test('what is called measured stands in docs/handoffs.md', () => {
  const rows = readFileSync(new URL('../../../docs/handoffs.md', import.meta.url), 'utf8').split('\n');
  for (const { way, carried, deadAirMs } of [without.handsOver, withContext.handsOver, withContext.foreseen].flatMap(
    (measured) => measured ?? [],
  )) {
    const cells = rows.find((row) => row.startsWith(`| ${way} |`))?.split(' | ') ?? [];
    expect([cells[1], ...cells.slice(4, 7)]).toEqual([
      `${(100 * carried).toFixed(1)} %`,
      `${deadAirMs.p50} ms`,
      `${deadAirMs.p99} ms`,
      `${deadAirMs.unbridged} ms`,
    ]);
  }
});

const countOf = (calls: readonly SampleCall[], type: string): number =>
  calls.reduce((sum, { events }) => sum + events.filter((event) => event.type === type).length, 0);

const callsWith = (calls: readonly SampleCall[], type: string): number =>
  calls.filter((call) => countOf([call], type) > 0).length;

test('the figures of a week are what one counts in its logs, and the arms differ as they should', async () => {
  const clock = new FakeClock();
  const stores = await openStores({ kind: 'sqlite', path: ':memory:' }, { clock, log: silent });
  const week = weekOf(300);
  let steps = 0;
  await fillStore(stores, week, () => {
    steps += 1;
  });
  const read = figuresFrom(stores.tallies, () => wallTime(now));
  const figuresOf = ({ line }: Arm) => read({ ...daysBefore(now), line });
  for (const arm of [without, withContext]) {
    const calls = week.filter((call) => call.arm === arm);
    const { all, handoffs, tools, categories } = await figuresOf(arm);
    expect(all.turnedAway).toBe(countOf(calls, 'call-turned-away'));
    expect(all.calls + all.turnedAway).toBe(calls.length);
    expect(handoffs.committed.n).toBe(countOf(calls, 'handoff-committed'));
    expect(handoffs.refused).toBe(countOf(calls, 'handoff-refused'));
    expect(handoffs.failed).toBe(countOf(calls, 'handoff-failed'));
    expect(all.askedAgain.n).toBe(callsWith(calls, 'asked-again'));
    expect(all.transferred.n).toBe(callsWith(calls, 'transfer-accepted'));
    expect(all.handedOff.n).toBe(callsWith(calls, 'handoff-committed'));
    expect(all.resolved.of).toBeGreaterThanOrEqual(callsWith(calls, 'solution-verified'));
    expect(tools.reduce((sum, { uses }) => sum + uses, 0)).toBe(countOf(calls, 'tool-called'));
    expect(categories.reduce((sum, category) => sum + category.calls, 0)).toBe(all.calls);
  }
  const [before, after] = [await figuresOf(without), await figuresOf(withContext)];
  expect(before.handoffs.helpfulMs.p50).toBeGreaterThan(5_000);
  expect(after.handoffs.helpfulMs.p50).toBeLessThan(1_500);
  expect(before.handoffs.askedAgain.share).toBeGreaterThan(0.5);
  expect(after.handoffs.askedAgain.share).toBeLessThan(0.1);
  expect(steps).toBe(600);
  const endingIn = (last: string) =>
    week.filter(({ events }) => events.findLast(({ type }) => type === last || type === 'caller-said')?.type === last);
  const solvedByPeople = endingIn('transfer-ended').filter(({ events }) =>
    events.some((event) => event.type === 'transfer-ended' && event.verdict === 'solved'),
  );
  expect(solvedByPeople.length).toBeGreaterThan(2);
  for (const { callId } of solvedByPeople) {
    const record = await stores.calls.get(callId);
    expect(record).toMatchObject({ solvedBy: record?.resolution.repeatedAt === null ? 'human' : null, contained: false });
  }
  const inVain = endingIn('transfer-failed');
  expect(inVain.length).toBeGreaterThan(0);
  for (const { callId } of inVain) expect(await stores.calls.get(callId)).toMatchObject({ contained: false });
  expect(await stores.contexts.unfinished({ untouchedForMs: 0, limit: 200 })).toEqual([]);
  await stores.close();
});

describe('where it goes', () => {
  const urlOf = (name: string) => `sqlite:${join(folder, name)}`;
  const callId = parseCallId(`CA${'7'.repeat(32)}`);

  test('not among calls of people, unless somebody says yes', async () => {
    const url = urlOf('people.db');
    const { stores } = await openPlace(url, false);
    if (callId === undefined) throw new Error('no call id');
    const event = { type: 'sentiment-noticed', sentiment: 'calm', seq: 1, term: term(1), at: wallTime(now) } as const;
    await stores.contexts.append({ callId, term: term(1), owner: 'somebody', events: [event] });
    await stores.close();
    await expect(openPlace(url, false)).rejects.toThrow(/people.db has calls that are no sample.*--yes/);
    const agreed = await openPlace(url, true);
    expect((await agreed.stores.contexts.load(callId))?.events).toEqual([event]);
    await agreed.stores.close();
  });

  test('not on top of another week, but for the usual file', async () => {
    const url = urlOf('week.db');
    const { stores } = await openPlace(url, false);
    await fillStore(stores, weekOf(3), () => {});
    await stores.close();
    await expect(openPlace(url, false)).rejects.toThrow(/has a sample week already/);
  });

  test('a store that is none is named in words', async () => {
    await expect(openPlace('mysql://x', false)).rejects.toThrow(/--store: not a store; write sqlite:PATH/);
  });
});

test('progress is a bar on a terminal, and a line for every tenth elsewhere', () => {
  const shown = (isTTY: boolean): readonly string[] => {
    const written: string[] = [];
    const step = progressOn({ isTTY, write: (text) => written.push(text) }, { what: '25 calls', steps: 50 });
    for (let done = 0; done < 50; done += 1) step();
    return written;
  };
  expect(shown(false)).toHaveLength(10);
  expect(shown(false)[0]).toBe('demo: 25 calls: 10 %\n');
  expect(shown(true)).toHaveLength(50);
  expect(shown(true).at(-1)).toBe(`\r25 calls [${'#'.repeat(40)}] 100 %\n`);
});

describe('npm run demo -- --week', () => {
  const run = async (...flags: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    const cwd = join(import.meta.dirname, '..', '..', '..');
    const child = spawn(process.execPath, ['infra/run.cjs', 'test/demo.ts', '--week', ...flags], { cwd });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (piece) => {
      output.stdout += piece;
    });
    child.stderr.on('data', (piece) => {
      output.stderr += piece;
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, ...output };
  };

  test('--json prints one object with what is in the store', async () => {
    const store = `sqlite:${join(folder, 'child.db')}`;
    const { code, stdout } = await run('--json', '--calls', '200', '--store', store);
    const report = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(report).toMatchObject({
      calls: 200,
      suggestions: expect.any(Array),
      note: expect.stringMatching(/^A simulation/),
    });
    const { without: before, withContext: after } = report.figures;
    expect(report.handoffs).toBe(before.handoffs.requested + after.handoffs.requested);
    expect(report.handoffs).toBeGreaterThan(50);
    expect(report.assumptions.join('\n')).toContain('assumed, not measured:');
    const again = await run('--calls', '10', '--store', store);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('has a sample week already') });
  }, 120_000);

  test('prints in its first line what it is', async () => {
    const { code, stdout } = await run('--calls', '20', '--store', `sqlite:${join(folder, 'text.db')}`);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^A simulation: .* proves nothing about real callers/);
    expect(stdout).toContain(`STORE=sqlite:${join(folder, 'text.db')} npm start`);
  }, 120_000);
});
