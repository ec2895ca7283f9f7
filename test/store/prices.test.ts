import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { UsageByModel } from '../../store/context/call-usage.ts';
import { noTokens, noTranscription, type TokenUsage, tokenKinds } from '../../store/context/usage.ts';
import { knownPrices } from '../../store/price-table.ts';
import { readPrices } from '../../store/prices/wire.ts';
import { billedMinutes, costOf, type PriceTable } from '../../store/prices.ts';

const noMinutes = { inbound: 0, mediaStream: 0 };
const usageOf = (model: string, tokens: Partial<TokenUsage>, transcription: UsageByModel['transcription'] = new Map()) => ({
  tokens: new Map([[model, { ...noTokens, ...tokens }]]),
  transcription,
});
const heard = (model: string, used: object) => new Map([[model, { ...noTranscription, ...used }]]);
const nothing = usageOf('gpt-realtime-2.1', {});

describe('the cost of a call', () => {
  it('is what the guide says: a minute of the caller, and a minute of the agent', () => {
    const usage = usageOf('gpt-realtime-2.1', { audioIn: 600, audioOut: 1_200 });
    const { usd, byKind, asOf } = costOf({ usage, minutes: noMinutes }, knownPrices);
    expect(byKind).toMatchObject({ audioIn: 0.0192, audioOut: 0.0768, textIn: 0, transcription: 0, inbound: 0 });
    expect(usd).toBe(0.096);
    expect(asOf).toBe('2026-11-28');
  });

  it('has what was cached at its own price, words by the minute, and the line', () => {
    const tokens = { textIn: 1_000, textCached: 10_000, audioCached: 20_000, textOut: 500, imageIn: 100 };
    const usage = usageOf('gpt-realtime-2.1', tokens, heard('gpt-realtime-whisper', { seconds: 90 }));
    const cost = costOf({ usage, minutes: { inbound: 3, mediaStream: 3 } }, knownPrices);
    expect(cost.byKind).toEqual({
      textIn: 0.004,
      textCached: 0.004,
      audioIn: 0,
      audioCached: 0.008,
      imageIn: 0.0005,
      textOut: 0.012,
      audioOut: 0,
      transcription: 0.0255,
      inbound: 0.0255,
      mediaStream: 0.0132,
    });
    expect(cost.usd).toBe(0.0927);
    expect(cost.asOf).toBe('2026-09-18');
  });

  it('sums two models, and words that are billed by tokens', () => {
    const tokens = new Map([
      ['gpt-realtime-2.1', { ...noTokens, audioOut: 1_000 }],
      ['gpt-realtime-2.1-mini', { ...noTokens, audioOut: 1_000 }],
    ]);
    const transcription = heard('gpt-4o-transcribe', { tokensIn: 1_000, tokensOut: 100 });
    const cost = costOf({ usage: { tokens, transcription }, minutes: noMinutes }, knownPrices);
    expect(cost.byKind).toMatchObject({ audioOut: 0.084, transcription: 0.0035 });
  });

  test.each<[string, UsageByModel]>([
    ['a model that no table has', usageOf('my-model', { textIn: 1 })],
    ['a name from Object', usageOf('constructor', { textIn: 1 })],
    ['another date of a known model', usageOf('gpt-realtime-2.1-2026-10-01', { textIn: 1 })],
    ['a kind whose price nobody knows', usageOf('gpt-realtime-mini', { textIn: 5, audioOut: 1 })],
    ['a transcription that no table has', usageOf('gpt-realtime-2.1', {}, heard('whisper-1', { seconds: 1 }))],
    ['tokens of one that is billed by the minute', usageOf('x', {}, heard('gpt-transcribe', { tokensIn: 1 }))],
  ])('is not known with %s, and never guessed', (_, usage) => {
    const { usd, byKind } = costOf({ usage, minutes: { inbound: 1, mediaStream: 1 } }, knownPrices);
    expect(usd).toBeNull();
    expect(byKind.inbound).toBe(0.0085);
  });

  it('does not ask for the price of what was not used', () => {
    const usage = usageOf('gpt-realtime-mini', { textIn: 1_000_000 });
    expect(costOf({ usage, minutes: noMinutes }, knownPrices)).toMatchObject({
      usd: 0.6,
      byKind: { textIn: 0.6, audioOut: 0 },
    });
    expect(costOf({ usage: usageOf('no-such', {}), minutes: noMinutes }, knownPrices)).toMatchObject({ usd: 0, asOf: null });
  });

  it('is the sum of its parts, to the millionth of a dollar', () => {
    const amount = fc.nat(10_000_000);
    const record = Object.fromEntries(tokenKinds.map((kind) => [kind, amount]));
    fc.assert(
      fc.property(fc.record(record), fc.nat(100_000), fc.nat(1_000), (tokens, seconds, minutes) => {
        const usage = usageOf('gpt-realtime-2.1', tokens, heard('gpt-realtime-whisper', { seconds }));
        const cost = costOf({ usage, minutes: { inbound: minutes, mediaStream: minutes } }, knownPrices);
        const micros = (usd: number | null) => Math.round((usd ?? Number.NaN) * 1_000_000);
        const parts = Object.values(cost.byKind).map(micros);
        expect(micros(cost.usd)).toBe(parts.reduce((sum, part) => sum + part, 0));
      }),
    );
  });

  it('the carrier bills minutes that were begun', () => {
    expect([0, 1, 60_000, 60_001, 78_000].map(billedMinutes)).toEqual([0, 1, 1, 2, 2]);
  });
});

