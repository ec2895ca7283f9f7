import { describe, expect, it } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { acmePersonas } from '../world/article.ts';
import { hangsUp, interrupts } from '../world/caller.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { calls, type Persona, says } from '../world/model/persona.ts';
import type { Stage } from '../world/stage.ts';
import { clip } from '../world/voices/clips.ts';
import { articleScript, eventsOf, type PlayOptions, play, saysAfter } from './play.ts';

const person = '+14155550199';
/** A line with somebody to ring when no agent can go on. */
const withFallback = { settings: { THROUGHLINE_FALLBACK_NUMBER: person } };
const opening = saysAfter('callerOpening', ['supportGreeting']);
const stays = (quietMs = 20_000) => hangsUp({ after: 'agent-finished', quietMs });

/** Runs once, as soon as the caller has begun to speak for the `nth` time. */
const whenCallerSpeaks =
  (act: (stage: Stage, call: PhoneCall) => void, nth = 1): NonNullable<PlayOptions['direct']> =>
  (stage, call) => {
    const watch = () => {
      const spoken = call.record.facts.filter(({ type }) => type === 'caller-started').length;
      if (spoken >= nth) act(stage, call);
      else stage.clock.after(ms(20), watch);
    };
    watch();
  };

/** The longest silence at the caller's ear while it was the agent's turn, from the first sound on, in ms. */
const deadAirOf = ({ record }: PhoneCall, to = record.now): number => {
  const from = record.facts.find(({ type }) => type === 'agent-started')?.at ?? 0;
  const gap = record.deadAir({ from, to });
  return gap.to - gap.from;
};

/** When the carrier got an answer with this verb, in call time. */
const toldTo = ({ record }: PhoneCall, verb: string): number =>
  record.facts.find((fact) => fact.type === 'twiml' && fact.verbs.includes(verb))?.at ?? Number.NaN;

const spokeAt = ({ record }: PhoneCall, type: 'caller-started' | 'caller-stopped' | 'stream-opened'): number =>
  record.facts.findLast((fact) => fact.type === type)?.at ?? Number.NaN;

const violationsOf = ({ model }: Stage) => model.records.flatMap(({ violations }) => violations);

describe('B1, B62: a model socket that dies in mid-sentence', () => {
  it.each([0, 400, 1_300])('%i ms into the answer: at most two seconds without an agent', async (afterMs) => {
    const { call, events, outcome } = await play({
      script: [opening, stays(6_000)],
      direct: whenCallerSpeaks(({ model }) => model.inject({ type: 'drop-in-audio', afterMs }, 'support')),
    });
    expect(outcome).toBe('finished');
    expect(eventsOf(events, 'bound').map(({ cause }) => cause)).toEqual(['answer', 'session-lost']);
    expect(deadAirOf(call)).toBeLessThanOrEqual(2_000);
  });

  it('of the specialist right after the switch: the specialist is built again, not the first agent', async () => {
    const { call, events, outcome, stage } = await play({
      script: [...articleScript.slice(0, 2), stays(8_000)],
      watch: (event, { model }) => {
        if (event.type === 'solution-tried') model.inject({ type: 'drop-in-audio', afterMs: 700 }, 'technical');
      },
    });
    expect(eventsOf(events, 'bound').map(({ agent, cause }) => `${agent} ${cause}`)).toEqual([
      'support answer',
      'technical handoff',
      'technical session-lost',
    ]);
    expect(outcome).toBe('finished');
    expect(deadAirOf(call)).toBeLessThanOrEqual(2_000);
    expect(violationsOf(stage)).toEqual([]);
  });
});

