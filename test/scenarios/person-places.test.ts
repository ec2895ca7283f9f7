import { describe, expect, it } from 'vitest';
import type { HumanDefinition } from '../../agents/definition.ts';
import { ScreenTokens } from '../../gateway/screen/screen-token.ts';
import { type CallId, ms, parseCallId } from '../../infra/brand.ts';
import { human, type PersonLeg } from '../world/carrier/person.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { VirtualClock } from '../world/clock.ts';
import type { Stage } from '../world/stage.ts';
import { clip } from '../world/voices/clips.ts';
import { eventsOf, type Played, type PlayOptions, play, saysAfter } from './play.ts';
import { expectTransferLaws } from './transfer-laws.ts';

const anna = '+14155550199';
const sip = 'sip:desk@pbx.example.com';
const workflow = `WW${'a'.repeat(32)}`;

const playWith = async (desk: HumanDefinition, options: PlayOptions): Promise<Played> => {
  const played = await play({
    script: [saysAfter('callerWantsPerson', ['supportGreeting'])],
    patienceMs: 90_000,
    line: (line) => ({ ...line, humans: new Map([['human', desk]]) }),
    ...options,
  });
  expectTransferLaws(played);
  return played;
};

/** Content once an agent has said this to its end. */
const isContentAfter = (words: RegExp): NonNullable<PlayOptions['watch']> => {
  let isSaid = false;
  return (event, _, call) => {
    if (isSaid || event.type !== 'agent-said' || !words.test(event.text) || event.heardMs < event.saidMs) return;
    isSaid = true;
    call.speak(clip('callerAllDone'));
  };
};

/** What a person writes on their page. */
const posts = async (stage: Stage, call: PhoneCall, word: object): Promise<unknown> => {
  const known = await stage.stores.transfers.of(idOf(call));
  if (known === undefined) throw new Error('there is no transfer');
  const token = new ScreenTokens([stage.settings.internalSecret], stage.clock).issue(known);
  const posted = fetch(`${stage.publicPort}/screen/${token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(word),
  }).then((response) => response.json());
  return stage.clock instanceof VirtualClock ? stage.clock.busy(posted) : posted;
};

const idOf = (call: PhoneCall): CallId => parseCallId(call.sid) ?? absent();

/** A person with their page open: what they do there on the stage that `direct` sees. */
const withPage = (does: (leg: PersonLeg, post: (word: object) => Promise<unknown>) => Promise<void>) => {
  let now: { readonly stage: Stage; readonly call: PhoneCall } | undefined;
  const direct: NonNullable<PlayOptions['direct']> = (stage, call) => {
    now = { stage, call };
  };
  const person = human(async (leg) => {
    const { stage, call } = now ?? absent();
    await does(leg, (word) => posts(stage, call, word));
  });
  return { direct, person };
};

const absent = (): never => {
  throw new Error('the call has not begun');
};

const takes = async (leg: PersonLeg): Promise<void> => {
  await leg.heard('Press 1');
  leg.press('1');
  await leg.together();
};

describe('a queue with a workflow', () => {
  it('gets a task that says who it is, and the caller comes back by the page of who took it', async () => {
    const { direct, person } = withPage(async (leg, post) => {
      await leg.together();
      await leg.after(3_000);
      expect(await post({ notes: 'All settled.', next: 'give-back' })).toEqual({ result: 'done' });
    });
    const played = await playWith(
      { queue: 'desk', workflow },
      {
        direct,
        watch: isContentAfter(/back with the assistant/),
        carrier: { queues: { [workflow]: { taker: { afterMs: 4_000, address: anna, person } } } },
      },
    );
    const task = played.call.record.facts.find(({ type }) => type === 'task');
    expect(task).toMatchObject({ workflowSid: workflow, attributes: { reason: 'The caller asks for a person' } });
    expect(JSON.stringify(task)).toMatch(/"https:\/\/throughline\.example\.com\/screen\//);
    expect(eventsOf(played.events, 'transfer-ended')).toMatchObject([{ ending: 'given-back', notes: 'All settled.' }]);
    expect(eventsOf(played.events, 'bound').map(({ cause }) => cause)).toEqual(['answer', 'return']);
  });

  it('whom nobody takes and who hangs up is gone', async () => {
    const played = await playWith(
      { queue: 'desk', workflow },
      { carrier: { people: {} }, direct: (stage, call) => stage.clock.after(ms(30_000), () => call.hangUp()) },
    );
    expect(eventsOf(played.events, 'transfer-failed')).toMatchObject([{ why: 'caller-gone' }]);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'caller-hung-up' }]);
  });
});

describe('a telephone system', () => {
  it('gets what is known along, in headers that can be read', async () => {
    let headers: Readonly<Record<string, string>> = {};
    const person = human(async (leg) => {
      headers = leg.sipHeaders;
      await takes(leg);
      await leg.after(3_000);
      leg.hangUp();
    });
    await playWith({ sip }, { watch: isContentAfter(/cut off/), carrier: { people: { [sip]: person } } });
    const told = Object.entries(headers).find(([name]) => /user-to-user/i.test(name))?.[1] ?? '';
    expect(told).toMatch(/^[0-9a-f]+;encoding=hex$/);
    const known: unknown = JSON.parse(Buffer.from(told.split(';')[0] ?? '', 'hex').toString('utf8'));
    expect(known).toMatchObject({ call: expect.stringMatching(/^CA/), reason: 'The caller asks for a person' });
    expect(Object.keys(headers).some((name) => /^(SipHeader_)?X-/i.test(name))).toBe(true);
  });
});

describe('the page of a person', () => {
  it('ends the call, and what was written stands in the log', async () => {
    const { direct, person } = withPage(async (leg, post) => {
      await takes(leg);
      await leg.after(5_000);
      expect(await post({ notes: 'Sent a new key.', outcome: 'solved', next: 'end-call' })).toEqual({ result: 'done' });
    });
    const played = await playWith({ number: anna }, { direct, carrier: { people: { [anna]: person } } });
    expect(eventsOf(played.events, 'transfer-ended')).toMatchObject([
      { ending: 'finished', notes: 'Sent a new key.', verdict: 'solved' },
    ]);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'person-ended', resolved: true }]);
    expect(played.call.record.said.at(-1)).toMatch(/Thank you for calling/);
  });

  it('takes notes when the call is over, too', async () => {
    const { direct, person } = withPage(async (leg) => {
      await takes(leg);
      leg.hangUp();
    });
    const played = await playWith(
      { number: anna, afterwards: 'end' },
      {
        direct: (stage, call) => {
          direct(stage, call);
          written.call = call;
        },
        carrier: { people: { [anna]: person } },
        after: async (stage) => {
          await stage.play(posts(stage, written.call ?? absent(), { notes: 'Will call back.', outcome: 'call-back' }));
          const callId = idOf(written.call ?? absent());
          let notes: string | null | undefined;
          for (let looks = 0; looks < 100 && notes === undefined; looks += 1)
            notes = (await stage.play(stage.gateway.calls.bundle(callId)))?.transfers[0]?.notes ?? undefined;
          written.notes = notes;
        },
      },
    );
    expect(eventsOf(played.events, 'transfer-noted')).toMatchObject([{ notes: 'Will call back.', verdict: 'call-back' }]);
    expect(written.notes).toBe('Will call back.');
  });
});

const written: { call?: PhoneCall; notes?: string | null | undefined } = {};
