import { describe, expect, it } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { hangsUp, interrupts } from '../world/caller.ts';
import { type ClipName, clip, clipOf } from '../world/voices/clips.ts';
import { articleScript, eventsOf, play, saysAfter } from './play.ts';

const clipText = (name: ClipName): string => clipOf(name).text;

const violationsOf = (stage: Awaited<ReturnType<typeof play>>['stage']) =>
  stage.model.records.flatMap(({ violations }) => violations);

describe('a call when things go wrong', () => {
  it('barge-in: silence at once, and the model learns what was really heard', async () => {
    const script = [interrupts(clip('callerOpening'), { afterMs: 1_500 })];
    const { stage, call, events } = await play({
      script: [...script, hangsUp({ after: 'agent-finished', quietMs: 3_000 })],
    });
    const cleared = call.record.facts.find(({ type }) => type === 'cleared');
    expect(cleared).toBeDefined();
    const [truncation] = stage.model.records[0]?.truncations ?? [];
    if (truncation === undefined) throw new Error('nothing was truncated');
    expect(truncation.audioEndMs).toBeLessThanOrEqual(truncation.generatedMs);
    // What the carrier played of the greeting, to the millisecond: from the first sound to the clear.
    const [greeting] = call.record.playouts[1]?.spans ?? [];
    if (greeting === undefined) throw new Error('nothing was played');
    expect(Math.abs(truncation.audioEndMs - (greeting.to - greeting.from))).toBeLessThanOrEqual(25);
    expect(violationsOf(stage)).toEqual([]);
    const said = eventsOf(events, 'agent-said').find(({ heardText, text }) => heardText !== '' && heardText !== text);
    expect(said?.text.startsWith(said.heardText)).toBe(true);
  });

  it('a specialist that answers in text: the handoff waits for a voice', async () => {
    const { stage, outcome, events } = await play({
      script: [...articleScript.slice(0, 2), saysAfter('callerFixed', ['supportBridging'], 4_000)],
      watch: (event, { model }) => {
        if (event.type === 'solution-tried' && event.outcome === 'failed')
          model.inject({ type: 'answer-in-text' }, 'technical');
      },
    });
    expect(outcome).toBe('finished');
    expect(stage.model.sessionOf('technical')?.record.responses[0]).toMatchObject({ generatedMs: 0 });
    expect(eventsOf(events, 'handoff-committed')).toHaveLength(1);
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ resolved: true }]);
    expect(violationsOf(stage)).toEqual([]);
  });

  it('a handshake that is refused once is tried again', async () => {
    const { stage, outcome } = await play({
      direct: ({ model }) => model.inject({ type: 'refuse-handshake', status: 503 }),
    });
    expect(outcome).toBe('finished');
    expect(stage.model.refused).toHaveLength(1);
  });

  it('a handoff that fails leaves the caller with the first agent, who says so', async () => {
    const script = [...articleScript.slice(0, 2), hangsUp({ after: 'agent-finished', quietMs: 4_000 })];
    const { stage, events, call } = await play({
      script,
      watch: (event, { model }) => {
        if (event.type === 'solution-tried') model.inject({ type: 'refuse-handshake', status: 500 });
      },
    });
    expect(eventsOf(events, 'handoff-failed')).toMatchObject([{ from: 'support', to: 'technical' }]);
    expect(eventsOf(events, 'handoff-committed')).toEqual([]);
    expect(stage.model.records).toHaveLength(1);
    const said = stage.model.records[0]?.responses.map(({ words }) => words).join(' ');
    expect(said).toContain(clipText('supportStays'));
    expect(call.phoneSockets).toBe(1);
    expect(violationsOf(stage)).toEqual([]);
  });

  it('a model socket that dies in mid-sentence: the same agent goes on in a new session, without a second greeting', async () => {
    const { stage, outcome, events, call } = await play({
      script: [
        ...articleScript.slice(0, 1),
        saysAfter('callerStillFails', ['supportLooksUp'], 3_000),
        ...articleScript.slice(2),
      ],
      watch: (event, { model }) => {
        if (event.type === 'tool-called' && event.tool === 'resetApiKey')
          model.inject({ type: 'drop-in-audio', afterMs: 1_000 }, 'support');
      },
    });
    expect(stage.model.records.map(({ persona }) => persona)).toEqual(['support', 'support', 'technical']);
    expect(eventsOf(events, 'bound').map(({ cause }) => cause)).toEqual(['answer', 'session-lost', 'handoff']);
    expect(stage.model.records[1]?.responses[0]?.words).not.toMatch(/Hello/);
    expect(stage.backOffice.state.resets.size).toBe(1);
    expect(outcome).toBe('finished');
    expect(call.phoneSockets).toBe(1);
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ resolved: true }]);
    expect(violationsOf(stage)).toEqual([]);
  });

  it('a model socket that dies while the caller speaks: their words reach the next session', async () => {
    const { stage, outcome } = await play({
      direct: ({ model, clock }, call) => {
        const watch = () => {
          const spoke = call.record.facts.findLast(({ type }) => type === 'caller-started');
          if (spoke !== undefined && call.record.now > spoke.at + 1_500) model.sessionOf('support')?.drop();
          else clock.after(ms(20), watch);
        };
        watch();
      },
    });
    expect(stage.model.records.map(({ persona }) => persona)).toEqual(['support', 'support', 'technical']);
    expect(stage.model.records[1]?.turns[0]?.words).toBe("Hi, my API key isn't working, though I activated it yesterday.");
    expect(outcome).toBe('finished');
    expect(violationsOf(stage)).toEqual([]);
  });

  it('a model that can not be had: five tries, then words and a polite end', async () => {
    const { call, events } = await play({
      direct: ({ model }) => {
        for (let index = 0; index < 5; index += 1) model.inject({ type: 'refuse-handshake', status: 500 });
      },
    });
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'gave-up' }]);
    const verbs = call.record.facts.flatMap((fact) => (fact.type === 'twiml' ? [fact.verbs.join(' ')] : []));
    expect(verbs.at(-1)).toBe('Say Hangup');
  });

  it('a blip of the model’s network in mid-call ends nothing', async () => {
    const { stage, events, outcome } = await play({
      script: [
        ...articleScript.slice(0, 1),
        saysAfter('callerStillFails', ['supportLooksUp'], 4_000),
        ...articleScript.slice(2),
      ],
      watch: (event, { model }) => {
        if (event.type !== 'tool-called' || event.tool !== 'resetApiKey') return;
        for (let index = 0; index < 3; index += 1) model.inject({ type: 'refuse-handshake', status: 503 });
        model.inject({ type: 'drop-in-audio', afterMs: 500 }, 'support');
      },
    });
    expect(stage.model.refused).toHaveLength(3);
    expect(outcome).toBe('finished');
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ resolved: true }]);
  });

  it.each([
    ['fails', { type: 'fail-response', code: 'server_error' }],
    ['fails for its rate limit', { type: 'fail-response', code: 'rate_limit_exceeded' }],
    ['is never created', { type: 'no-response' }],
  ] as const)('an answer that %s comes after all', async (_, fault) => {
    const { stage, outcome, events } = await play({
      direct: ({ model, clock }, call) => {
        const watch = () => {
          if (call.record.facts.some(({ type }) => type === 'caller-started')) model.inject(fault, 'support');
          else clock.after(ms(100), watch);
        };
        watch();
      },
    });
    expect(outcome).toBe('finished');
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ resolved: true }]);
    expect(violationsOf(stage)).toEqual([]);
  });

  it('a model that goes mute in its answer is replaced by a session that answers', async () => {
    const { stage, events } = await play({
      script: [...articleScript.slice(0, 1), hangsUp({ after: 'agent-finished', quietMs: 12_000 })],
      direct: ({ model, clock }, call) => {
        const watch = () => {
          if (call.record.facts.some(({ type }) => type === 'caller-started')) model.inject({ type: 'mute' }, 'support');
          else clock.after(ms(20), watch);
        };
        watch();
      },
    });
    expect(eventsOf(events, 'bound').map(({ cause }) => cause)).toEqual(['answer', 'session-lost']);
    expect(stage.model.records[1]?.responses[0]?.words).toBeTruthy();
  });

  it('a goodbye that the caller interrupts is taken back', async () => {
    const script = [
      ...articleScript,
      interrupts(clip('callerInterrupts'), { afterMs: 2_000 }),
      hangsUp({ after: 'agent-finished', quietMs: 3_000 }),
    ];
    const { call, events, stage } = await play({ script });
    expect(call.record.facts.filter(({ type }) => type === 'cleared')).toHaveLength(1);
    expect(stage.model.sessionOf('technical')?.record.turns.at(-1)?.words).toBe(clipText('callerInterrupts'));
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'caller-hung-up', resolved: null }]);
    // What was cut off stands before the words that cut it off.
    const said = eventsOf(events, 'agent-said').findLast(({ text }) => /goodbye/i.test(text));
    expect(said?.heardText).not.toBe(said?.text);
    const turn = eventsOf(events, 'caller-said').find(({ text }) => text === clipText('callerInterrupts'));
    expect(said?.at).toBeLessThan(turn?.at ?? 0);
  });

  it('a tool that is still at work at the handoff: its result reaches the specialist', async () => {
    const { stage } = await play({
      script: [
        saysAfter('callerOpening', ['supportGreeting']),
        interrupts(clip('callerWantsSpecialist'), { afterMs: 3_000 }),
        hangsUp({ after: 'agent-finished', quietMs: 6_000 }),
      ],
      slowTool: { path: '/api-key/reset', ms: 7_800 },
    });
    const specialist = stage.model.sessionOf('technical')?.record;
    const outputs =
      specialist?.items.filter((item) => item.type === 'function_call_output').map(({ output }) => output) ?? [];
    expect(outputs.some((output) => /ak_live_R/.test(output))).toBe(true);
    expect(violationsOf(stage)).toEqual([]);
  });

  it('the caller hangs up in the middle of a handoff: nothing stays open', async () => {
    const { stage, events } = await play({
      watch: (event, _, call) => {
        if (event.type === 'handoff-requested') call.hangUp();
      },
    });
    expect(stage.model.records.every(({ closedAt }) => closedAt !== undefined)).toBe(true);
    expect(eventsOf(events, 'handoff-failed')).toHaveLength(1);
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'caller-hung-up' }]);
  });

  it('words spoken into the handoff reach the specialist, once and whole', async () => {
    const { stage } = await play({
      script: [
        ...articleScript.slice(0, 2),
        interrupts(clip('callerInterrupts'), { afterMs: 2_000 }),
        hangsUp({ after: 'agent-finished', quietMs: 5_000 }),
      ],
    });
    const heard = stage.model.records.flatMap(({ persona, turns }) => turns.map(({ words }) => [persona, words]));
    expect(heard.filter(([, words]) => words === clipText('callerInterrupts'))).toHaveLength(1);
    expect(violationsOf(stage)).toEqual([]);
  });

  it('the phone socket drops: the carrier asks, the call goes on with the same agent and all that is known', async () => {
    let dropped = false;
    const { stage, outcome, events, call } = await play({
      script: [articleScript[0] ?? hangsUp(), saysAfter('callerStillFails', [], 6_000), ...articleScript.slice(2)],
      watch: (event, _, phone) => {
        if (event.type === 'tool-returned' && event.tool === 'resetApiKey' && !dropped) {
          dropped = true;
          phone.stream?.drop();
        }
      },
    });
    expect(call.phoneSockets).toBe(2);
    expect(eventsOf(events, 'bound').map(({ agent, cause }) => [agent, cause])).toContainEqual(['support', 'resume']);
    expect(stage.backOffice.state.resets.size).toBe(1);
    expect(outcome).toBe('finished');
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ resolved: true }]);
    expect(violationsOf(stage)).toEqual([]);
  });

  it('marks that never come back: the goodbye still ends the call', async () => {
    const { outcome, events } = await play({ direct: (_, call) => queueMicrotask(() => call.stream?.swallowMarks()) });
    expect(outcome).toBe('finished');
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ resolved: true }]);
  });

  it('webhook and stream delivered twice are harmless', async () => {
    const { call, outcome, stage } = await play({
      watch: (event, _, phone) => {
        if (event.type === 'bound' && event.cause === 'answer') void phone.duplicateStream();
      },
    });
    expect(outcome).toBe('finished');
    expect(stage.model.records).toHaveLength(2);
    expect(call.record.debuggerCodes.filter((code) => code !== 31921)).toEqual([]);
  });
});