describe('B3: a model that goes mute', () => {
  it('once: a sign of life on the line, then another session answers', async () => {
    const { call, events, stage } = await play({
      script: [opening, stays(12_000)],
      direct: whenCallerSpeaks(({ model }) => model.inject({ type: 'mute' }, 'support')),
    });
    expect(eventsOf(events, 'bound').map(({ cause }) => cause)).toEqual(['answer', 'session-lost']);
    expect(stage.model.records[1]?.responses[0]?.words).toBeTruthy();
    expect(deadAirOf(call)).toBeLessThanOrEqual(3_200);
  });

  it('twice: a person is rung', async () => {
    const { call, events } = await play({
      ...withFallback,
      script: [opening, stays(30_000)],
      patienceMs: 60_000,
      direct: whenCallerSpeaks(({ model }) => {
        for (let times = 0; times < 2; times += 1) model.inject({ type: 'mute' }, 'support');
      }),
    });
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'gave-up' }]);
    expect(toldTo(call, 'Dial') - spokeAt(call, 'caller-stopped')).toBeLessThanOrEqual(15_000);
    expect(deadAirOf(call, toldTo(call, 'Dial'))).toBeLessThanOrEqual(3_200);
  });
});

describe('B4: a rate limit', () => {
  it('at the connect, with a time to come again that the caller can wait: not before', async () => {
    const { stage, call, outcome } = await play({
      direct: ({ model }) => model.inject({ type: 'refuse-handshake', status: 429, retryAfter: 3 }),
    });
    expect(outcome).toBe('finished');
    expect(stage.model.refused).toHaveLength(1);
    const opened = (stage.model.records[0]?.openedAt ?? 0) - call.record.origin - spokeAt(call, 'stream-opened');
    expect(opened).toBeGreaterThanOrEqual(3_000);
    expect(opened).toBeLessThanOrEqual(4_000);
  });

  it('with one that is too long: a person at once', async () => {
    const { stage, call } = await play({
      ...withFallback,
      script: [],
      direct: ({ model }) => model.inject({ type: 'refuse-handshake', status: 429, retryAfter: 60 }),
    });
    expect(stage.model.refused).toHaveLength(1);
    expect(toldTo(call, 'Dial') - spokeAt(call, 'stream-opened')).toBeLessThanOrEqual(1_000);
  });

  it('again and again in the middle of a call: a person within ten seconds', async () => {
    const { call } = await play({
      ...withFallback,
      script: [opening, stays(30_000)],
      patienceMs: 60_000,
      direct: whenCallerSpeaks(({ model }) => {
        for (let times = 0; times < 50; times += 1)
          model.inject({ type: 'fail-response', code: 'rate_limit_exceeded' }, 'support');
      }),
    });
    const dialled = toldTo(call, 'Dial');
    expect(dialled - spokeAt(call, 'caller-stopped')).toBeLessThanOrEqual(10_000);
    expect(deadAirOf(call, dialled)).toBeLessThanOrEqual(3_200);
  });
});

describe('B6: what another try can not change', () => {
  it.each([
    ['a wrong key', { status: 401, code: 'invalid_api_key' }],
    ['no quota', { status: 429, code: 'insufficient_quota' }],
  ])('%s at the connect: one try, and a person within two seconds', async (_, refusal) => {
    const { stage, call, events } = await play({
      ...withFallback,
      script: [],
      direct: ({ model }) => {
        for (let times = 0; times < 9; times += 1) model.inject({ type: 'refuse-handshake', ...refusal });
      },
    });
    expect(stage.model.refused).toHaveLength(1);
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'gave-up' }]);
    expect(toldTo(call, 'Dial') - spokeAt(call, 'stream-opened')).toBeLessThanOrEqual(2_000);
  });

  it.each([
    ['by an error', (stage: Stage) => stage.model.sessionOf('support')?.send(quota)],
    [
      'by a response that fails',
      ({ model }: Stage) => model.inject({ type: 'fail-response', code: 'insufficient_quota' }, 'support'),
    ],
  ])('no quota any more in the middle of a call, told %s: no other try, and a person within two seconds', async (_, act) => {
    const { stage, call } = await play({
      ...withFallback,
      script: [opening, stays(15_000)],
      direct: whenCallerSpeaks((at) => void act(at)),
    });
    expect(stage.model.records).toHaveLength(1);
    expect(toldTo(call, 'Dial') - spokeAt(call, 'caller-stopped')).toBeLessThanOrEqual(2_000);
  });
});

const quota = { type: 'error', error: { type: 'server_error', code: 'insufficient_quota', message: 'no', event_id: null } };

