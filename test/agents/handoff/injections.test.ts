import { describe, expect, it } from 'vitest';
import { correction, defaultBudget, lateWords } from '../../../agents/handoff/briefing.ts';
import { estimateTokens } from '../../../agents/handoff/count-tokens.ts';
import { recall } from '../../../agents/handoff/recall.ts';
import { prepareSession } from '../../../agents/handoff/session-setup.ts';
import { openRealtime } from '../../../agents/openai/realtime-session.ts';
import { epoch } from '../../../infra/brand.ts';
import type { MessageSocket } from '../../../infra/message-socket.ts';
import type { Cause, ContextFact } from '../../../store/context/event.ts';
import { FakeClock, settle } from '../../world/clock.ts';
import { joinedSockets } from '../../world/joined-sockets.ts';
import { ModelServer } from '../../world/model/server.ts';
import { injections } from './injections.ts';
import { agentOf, agentSaid, bundleOf, callerSaid, handedOver, learned, line, tried } from './world.ts';

const causes: readonly Cause[] = ['answer', 'handoff', 'rotation', 'session-lost', 'resume', 'return'];

/** All that anybody can bring into a call, each time with these words. */
const poisoned = (attack: string): readonly ContextFact[] => [
  { type: 'caller-said', turn: attack, text: attack },
  agentSaid(attack),
  {
    type: 'tool-called',
    tool: 'look',
    toolCallId: attack,
    agent: 'support',
    arguments: { [attack]: attack },
    effect: 'reads',
  },
  { type: 'tool-returned', tool: 'look', toolCallId: attack, status: 'ok', result: { [attack]: attack }, durationMs: 1 },
  learned(attack, attack),
  tried(attack),
  { type: 'sentiment-noticed', sentiment: attack },
  { type: 'issue-classified', category: attack },
  { type: 'digit-pressed', digit: attack },
  { type: 'handoff-requested', epoch: epoch(2), from: 'support', to: 'technical', reason: attack, trigger: 'expertise' },
];

const bundleWith = (attacks: readonly string[]) =>
  bundleOf(
    [
      0,
      {
        type: 'call-started',
        from: attacks[0] ?? '',
        to: '+1',
        line: 'acme',
        ivr: Object.fromEntries(attacks.map((a) => [a, a])),
      },
    ],
    ...attacks.flatMap((attack, index) => poisoned(attack).map((fact) => [index, fact] as const)),
    ...handedOver(200, 'support', 'technical'),
    [201, callerSaid('Hello?')],
  );

/** Everything that a session with this set-up sends, as the model server gets it. */
const sentBy = async (cause: Cause, attacks: readonly string[]) => {
  const clock = new FakeClock();
  const model = new ModelServer({ personas: [], clock, apiKey: 'sk-test' });
  const sent: string[] = [];
  const bundle = bundleWith(attacks);
  const { setup } = prepareSession({
    line,
    agent: agentOf('technical'),
    bundle,
    cause,
    budget: defaultBudget,
    countTokens: estimateTokens,
    comesFromIvr: true,
    tools: [],
    transfer: { from: 'support', reason: attacks.join(' '), arguments: { symptom: attacks[0] ?? '' } },
  });
  const connect = async (): Promise<MessageSocket> => {
    const [ours, theirs] = joinedSockets(clock);
    model.accept(theirs, { url: '/v1/realtime?model=simulated', headers: { authorization: 'Bearer sk-test' } });
    return {
      get bufferedAmount() {
        return ours.bufferedAmount;
      },
      send: (text) => {
        sent.push(String(text));
        ours.send(text);
      },
      close: (code, reason) => ours.close(code, reason),
      abort: () => ours.abort(),
      listen: (listener) => ours.listen(listener),
    };
  };
  const log = () => {};
  const session = openRealtime({ connect, clock, format: 'pcm', vad: 'server_vad', log, count: log })(setup, {});
  await settle();
  await clock.run(200);
  for (const [index, attack] of attacks.entries()) {
    const output = JSON.stringify(recall(bundle, { about: attack, part: 1 }, estimateTokens));
    const recalled = { type: 'tool-call', toolCallId: `recall_${index}`, name: 'recall', arguments: '{}', output } as const;
    session.addHistory([lateWords(attack, 2 * index), correction({ [attack]: attack }, 2 * index + 1), recalled]);
  }
  session.ask({ forceAudio: true });
  await clock.run(200);
  return { sent, record: model.records[0] };
};

/** As it stands in JSON, without what a text is cleaned of. */
const traces = (text: string): readonly string[] => [text, JSON.stringify(text).slice(1, -1)];
const hasTraceOf = (text: string, attacks: readonly string[]): readonly string[] =>
  attacks.filter((attack) => traces(attack).some((trace) => text.includes(trace)));

describe('what callers, tools and IVRs say is data', () => {
  it('there are at least 100 attacks', () => {
    expect(new Set(injections).size).toBeGreaterThanOrEqual(100);
  });

  it.each(causes)('%s: none of them stands in instructions or in a system item at the model server', async (cause) => {
    const { sent, record } = await sentBy(cause, injections);
    expect(record?.violations.map(({ code }) => code)).toEqual([]);
    expect(record?.instructions).toMatch(/^Help the caller\./);
    expect(hasTraceOf(record?.instructions ?? '', injections)).toEqual([]);
    const events = sent.map((text) => JSON.parse(text));
    for (const [index, event] of events.entries()) {
      const isOutput = event.type === 'conversation.item.create' && event.item.type === 'function_call_output';
      if (!isOutput) expect(hasTraceOf(sent[index] ?? '', injections), event.type).toEqual([]);
      expect(event.item?.role).toBeUndefined();
    }
    const outputs = events.filter(({ item }) => item?.type === 'function_call_output').map(({ item }) => item.output);
    // They are known, all of them: as data.
    for (const attack of injections)
      expect(outputs.some((output) => hasTraceOf(output, [attack.toWellFormed()]).length > 0)).toBe(true);
  });
});
