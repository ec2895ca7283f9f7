import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LineDefinition } from '../../agents/definition.ts';
import { requireLine, supportLine } from '../../agents/line.ts';
import { hardenedServer } from '../../gateway/http/app.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { demoAccount } from '../world/back-office.ts';
import { callRecord } from '../world/call-records.ts';
import { Caller, hangsUp, says } from '../world/caller.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { briefingOf } from '../world/model/record.ts';
import { dialledNumber, publicUrl, raiseStage, type Stage } from '../world/stage.ts';
import { clip, clipOf } from '../world/voices/clips.ts';
import { eventsOf } from './play.ts';

/** Acme's line for callers whose IVR says what they call about. */
const withTopic = (acme: LineDefinition): LineDefinition => {
  const accepts = z.object({ issueCategory: z.string(), accountTier: z.string(), symptom: z.string(), tried: z.string() });
  const line = supportLine();
  const any = line.agent({ voice: 'marin', instructions: 'Help.' });
  const { intake } = line.team({ any }, { start: 'any', intake: { accepts } });
  return requireLine({ ...acme, intake, route: undefined });
};

const query = 'issueCategory=api-key&accountTier=Pro&symptom=401&tried=reset%20API%20key';

/** A stage whose store has 60 calls about API keys, of which 54 ended with the specialist. */
const raise = async (
  change: { readonly voiceUrl?: string; readonly line?: (acme: LineDefinition) => LineDefinition } = {},
) => {
  const events: ContextEvent[] = [];
  const stage = await raiseStage({
    mode: 'fast',
    store: 'sqlite::memory:',
    voiceUrl: `${publicUrl}/twilio/voice?${query}`,
    line: withTopic,
    ...change,
    onEvent: (_, event) => events.push(event),
  });
  const now = stage.clock.wall();
  for (let index = 1; index <= 60; index += 1) {
    const startedAt = new Date(now - index * 60_000).toISOString();
    await stage.stores.calls.write(callRecord(900_000 + index, index <= 54 ? ['technical'] : [], { startedAt }));
  }
  const server = hardenedServer(stage.gateway.consoleApp).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/api/v1/suggestions`;
  return {
    stage,
    events,
    list: async () => JSON.parse(await (await fetch(url)).text()),
    decides: async (id: string, what: string) =>
      (await stage.play(fetch(`${url}/${id}/${what}`, { method: 'POST' }))).status,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await stage.close();
    },
  };
};

/** One whole call: the caller hears who answers, and hangs up. Who that was, what they knew, and what they said. */
const answers = async (stage: Stage) => {
  const before = stage.model.records.length;
  const call: PhoneCall = stage.carrier.call({ from: demoAccount.phone, to: dialledNumber });
  const caller = new Caller({ call, script: [hangsUp({ after: 'agent-finished', quietMs: 900 })], patienceMs: 30_000 });
  await stage.play(Promise.all([caller.run(), call.ended]));
  const first = stage.model.records.slice(before).find(({ responses }) => responses.length > 0);
  if (first === undefined) throw new Error('nobody answered');
  return { who: first.persona, briefing: briefingOf(first), words: first.responses.map(({ words }) => words).join(' ') };
};

describe('a suggestion on the stage', () => {
  it('accepted, calls of its kind begin with the specialist, whose first words know; withdrawn, they do not', async () => {
    const { stage, events, list, decides, close } = await raise();
    try {
      const { open } = await list();
      expect(open).toMatchObject([{ category: 'API key', to: 'technical', n: 60, k: 54 }]);
      const [{ id }] = open;
      expect((await answers(stage)).who).toBe('support');
      expect(await decides(id, 'accept')).toBe(200);
      const { who, briefing, words } = await answers(stage);
      expect(who).toBe('technical');
      expect(briefing).toContain('"issueCategory","value":"api-key","source":"ivr"');
      expect(words).toContain(clipOf('technicalKnows').text);
      expect(eventsOf(events, 'routed-by-rule')).toMatchObject([{ rule: id, agent: 'technical', way: 'answered' }]);
      expect(eventsOf(events, 'bound').map(({ agent }) => agent)).toEqual(['support', 'technical']);
      expect(eventsOf(events, 'asked-again')).toEqual([]);
      expect((await list()).accepted).toMatchObject([{ id, effect: { after: {} } }]);
      expect(await decides(id, 'withdraw')).toBe(200);
      expect((await answers(stage)).who).toBe('support');
      expect(eventsOf(events, 'routed-by-rule')).toHaveLength(1);
    } finally {
      await close();
    }
  });

  it("does nothing for whom the line's own route sends elsewhere, and for who calls about something else", async () => {
    const own = (acme: LineDefinition) => requireLine({ ...withTopic(acme), route: () => 'billing' });
    const routed = await raise({ line: own });
    const other = await raise({ voiceUrl: `${publicUrl}/twilio/voice?issueCategory=invoice` });
    try {
      for (const { stage, list, decides, events } of [routed, other]) {
        expect(await decides((await list()).open[0].id, 'accept')).toBe(200);
        expect((await answers(stage)).who).toBe(stage === routed.stage ? 'billing' : 'support');
        expect(eventsOf(events, 'routed-by-rule')).toEqual([]);
      }
    } finally {
      await routed.close();
      await other.close();
    }
  });

  it('where nothing is known before, the agent is told as soon as it has found out, and the specialist is made ready', async () => {
    const { stage, events, list, decides, close } = await raise({ voiceUrl: `${publicUrl}/twilio/voice` });
    try {
      const [{ id }] = (await list()).open;
      expect(await decides(id, 'accept')).toBe(200);
      const call = stage.carrier.call({ from: demoAccount.phone, to: dialledNumber });
      const script = [says(clip('callerOpening')), hangsUp({ after: 'agent-finished', quietMs: 2_500 })];
      await stage.play(Promise.all([new Caller({ call, script, patienceMs: 30_000 }).run(), call.ended]));
      const [support, specialist] = stage.model.records;
      expect(support?.persona).toBe('support');
      expect(briefingOf(support ?? fail())).toContain('"colleague":"technical"');
      expect(support?.instructions).not.toContain('colleague":');
      expect(specialist?.persona).toBe('technical');
      expect(eventsOf(events, 'routed-by-rule')).toMatchObject([{ rule: id, agent: 'technical', way: 'told' }]);
      expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
    } finally {
      await close();
    }
  });
});

const fail = (): never => {
  throw new Error('no session');
};
