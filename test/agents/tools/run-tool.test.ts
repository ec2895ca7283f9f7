import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { tool } from '../../../agents/definition.ts';
import { earlierOutput, earlierResult, runTool } from '../../../agents/tools/run-tool.ts';
import { type CallId, parseCallId } from '../../../infra/brand.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import { type BundleToolCall, emptyBundle } from '../../../store/context/bundle.ts';
import type { Json, ToolEffect } from '../../../store/context/event.ts';
import { FakeClock, settle } from '../../world/clock.ts';

const callId = parseCallId(`CA${'0'.repeat(32)}`) as CallId;
const call = { callId, from: '+15550100', agent: 'support', facts: { accountId: 'A-7' }, sendDigits() {} };
const any = z.looseObject({});

const setting = () => ({ clock: new FakeClock(), signal: new AbortController().signal, call });
const toolWith = (run: () => unknown, effect: ToolEffect = 'reads') =>
  tool({ description: 'd', input: any, effect, timeoutMs: 2_000, run });
const never = () => new Promise<never>(() => {});

test('the tool gets its arguments, a signal and the call; its result teaches', async () => {
  const greet = tool({
    description: 'd',
    input: z.object({ name: z.string(), times: z.number().default(1) }),
    effect: 'reads',
    run: ({ name, times }, context) => ({
      name,
      times,
      known: context.call.facts['accountId'],
      ended: context.signal.aborted,
    }),
    learns: ({ name }) => ({ name, unknown: undefined }),
  });
  const world = setting();
  expect(await runTool({ tool: greet, arguments: { name: 'Ada' }, ...world })).toEqual({
    status: 'ok',
    result: { name: 'Ada', times: 1, known: 'A-7', ended: false },
    output: '{"name":"Ada","times":1,"known":"A-7","ended":false}',
    facts: [{ type: 'fact-learned', key: 'name', value: 'Ada', source: 'tool', verified: true }],
  });
  expect(world.clock.pending).toBe(0);
});

describe('time limit and end of the call', () => {
  test.each<[ToolEffect, string]>([
    ['reads', 'timeout'],
    ['writes', 'unknown'],
    ['irreversible', 'unknown'],
  ])('a hanging tool that %s ends as %s, and its signal aborts', async (effect, status) => {
    const world = setting();
    let seen: AbortSignal | undefined;
    const hanging = tool({
      description: 'd',
      input: any,
      effect,
      timeoutMs: 2_000,
      run: (_, { signal }) => {
        seen = signal;
        return never();
      },
    });
    const running = runTool({ tool: hanging, arguments: {}, ...world });
    await settle();
    world.clock.advance(1_999);
    expect(seen?.aborted).toBe(false);
    world.clock.advance(1);
    expect(await running).toMatchObject({ status, facts: [] });
    expect(seen?.aborted).toBe(true);
    expect(world.clock.pending).toBe(0);
  });

  test('what comes after the time limit is dropped, also when it throws', async () => {
    for (const late of [() => 'late', () => Promise.reject(new Error('late'))]) {
      const world = setting();
      const slow = toolWith(() => new Promise((resolve) => setImmediate(resolve)).then(late));
      const running = runTool({ tool: slow, arguments: {}, ...world });
      world.clock.advance(2_000);
      expect(await running).toMatchObject({ status: 'timeout' });
      await settle();
      await settle();
    }
  });

  test.each<[ToolEffect, string]>([
    ['reads', 'error'],
    ['irreversible', 'unknown'],
  ])('when the call ends, a tool that %s ends as %s', async (effect, status) => {
    const ending = new AbortController();
    const world = { ...setting(), signal: ending.signal };
    const running = runTool({ tool: toolWith(never, effect), arguments: {}, ...world });
    ending.abort();
    expect(await running).toMatchObject({ status });
    expect(world.clock.pending).toBe(0);
  });

  test('a call that is over runs nothing', async () => {
    let ran = false;
    const spy = toolWith(() => {
      ran = true;
    });
    expect(await runTool({ tool: spy, arguments: {}, ...setting(), signal: AbortSignal.abort() })).toMatchObject({
      status: 'error',
    });
    expect(ran).toBe(false);
  });
});