it('every known price has its day and its page', () => {
  const rows = [knownPrices.models, knownPrices.transcription, knownPrices.telephony].flatMap((part) => Object.values(part));
  for (const { asOf, source } of rows) {
    expect(asOf).toMatch(/^2026-\d\d-\d\d$/);
    expect(new URL(source).protocol).toBe('https:');
  }
});

describe('prices of one’s own', () => {
  const read = (value: unknown) => readPrices(JSON.stringify(value), knownPrices, 'mine.json');
  const tableOf = (value: unknown): PriceTable => {
    const result = read(value);
    if (result.ok) return result.table;
    throw new Error(result.problems.join());
  };
  const problemsOf = (value: unknown) => {
    const result = read(value);
    return result.ok ? [] : result.problems;
  };
  const asOf = '2026-12-01';

  it('lie over the known ones by model and kind', () => {
    const table = tableOf({
      models: {
        'gpt-realtime-2.1': { asOf, tokens: { audioOut: 50, imageIn: null } },
        'my-model': { asOf, source: 'our contract', tokens: { textIn: 1 } },
      },
      transcription: { 'my-scribe': { asOf, perMinute: 0.01 }, 'gpt-transcribe': { asOf, perMinute: 0.004 } },
      telephony: { inbound: { asOf, perMinute: 0.007 } },
    });
    const { models, transcription, telephony } = table;
    expect(models['gpt-realtime-2.1']).toEqual({
      // The other prices are older.
      asOf: '2026-11-28',
      source: 'mine.json',
      tokens: { ...knownPrices.models['gpt-realtime-2.1']?.tokens, audioOut: 50, imageIn: null },
    });
    expect(models['my-model']).toMatchObject({ asOf, source: 'our contract', tokens: { textIn: 1, audioOut: null } });
    expect(models['gpt-realtime-2']).toEqual(knownPrices.models['gpt-realtime-2']);
    expect(transcription['my-scribe']).toEqual({
      asOf,
      source: 'mine.json',
      perMinute: 0.01,
      tokensIn: null,
      tokensOut: null,
    });
    expect(transcription['gpt-transcribe']).toMatchObject({ perMinute: 0.004, tokensIn: null });
    expect(telephony).toMatchObject({ inbound: { asOf, perMinute: 0.007 }, mediaStream: knownPrices.telephony.mediaStream });
    expect(costOf({ usage: nothing, minutes: { inbound: 10, mediaStream: 0 } }, table)).toMatchObject({ usd: 0.07, asOf });
  });

  it('that are none change nothing', () => expect(tableOf({})).toEqual(knownPrices));

  it('say everything that is wrong, each with its place', () => {
    expect(
      problemsOf({
        models: { m: { asOf: 'soon', tokens: { textIn: '4', audioin: 3, textOut: -1 } }, n: { tokens: {} }, o: 7 },
        transcription: { s: { asOf, perMinute: 1e9 } },
        telephony: { outbound: {} },
        currency: 'EUR',
      }),
    ).toEqual([
      'models > m > asOf: must be the day of the price, like 2026-11-28',
      'models > m > tokens > textIn: must be US dollars: a number from 0 on, or null when it is not known',
      'models > m > tokens > textOut: must be US dollars: a number from 0 on, or null when it is not known',
      'models > m > tokens > audioin: is no field of a price table',
      'models > n > asOf: must be the day of the price, like 2026-11-28',
      'models > o: must be an object',
      'transcription > s > perMinute: must be US dollars: a number from 0 on, or null when it is not known',
      'telephony > outbound: is no field of a price table',
      'currency: is no field of a price table',
    ]);
  });

  test.each<[string, string]>([
    ['{', 'is not JSON'],
    ['[]', 'must be an object'],
    ['null', 'must be an object'],
    [
      '{"models":{"m":{"asOf":"2026-02-30","tokens":{}}}}',
      'models > m > asOf: must be the day of the price, like 2026-11-28',
    ],
    ['{"telephony":3}', 'telephony: must be an object'],
    ['{"models":[]}', 'models: must be an object'],
  ])('%s', (text, problem) => {
    expect(readPrices(text, knownPrices, 'f')).toEqual({ ok: false, problems: [problem] });
  });

  it('never throw, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readPrices(text, knownPrices, 'f')).toHaveProperty('ok');
      }),
    );
  });
});
