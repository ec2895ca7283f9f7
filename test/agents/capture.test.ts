import { describe, expect, test } from 'vitest';
import { checkLine } from '../../agents/check-line.ts';
import { type CaptureSpec, capture, type RunContext, type ToolDefinition } from '../../agents/definition.ts';
import { supportLine } from '../../agents/line.ts';
import { toolDeclarations } from '../../agents/tools/built-in.ts';
import { maskDigits } from '../../agents/tools/mask-digits.ts';
import { runTool } from '../../agents/tools/run-tool.ts';
import { type CallId, parseCallId } from '../../infra/brand.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import { FakeClock } from '../world/clock.ts';

const callId = parseCallId(`CA${'0'.repeat(32)}`) as CallId;
const call = { callId, from: '+15550100', agent: 'support', facts: {}, sendDigits() {} };
const about = { description: 'Check the PIN.', length: 4 } as const;

const run = (captures: ToolDefinition, digits?: string) =>
  runTool({
    tool: captures,
    arguments: {},
    clock: new FakeClock(),
    signal: new AbortController().signal,
    call,
    ...(digits === undefined ? {} : { digits }),
  });

describe('a capture', () => {
  test('says how many digits came, and nothing of them', async () => {
    expect(await run(capture(about), '4711')).toEqual({
      status: 'ok',
      result: { collected: 4 },
      output: '{"collected":4}',
      facts: [],
    });
  });

  test('gives its check the digits and the context of a tool, which has none', async () => {
    const seen: (readonly [string, RunContext])[] = [];
    await run(capture({ ...about, check: (...given) => seen.push(given) }), '4711');
    expect(seen[0]).toEqual(['4711', { call, signal: expect.any(AbortSignal) }]);
  });

  test('tells what its check returns and teaches, masked', async () => {
    const check = (digits: string) => ({
      pin: digits,
      asNumber: 4711,
      url: `https://x.example/?pin=${digits}&a=1`,
      list: [[digits]],
      [digits]: 1,
      account: 'acct_4711',
      phone: '+14155554711',
      left: 2,
    });
    const taught = capture({ ...about, check, learns: ({ pin }) => ({ pin, note: `is ${pin}` }) });
    const { result, output, facts } = await run(taught, '4711');
    const masked = {
      pin: '••••',
      asNumber: '••••',
      url: 'https://x.example/?pin=••••&a=1',
      list: [['••••']],
      '••••': 1,
      account: 'acct_4711',
      phone: '+14155554711',
      left: 2,
    };
    expect(result).toEqual(masked);
    expect(JSON.parse(output)).toEqual(masked);
    expect(facts).toMatchObject([
      { key: 'pin', value: '••••' },
      { key: 'note', value: 'is ••••' },
    ]);
  });

  test.each([
    ['an error', new Error('no 4711 here'), 'tool-failed', 'no •••• here'],
    [
      'one with a code',
      new ThroughlineError('pin-blocked', '4711 is blocked', { cause: '4711' }),
      'pin-blocked',
      '•••• is blocked',
    ],
    ['a text', '4711', 'tool-failed', '••••'],
  ])('tells what its check threw, masked: %s', async (...[, thrown, code, message]) => {
    const check = () => {
      throw thrown;
    };
    expect(await run(capture({ ...about, check }), '4711')).toMatchObject({
      status: 'error',
      result: { error: { code, message } },
    });
  });

  test('whose digits did not come fails, whatever runs it', async () => {
    expect(await run(capture(about))).toMatchObject({ status: 'error', result: { error: { code: 'not-collected' } } });
  });

  test('masks a short number only in words: as a figure it may be anything', () => {
    expect(maskDigits({ text: 'you said 12, not 123', left: 12 }, '12')).toEqual({
      text: 'you said ••••, not 123',
      left: 12,
    });
  });
});

describe('a line with a capture', () => {
  const lineWith = (spec: CaptureSpec<unknown>) => {
    const line = supportLine();
    const support = line.agent({ voice: 'marin', instructions: 'Help.', tools: { verifyPin: capture(spec) } });
    return line.team({ support }, { start: 'support' });
  };

  test('tells the model how to ask, and that it takes no arguments', () => {
    const declared = (length: number | { min: number; max: number }) => {
      const line = lineWith({ ...about, length });
      const agent = line.agents.get('support');
      return agent === undefined ? undefined : toolDeclarations(agent, line).find(({ name }) => name === 'verifyPin');
    };
    expect(declared(4)).toMatchObject({
      description: expect.stringMatching(/^Check the PIN\. .*enters 4 digits.*same response/),
      parameters: { type: 'object', properties: {} },
    });
    expect(declared({ min: 4, max: 8 })?.description).toContain('4 to 8 digits');
  });

  test.each([
    [{ length: 0 }, 'length'],
    [{ length: 33 }, 'length'],
    [{ length: 4.5 }, 'length'],
    [{ length: { min: 8, max: 4 } }, 'length'],
    [{ timeoutMs: 999 }, 'timeoutMs'],
    [{ timeoutMs: 120_001 }, 'timeoutMs'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs'],
  ])('that asks for the impossible is refused: %j', (wrong, field) => {
    const { problems } = checkLine(lineWith({ ...about, ...wrong }));
    expect(problems.map(({ path }) => path)).toEqual([`agents.support.tools.verifyPin.${field}`]);
  });

  test('that asks for the longest there is can be served', () => {
    expect(checkLine(lineWith({ ...about, length: { min: 1, max: 32 }, timeoutMs: 120_000 })).problems).toEqual([]);
  });
});

// The proofs here are the compiler's: an `@ts-expect-error` that expects in vain does not compile.
test("a capture's lesson is typed from its check, and there is none without", () => {
  capture({ ...about, check: async (digits) => ({ ok: digits.length > 3 }), learns: ({ ok }) => ({ pinVerified: ok }) });
  // @ts-expect-error the result has no field of that name
  capture({ ...about, check: () => ({ ok: true }), learns: ({ okay }) => ({ pinVerified: okay }) });
  // @ts-expect-error nothing was checked, so nothing can be learned
  capture({ ...about, learns: () => ({ pinVerified: true }) });
  // @ts-expect-error the digits come as text: a PIN may begin with 0
  capture({ ...about, check: (digits) => digits.toFixed() });
  expect(capture(about).collects).toEqual({ min: 4, max: 4, timeoutMs: 30_000 });
});
