import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Collected } from '../../../agents/tools/collected.ts';
import { Keypad } from '../../../gateway/call/keypad.ts';
import { epoch } from '../../../infra/brand.ts';
import type { KeyGroup } from '../../../store/context/keyed.ts';
import { FakeClock, settle } from '../../world/clock.ts';

const pin = { min: 4, max: 4, timeoutMs: 30_000 };
const number = { min: 4, max: 12, timeoutMs: 30_000 };

const world = () => {
  const clock = new FakeClock();
  const groups: KeyGroup[] = [];
  const line: string[] = [];
  const outcomes: Collected[] = [];
  let speaksUntil = 0;
  const keypad = new Keypad({
    clock,
    silenceMs: () => Math.max(0, clock.now() - speaksUntil),
    onGroup: (group) => groups.push(group),
    hideLine: (backMs) => line.push(`hide ${backMs}`),
    showLine: (how) => line.push(how),
    onKeys: () => {},
    guard: (act) => act(),
  });
  return {
    clock,
    groups,
    line,
    outcomes,
    keypad,
    /** Presses keys, `everyMs` apart. */
    press: (keys: string, everyMs = 200) => {
      for (const key of keys) {
        keypad.pressed(key);
        clock.advance(everyMs);
      }
    },
    collect: (range = pin, who = 1) => void keypad.collect(epoch(who), range).then((outcome) => outcomes.push(outcome)),
    agentSpeaksFor: (spanMs: number) => {
      speaksUntil = clock.now() + spanMs;
    },
    digits: () => groups.map(({ digits, ended }) => `${digits} ${ended}`),
  };
};

describe('groups', () => {
  it('end 2 s after their last key', () => {
    const { keypad, clock, digits, press } = world();
    press('12', 1_999);
    expect([digits(), keypad.isInUse]).toEqual([[], true]);
    clock.advance(1);
    expect([digits(), keypad.isInUse, clock.pending]).toEqual([['12 pause'], false, 0]);
  });

  it('end at once with #, and leave no timer', () => {
    const { clock, digits, press } = world();
    press('12#', 10);
    expect([digits(), clock.pending]).toEqual([['12 pound'], 0]);
  });

  it('that are open when the line goes are not lost', () => {
    const { keypad, clock, digits, press } = world();
    press('12');
    keypad.end();
    keypad.end();
    expect([digits(), clock.pending]).toEqual([['12 pause'], 0]);
    press('3#');
    expect(digits()).toEqual(['12 pause']);
  });
});

describe('digits in secret', () => {
  it('end with their last one: the line is hidden from the call on until the tone has died away', async () => {
    const { keypad, line, outcomes, press, collect, groups } = world();
    collect();
    expect([line, keypad.isCollecting, keypad.isInUse]).toEqual([['hide 0'], true, true]);
    press('4711');
    await settle();
    expect(outcomes).toEqual([{ kind: 'collected', digits: '4711' }]);
    expect([line, keypad.isCollecting, keypad.isInUse, groups]).toEqual([['hide 0', 'after-key'], false, false, []]);
  });

  it('take along what was pressed before the tool was called, and what was kept of its tones is hidden', async () => {
    const { line, outcomes, press, collect, groups } = world();
    press('47', 500);
    collect();
    press('11');
    await settle();
    expect([outcomes, groups]).toEqual([[{ kind: 'collected', digits: '4711' }], []]);
    expect(line[0]).toBe('hide 1300');
  });

  it('may be waited for 10 s each; the first one from when the agent has finished', async () => {
    const { clock, outcomes, press, collect, agentSpeaksFor, line } = world();
    agentSpeaksFor(5_000);
    collect();
    clock.advance(14_999);
    press('1', 9_999);
    press('2', 9_999);
    await settle();
    expect(outcomes).toEqual([]);
    clock.advance(1);
    await settle();
    expect([outcomes, line.at(-1)]).toEqual([[{ kind: 'timed-out', count: 2 }], 'at-once']);
  });

  it('may take 30 s in all, from the first one on', async () => {
    const { clock, outcomes, press, collect } = world();
    collect({ min: 10, max: 10, timeoutMs: 30_000 });
    clock.advance(9_000);
    press('1234567', 4_999);
    await settle();
    expect(outcomes).toEqual([{ kind: 'timed-out', count: 7 }]);
    expect(clock.now()).toBeGreaterThanOrEqual(39_000);
  });

  it('are not waited for while an agent talks on and on', async () => {
    const { clock, outcomes, collect, agentSpeaksFor } = world();
    agentSpeaksFor(1_000_000);
    collect();
    clock.advance(119_999);
    await settle();
    expect(outcomes).toEqual([]);
    clock.advance(1);
    await settle();
    expect(outcomes).toEqual([{ kind: 'timed-out', count: 0 }]);
  });

  it('that may be all end after 5 s', async () => {
    const { clock, outcomes, press, collect } = world();
    collect(number);
    press('47114', 4_999);
    await settle();
    expect(outcomes).toEqual([]);
    clock.advance(1);
    await settle();
    expect(outcomes).toEqual([{ kind: 'collected', digits: '47114' }]);
  });

  it('are collected for one tool at a time', async () => {
    const { outcomes, press, collect } = world();
    collect();
    press('47');
    collect(pin, 2);
    await settle();
    expect(outcomes).toEqual([{ kind: 'under-way' }]);
    press('11');
    await settle();
    expect(outcomes[1]).toEqual({ kind: 'collected', digits: '4711' });
  });
});