describe('throwing', () => {
  test.each<[string, () => unknown, string, string]>([
    ['an Error', () => Promise.reject(new Error('no such account')), 'error', 'no such account'],
    [
      'at once',
      () => {
        throw new Error('boom');
      },
      'error',
      'boom',
    ],
    ['undefined', () => Promise.reject(undefined), 'error', 'The tool failed.'],
    ['with a code', () => Promise.reject(new ThroughlineError('not-found', 'None.')), 'error', 'not-found'],
    [
      'an unknown outcome',
      () => Promise.reject(new ThroughlineError('outcome-unknown', 'Lost.')),
      'unknown',
      'outcome-unknown',
    ],
    ['a secret', () => Promise.reject(new Error(`key sk-${'a'.repeat(20)} is bad`)), 'error', 'key [redacted] is bad'],
  ])('%s is a typed error for the model', async (...[, run, status, words]) => {
    const report = await runTool({ tool: toolWith(run), arguments: {}, ...setting() });
    expect(report).toMatchObject({ status, output: expect.stringContaining(words), facts: [] });
  });

  test.each<[string, () => unknown, boolean | undefined]>([
    ['yes', () => true, true],
    ['no', () => false, false],
    ['that it does not tell', () => undefined, undefined],
    ['a promise, which comes too late', () => Promise.resolve(true), undefined],
    ['something else', () => 'yes', undefined],
  ])('what a tool says of a solution: %s', async (_, verified, solved) => {
    const checks = {
      ...tool({ description: 'd', input: any, effect: 'reads', run: () => 1 }),
      run: async () => ({ result: 1, learned: () => ({}), verified: verified as () => boolean | undefined }),
    };
    const report = await runTool({ tool: checks, arguments: {}, ...setting() });
    expect(report.solved).toBe(solved);
    expect(Object.hasOwn(report, 'solved')).toBe(solved !== undefined);
  });

  test('verifies sees the result; a tool without it, or that failed, says nothing of a solution', async () => {
    const about = { description: 'd', input: z.object({ status: z.number() }), effect: 'reads' } as const;
    const checks = tool({ ...about, run: ({ status }) => ({ status }), verifies: ({ status }) => status < 400 });
    const seen = async (status: number) => (await runTool({ tool: checks, arguments: { status }, ...setting() })).solved;
    expect([await seen(200), await seen(401)]).toEqual([true, false]);
    expect(await runTool({ tool: toolWith(() => 1), arguments: {}, ...setting() })).not.toHaveProperty('solved');
    const fails = tool({ ...about, run: () => Promise.reject(new Error('no')), verifies: () => true });
    expect(await runTool({ tool: fails, arguments: { status: 1 }, ...setting() })).not.toHaveProperty('solved');
  });

  test('verifies that throws costs nothing but its word; each that throws is told', async () => {
    const throws = () => {
      throw new Error('bad');
    };
    const about = { description: 'd', input: any, effect: 'reads', run: () => 1 } as const;
    const faults: string[] = [];
    const both = tool({ ...about, learns: throws, verifies: throws });
    const report = await runTool({
      tool: both,
      arguments: {},
      ...setting(),
      onFault: (part) => faults.push(part),
    });
    expect(report).toEqual({ status: 'ok', result: 1, output: '1', facts: [] });
    expect(faults).toEqual(['learns', 'verifies']);
    expect(await runTool({ tool: both, arguments: {}, ...setting() })).toMatchObject({ status: 'ok' });
  });

  test('learns that throws costs nothing but the facts', async () => {
    const teacher = tool({
      description: 'd',
      input: any,
      effect: 'reads',
      run: () => 1,
      learns: () => {
        throw new Error('bad');
      },
    });
    expect(await runTool({ tool: teacher, arguments: {}, ...setting() })).toMatchObject({
      status: 'ok',
      result: 1,
      facts: [],
    });
  });
});

const cyclic: Record<string, unknown> = { a: 1 };
cyclic['self'] = cyclic;
const trap = {
  good: 1,
  get bad() {
    throw new Error('trap');
  },
};
const deep = (levels: number, core: Json = 1): Json => Array.from({ length: levels }).reduce<Json>((inner) => [inner], core);

describe('results', () => {
  test.each<[string, unknown, Json]>([
    ['undefined', undefined, null],
    ['a function', () => 1, '[function]'],
    ['a symbol', Symbol('x'), '[symbol]'],
    ['BigInt', { n: 2n ** 60n }, { n: '1152921504606846976' }],
    ['NaN', [Number.NaN, Number.POSITIVE_INFINITY], ['NaN', 'Infinity']],
    ['cyclic', cyclic, { a: 1, self: '[circular]' }],
    ['a getter that throws', trap, { good: 1, bad: '[unreadable]' }],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('x');
          },
        },
      ),
      '[unreadable]',
    ],
    ['a buffer', { data: Buffer.alloc(10) }, { data: '[binary, 10 bytes]' }],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an error', new Error('x'), 'Error: x'],
    ['map and set', { m: new Map([['k', 1]]), s: new Set([1]) }, { m: { k: 1 }, s: [1] }],
    [
      'toJSON that throws is not called',
      {
        toJSON: () => {
          throw new Error('x');
        },
        a: 1,
      },
      { a: 1 },
    ],
    ['a prototype key', JSON.parse('{"__proto__":{"admin":1},"a":1}'), { a: 1 }],
    ['what is deeper than 32', deep(33), deep(32, '[too deep]')],
    ['secrets', { password: 'hunter2', t: `Bearer ${'b'.repeat(20)}` }, { password: '[redacted]', t: '[redacted]' }],
    ['half a surrogate pair', '\uD83D', '\uFFFD'],
    [
      'the same thing twice is no cycle',
      (() => {
        const x = { a: 1 };
        return [x, x];
      })(),
      [{ a: 1 }, { a: 1 }],
    ],
  ])('%s', async (_, value, json) => {
    const report = await runTool({ tool: toolWith(() => value), arguments: {}, ...setting() });
    expect(report).toMatchObject({ status: 'ok', output: JSON.stringify(json) });
    expect(report.result).toEqual(json);
  });

  test.each<[string, unknown]>([
    ['10 MB of text', 'x'.repeat(10_000_000)],
    ['many fields', Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, index]))],
    ['quotes', Array.from({ length: 10_000 }, () => '"\\"')],
    ['wide letters', '🦊'.repeat(100_000)],
    ['depth', deep(10_000)],
  ])('%s fits into 32 KiB and stays JSON', async (_, value) => {
    const { output, result } = await runTool({ tool: toolWith(() => value), arguments: {}, ...setting() });
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(32_768);
    expect(JSON.parse(output)).toEqual(result);
  });
});