describe('B8: an event of ours that the server refuses', () => {
  it.each(['response.create', 'conversation.item.create', 'conversation.item.truncate', 'input_audio_buffer.append'])(
    '%s: the call goes on, and it is not sent again and again',
    async (of) => {
      const { stage, outcome, events } = await play({
        direct: whenCallerSpeaks(({ model }) => model.inject({ type: 'reject-event', of }, 'support')),
      });
      expect(violationsOf(stage).length).toBeLessThanOrEqual(1);
      expect(outcome).toBe('finished');
      expect(eventsOf(events, 'call-ended')).toMatchObject([{ resolved: true }]);
    },
  );
});

describe('B10: ten minutes of speech in a second', () => {
  it('is paced, cut short, and the caller can still cut it off', async () => {
    const { call, stage } = await play({
      script: [opening, interrupts(clip('callerInterrupts'), { afterMs: 4_000 }), stays(6_000)],
      direct: whenCallerSpeaks(({ model }) => model.inject({ type: 'flood', ms: 600_000 }, 'support')),
    });
    const cleared = call.record.facts.filter((fact) => fact.type === 'cleared');
    expect(cleared.length).toBeGreaterThanOrEqual(1);
    expect(Math.max(...cleared.map((fact) => ('discardedMs' in fact ? fact.discardedMs : 0)))).toBeLessThanOrEqual(5_000);
    expect(call.record.debuggerCodes).toEqual([]);
    const flooded = stage.model.records[0]?.responses.find(({ generatedMs }) => generatedMs > 60_000);
    expect(flooded?.status).toBe('cancelled');
    expect(stage.model.records.at(-1)?.turns.at(-1)?.words).toMatch(/ask something else/);
    expect(violationsOf(stage)).toEqual([]);
  }, 60_000);
});

/** A support agent that, from the caller's first words on, does this in every response. */
const loops = (...steps: ReturnType<Persona['respond']>): readonly Persona[] =>
  acmePersonas.map((persona) =>
    persona.name !== 'support'
      ? persona
      : {
          ...persona,
          respond: (scene) => (scene.cue.type === 'asked' && scene.said.length === 0 ? persona.respond(scene) : steps),
        },
  );

describe('B12: a model that calls a tool in a circle', () => {
  it.each([
    ['without a word', [calls('checkAccountStatus')]],
    ['with words each time', [says('supportLooksUp'), calls('checkAccountStatus')]],
  ])(
    '%s: eight runs, then the model is told, then a person',
    async (_, steps) => {
      const { call, events } = await play({
        ...withFallback,
        personas: loops(...steps),
        script: [opening, stays(60_000)],
        patienceMs: 300_000,
      });
      expect(eventsOf(events, 'tool-called')).toHaveLength(8);
      const isLeft = eventsOf(events, 'call-ended').some(({ reason }) => reason === 'gave-up');
      // Who obeys, when tools are not to be called, has spoken: then it is the caller's turn.
      expect(isLeft ? Number.isFinite(toldTo(call, 'Dial')) : call.record.heard.length > 0).toBe(true);
    },
    60_000,
  );
});

describe('B57: a tool that hangs', () => {
  it('a sign of life within two seconds, words within ten, and the model is told that nobody knows', async () => {
    const { call, events, stage } = await play({
      script: [...articleScript.slice(0, 1), stays(12_000)],
      slowTool: { path: '/api-key/reset', ms: 60_000 },
    });
    expect(eventsOf(events, 'tool-returned').map(({ tool, status }) => `${tool} ${status}`)).toContain(
      'resetApiKey unknown',
    );
    expect(stage.model.records[0]?.responses.map(({ words }) => words).join(' ')).toMatch(/couldn't reset the key/);
    const called = eventsOf(events, 'tool-called').find(({ tool }) => tool === 'resetApiKey')?.at ?? 0;
    const returned = eventsOf(events, 'tool-returned').find(({ tool }) => tool === 'resetApiKey')?.at ?? 0;
    expect(returned - called).toBeLessThanOrEqual(8_100);
    expect(deadAirOf(call)).toBeLessThanOrEqual(2_200);
  });
});