describe('behind digits in secret', () => {
  it('a # or one key too many is for nobody, two seconds long; then keys are keys again', () => {
    const { clock, press, collect, digits } = world();
    collect();
    press('4711');
    press('#5', 1_900);
    clock.advance(101);
    press('6#');
    expect(digits()).toEqual(['6 pound']);
  });

  it.each([
    ['a session that is gone', (keypad: Keypad) => keypad.interrupt(epoch(1)), 'interrupted'],
    ['# too early', (keypad: Keypad) => keypad.pressed('#'), 'too-few'],
  ] as const)('%s: the rest of them is for nobody, and hidden', async (_, breaksOff, kind) => {
    const { clock, keypad, line, outcomes, press, collect, groups } = world();
    collect();
    press('47');
    breaksOff(keypad);
    await settle();
    expect(outcomes).toMatchObject([{ kind }]);
    press('11', 14_000);
    expect(groups).toEqual([]);
    expect(line).toEqual(['hide 0', 'after-key', 'hide 300', 'after-key', 'hide 300', 'after-key']);
    clock.advance(2_000);
    press('8#');
    expect(groups).toEqual([{ digits: '8', ended: 'pound' }]);
  });

  it('the same tool may ask for them again at once', async () => {
    const { outcomes, press, collect } = world();
    collect();
    press('4#');
    collect();
    press('4711');
    await settle();
    expect(outcomes).toEqual([
      { kind: 'too-few', count: 1 },
      { kind: 'collected', digits: '4711' },
    ]);
  });

  it('another session does not break them off', async () => {
    const { keypad, outcomes, press, collect } = world();
    collect();
    keypad.interrupt(epoch(2));
    press('4711');
    await settle();
    expect(outcomes).toEqual([{ kind: 'collected', digits: '4711' }]);
  });

  it('the end of the call settles them, and leaves no timer', async () => {
    const { clock, keypad, outcomes, press, collect, groups } = world();
    collect();
    press('47');
    keypad.end();
    collect();
    await settle();
    expect(outcomes).toEqual([{ kind: 'interrupted' }, { kind: 'interrupted' }]);
    expect([groups, clock.pending]).toEqual([[], 0]);
  });
});

it('a call that is taken over while digits were entered: the rest of them is for nobody', () => {
  const { keypad, groups, press } = world();
  press('11');
  keypad.distrust();
  press('47#');
  expect(groups).toEqual([]);
});

it('no digit that was entered in secret is ever in a group, and none in a group is given to a tool', async () => {
  const moves = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('key', 'key', 'key', '*', '#') },
      { weight: 2, arbitrary: fc.constantFrom('collect', 'interrupt') },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 12_000 }) },
    ),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(moves, async (story) => {
      const { clock, groups, outcomes, keypad, press, collect } = world();
      const acts: Readonly<Record<string, () => void>> = {
        collect: () => collect(number),
        interrupt: () => keypad.interrupt(epoch(1)),
        // Odd ones in secret, even ones at other times.
        key: () => press(keypad.isCollecting ? '7' : '4', 0),
        '*': () => press('*', 0),
        '#': () => press('#', 0),
      };
      for (const move of story) {
        if (typeof move === 'number') clock.advance(move);
        else acts[move]?.();
        await settle();
      }
      keypad.end();
      await settle();
      expect(groups.map(({ digits }) => digits).join('')).toMatch(/^4*$/);
      // Even ones only at the beginning: they were open when the tool was called.
      for (const outcome of outcomes) if (outcome.kind === 'collected') expect(outcome.digits).toMatch(/^4*7*$/);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 150 },
  );
});