describe('results that would hold everybody up', () => {
  /** Counts what is read of it. */
  class Read<Value> extends Set<Value> {
    count = 0;
    override *[Symbol.iterator](): SetIterator<Value> {
      for (const value of super.values()) {
        this.count += 1;
        yield value;
      }
    }
  }
  class ReadMap<Value> extends Map<string, Value> {
    count = 0;
    override *[Symbol.iterator](): MapIterator<[string, Value]> {
      for (const entry of super.entries()) {
        this.count += 1;
        yield entry;
      }
    }
  }

  test('of a million entries no more are read than fit', async () => {
    const numbers = Array.from({ length: 200_000 }, (_, index) => index);
    const set = new Read(numbers);
    const map = new ReadMap(numbers.map((index) => [`k${index}`, index]));
    for (const value of [set, map]) await runTool({ tool: toolWith(() => value), arguments: {}, ...setting() });
    expect(Math.max(set.count, map.count)).toBeLessThanOrEqual(20_000);
    expect(Math.min(set.count, map.count)).toBeGreaterThan(1_000);
  });

  test('a tool teaches no more than a hundred facts, and no more than one result is long', async () => {
    const teaches = (count: number, length: number) =>
      tool({
        description: 'd',
        input: any,
        effect: 'reads',
        run: () => ({}),
        learns: () => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'x'.repeat(length)])),
      });
    const facts = async (count: number, length: number) =>
      (await runTool({ tool: teaches(count, length), arguments: {}, ...setting() })).facts;
    expect(await facts(500, 3)).toHaveLength(100);
    expect(JSON.stringify(await facts(100, 20_000)).length).toBeLessThan(80_000);
  });

  test('facts that can not be read cost nothing but themselves', async () => {
    const learns = () => ({
      get tier(): string {
        throw new Error('x');
      },
      name: 'Ada',
    });
    const taught = tool({ description: 'd', input: any, effect: 'reads', run: () => ({}), learns });
    const { status, facts } = await runTool({ tool: taught, arguments: {}, ...setting() });
    expect([status, facts.at(-1)]).toMatchObject(['ok', { key: 'name', value: 'Ada' }]);
  });

  test('secrets are found wherever a word begins, and texts that only look like them cost no time', async () => {
    const token = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(20)}`;
    const value = [`Token: ${token}`, `t=${token}`, `session-${token}`, '-eyJ'.repeat(4_000), 'a.eyJ'.repeat(3_000)];
    const { output } = await runTool({ tool: toolWith(() => value), arguments: {}, ...setting() });
    expect(output).not.toContain('eyJaaa');
    expect(output).toContain('-eyJ-eyJ');
  });
});

describe('an irreversible tool runs once', () => {
  const past = (changes: Partial<BundleToolCall>): BundleToolCall => ({
    toolCallId: 'c1',
    name: 'reset',
    arguments: { id: 'A', opts: { x: 1, y: 2 } },
    effect: 'irreversible',
    agent: 'support',
    at: new FakeClock().wall(),
    status: 'ok',
    result: { prefix: 'first' },
    ...changes,
  });
  const found = (args: Json, ...calls: BundleToolCall[]) =>
    earlierResult({ ...emptyBundle(callId), toolCalls: calls }, 'reset', args)?.toolCallId;
  const same = { opts: { y: 2, x: 1 }, id: 'A' };

  test.each<[string, Partial<BundleToolCall>, string | undefined]>([
    ['the same, its fields in another order', {}, 'c1'],
    ['by another agent', { agent: 'technical' }, 'c1'],
    ['still running', { status: 'running' }, 'c1'],
    ['unknown outcome', { status: 'unknown' }, 'c1'],
    ['surely failed', { status: 'error' }, undefined],
    ['other arguments', { arguments: { id: 'B' } }, undefined],
    ['another tool', { name: 'refund' }, undefined],
    ['a reader', { effect: 'reads' }, undefined],
  ])('%s', (_, changes, wanted) => {
    expect(found(same, past(changes))).toBe(wanted);
  });

  test('a success counts before an unknown', () => {
    expect(found(same, past({ toolCallId: 'c0', status: 'unknown' }), past({}))).toBe('c1');
  });

  test.each([
    ['ok', 'first'],
    ['running', 'under-way'],
    ['unknown', 'outcome-unknown'],
  ] as const)('the model is told of %s', (status, words) => {
    expect(earlierOutput(past({ status }))).toContain(words);
  });
});
