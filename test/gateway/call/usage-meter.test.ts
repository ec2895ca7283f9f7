import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../../agents/session.ts';
import { UsageMeter } from '../../../gateway/call/usage-meter.ts';
import { epoch } from '../../../infra/brand.ts';
import { usageOfCall } from '../../../store/context/call-usage.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import { noTokens, type TokenUsage } from '../../../store/context/usage.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { eventsOf } from '../../scenarios/play.ts';
import { FakeClock } from '../../world/clock.ts';
import { answeredCall } from './answered-call.ts';
import { speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

const someTokens = { ...noTokens, textIn: 10, audioIn: 4, audioOut: 7 };
const twice = { ...noTokens, textIn: 20, audioIn: 8, audioOut: 14 };
const support = { epoch: epoch(1), agent: 'support' };
const technical = { epoch: epoch(2), agent: 'technical' };

const ended = (usage: TokenUsage | undefined): SessionEvent => {
  const about = { response: 'r', asked: true, status: 'completed', spoke: true, text: false, tools: 0 } as const;
  return { type: 'response-ended', ...about, failure: undefined, usage };
};
const transcribed = (seconds: number, tokensIn = 0, tokensOut = 0): SessionEvent => ({
  type: 'turn-transcribed',
  turn: 't',
  text: 'Hi.',
  usage: { seconds, tokensIn, tokensOut },
});

const meterWorld = () => {
  const clock = new FakeClock();
  const facts: ContextFact[] = [];
  const counted = new Map<string, number>();
  const count = (name: string, labels = {}, by = 1) => {
    const key = [name, ...Object.values(labels)].join(' ');
    counted.set(key, (counted.get(key) ?? 0) + by);
  };
  const models = { realtime: 'm', transcription: 'scribe' };
  const meter = new UsageMeter({ clock, models, metrics: { count } }, { note: (fact) => facts.push(fact) });
  return { clock, facts, counted, meter };
};

const used = (agent: string, tokens: TokenUsage) => ({ type: 'model-used', agent, model: 'm', tokens, transcription: null });

describe('what sessions used', () => {
  it('is summed, and written when a session leaves', () => {
    const { meter, facts } = meterWorld();
    meter.hears(support, ended(someTokens));
    meter.hears(technical, ended(someTokens));
    meter.hears(support, ended(someTokens));
    expect(facts).toEqual([]);
    meter.left(support.epoch);
    expect(facts).toEqual([used('support', twice)]);
    meter.left(support.epoch);
    meter.end();
    expect(facts).toEqual([used('support', twice), used('technical', someTokens)]);
  });

  it('is written after a minute of use, and begins anew', () => {
    const { meter, facts, clock } = meterWorld();
    meter.hears(support, ended(someTokens));
    clock.advance(59_999);
    meter.hears(support, ended(someTokens));
    expect(facts).toEqual([]);
    clock.advance(1);
    meter.hears(support, transcribed(2));
    expect(facts).toEqual([
      { ...used('support', twice), transcription: { model: 'scribe', seconds: 2, tokensIn: 0, tokensOut: 0 } },
    ]);
    meter.hears(support, ended(someTokens));
    meter.end();
    expect(facts.slice(1)).toEqual([used('support', someTokens)]);
  });

  it('of a session that has left is written when its connection ends', () => {
    const { meter, facts } = meterWorld();
    meter.left(support.epoch);
    meter.hears(support, transcribed(1));
    meter.hears(support, { type: 'session-closed', code: 1000, reason: '' });
    expect(facts).toMatchObject([{ tokens: noTokens, transcription: { seconds: 1 } }]);
  });

  it('of a call that is over is counted, and not written', () => {
    const { meter, facts, counted } = meterWorld();
    meter.end();
    meter.hears(support, ended(someTokens));
    meter.left(support.epoch);
    expect(facts).toEqual([]);
    expect(counted.get('throughline_model_tokens_total text-in')).toBe(10);
  });

  it('that was nothing, or that nobody told, is no event', () => {
    const { meter, facts, counted } = meterWorld();
    meter.hears(support, ended(noTokens));
    meter.hears(support, ended(undefined));
    meter.hears(support, { type: 'turn-transcribed', turn: 't', text: 'Hi.', usage: undefined });
    meter.end();
    expect([facts, counted.size]).toEqual([[], 0]);
  });

  it('is counted by kind', () => {
    const { meter, counted } = meterWorld();
    meter.hears(
      support,
      ended({ textIn: 1, textCached: 2, audioIn: 3, audioCached: 4, imageIn: 5, textOut: 6, audioOut: 7 }),
    );
    meter.hears(support, transcribed(9, 8, 10));
    expect(Object.fromEntries(counted)).toEqual({
      'throughline_model_tokens_total text-in': 1,
      'throughline_model_tokens_total text-cached': 2,
      'throughline_model_tokens_total audio-in': 3,
      'throughline_model_tokens_total audio-cached': 4,
      'throughline_model_tokens_total image-in': 5,
      'throughline_model_tokens_total text-out': 6,
      'throughline_model_tokens_total audio-out': 7,
      'throughline_model_tokens_total transcription-in': 8,
      'throughline_model_tokens_total transcription-out': 10,
      throughline_transcribed_seconds_total: 9,
    });
  });
});

describe('on a call', () => {
  let sqlite: ContextStore;
  beforeAll(async () => {
    sqlite = await memoryStore();
  });
  afterAll(() => sqlite.close());

  const world = () => {
    const events: ContextEvent[] = [];
    const call = answeredCall(sqlite, { onEvent: (_, event) => events.push(event) });
    const says = (response: string, session = call.first) => {
      session.starts(response);
      session.speaks({ response, item: `item-of-${response}` }, speech(100), 'Yes.');
      session.ends('completed', false, someTokens);
    };
    return { ...call, events, says };
  };

  it('a session that came up and failed before it was bound counts', async () => {
    const { first, says, runner, clock, events, session, phone } = world();
    first.readies();
    first.starts('greeting');
    first.ends('failed', false, someTokens);
    first.fails('server_error');
    clock.advance(3_000);
    const second = session(2);
    second.readies();
    says('greets', second);
    phone.hangsUp();
    await runner.ended;
    expect(eventsOf(events, 'model-used')).toMatchObject([
      { agent: 'support', model: 'realtime-model', tokens: someTokens },
      { agent: 'support', tokens: someTokens },
    ]);
  });

  it('a handoff that fails: the session that was never bound counts, and the old one goes on', async () => {
    const { greeted, asksForHandoff, runner, events, phone } = world();
    greeted();
    await runner.journal.claim();
    const next = asksForHandoff();
    next.readies();
    next.starts('in-text');
    next.ends('completed', true, someTokens);
    next.starts('in-text-again');
    next.ends('completed', true, someTokens);
    phone.hangsUp();
    await runner.ended;
    expect(eventsOf(events, 'handoff-failed')).toHaveLength(1);
    expect(usageOfCall(events).tokens.get('realtime-model')).toEqual(twice);
    expect(eventsOf(events, 'model-used')).toMatchObject([{ agent: 'technical' }]);
  });

  it('words that a session still owes after a handoff count', async () => {
    const { greeted, first, runner, events, phone, session } = world();
    greeted();
    const from = first.heardMs();
    for (const turn of ['t1', 't2']) {
      phone.brings(speech(200, 5));
      first.hearsSpeech(turn, from);
      first.commits(turn);
    }
    first.transcribes('t1', 'my key fails');
    first.starts('bridge');
    first.callsTool('t', 'transfer_to_technical', { reason: 'still a 401', caller_asked: true });
    first.ends('completed', false, someTokens);
    const next = session(2);
    next.readies();
    next.answers('hello', speech(100));
    first.transcribes('t2', 'my number is seven', { seconds: 2, tokensIn: 0, tokensOut: 0 });
    phone.hangsUp();
    await runner.ended;
    expect(eventsOf(events, 'model-used')).toMatchObject([
      { agent: 'support', tokens: someTokens, transcription: null },
      { agent: 'support', tokens: noTokens, transcription: { model: 'transcription-model', seconds: 2 } },
    ]);
  });

  it('stands in front of the end of the call, and is stored', async () => {
    const { greeted, says, runner, events, phone, store } = world();
    greeted();
    says('r');
    phone.hangsUp();
    await runner.ended;
    const types = events.map(({ type }) => type);
    expect(types.indexOf('model-used')).toBeGreaterThan(0);
    expect(types.indexOf('model-used')).toBeLessThan(types.indexOf('call-ended'));
    const stored = await store.load(runner.facts.callId);
    expect(usageOfCall(stored?.events ?? []).tokens.get('realtime-model')).toEqual(someTokens);
  });
});
