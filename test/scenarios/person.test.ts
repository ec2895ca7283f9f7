import { describe, expect, it } from 'vitest';
import { ms } from '../../infra/brand.ts';
import type { CallRecord } from '../world/carrier/call-record.ts';
import { tone } from '../world/carrier/mulaw.ts';
import { human, type Person } from '../world/carrier/person.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { briefingOf } from '../world/model/record.ts';
import type { Stage } from '../world/stage.ts';
import { clip } from '../world/voices/clips.ts';
import { eventsOf } from './play.ts';
import {
  anna,
  ben,
  type Humans,
  hangUpWhen,
  isContentAfter,
  joined,
  outcomes,
  personLeg,
  playWith,
  takes,
  wasSaid,
  when,
} from './play-person.ts';

describe('a person takes the caller', () => {
  it('knows who it is, has the caller for as long as they like, and the agent is there when the line is cut', async () => {
    const played = await playWith(
      {
        [anna]: takes(async (leg) => {
          await leg.after(300_000);
          leg.hangUp();
        }),
      },
      { ...isContentAfter(/cut off from my colleague/), patienceMs: 500_000 },
    );
    const { call, events } = played;
    expect(outcomes(played)).toEqual(['human left']);
    const [ended] = eventsOf(events, 'transfer-ended');
    expect(ended?.talkMs).toBeGreaterThan(300_000);
    // Back with the agent within a second of the moment at which the line broke.
    const broke = call.record.facts.find(({ type }) => type === 'room-left');
    const back = call.record.facts.find(({ type, at }) => type === 'agent-started' && at > (broke?.at ?? 0));
    expect((back?.at ?? Number.NaN) - (broke?.at ?? 0)).toBeLessThan(1_000);
    expect(personLeg(played).record.said.join(' ')).toMatch(/asks for a person.*Press 1/);
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
  });

  it('hears the caller and is heard', async () => {
    const played = await playWith(
      {
        [anna]: takes(async (leg) => {
          await leg.after(4_000);
          leg.press('*');
        }),
      },
      {
        direct: when(
          (_, call) => call.record.company.length > 0,
          (_, call) => call.record.clock.after(ms(7_000), () => call.speak(clip('callerThanksPerson'))),
        ),
        ...isContentAfter(/back with the assistant/),
      },
    );
    const loud = (witness: { readonly record: CallRecord }, from: number, to: number): number =>
      witness.record.heard.level(from * 8, to * 8);
    const joinedAt = joined(played.call);
    // Neither hears themselves, and nobody else speaks.
    expect(loud(played.call, joinedAt + 200, joinedAt + 6_500)).toBeGreaterThan(-40);
    expect(loud(played.call, joinedAt + 7_200, joinedAt + 9_000)).toBe(Number.NEGATIVE_INFINITY);
    const person = personLeg(played);
    const there = joined(person);
    expect(loud(person, there + 7_200, there + 9_000)).toBeGreaterThan(-40);
    expect(loud(person, there + 200, there + 6_500)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('gives the caller back by the star key', async () => {
    const played = await playWith(
      {
        [anna]: takes(async (leg) => {
          leg.press('*');
          await leg.heard('with the assistant again');
        }),
      },
      isContentAfter(/back with the assistant/),
    );
    expect(outcomes(played)).toEqual(['human given-back']);
    const back = played.stage.model.records.at(-1);
    if (back === undefined) throw new Error('nobody took the caller back');
    expect(briefingOf(back)).toMatch(/"outcome":"given-back"/);
    expect(back.instructions).not.toMatch(/given-back|asks for a person/);
  });

  it('keeps a caller who hangs up; the person is told, and nobody is rung again', async () => {
    const played = await playWith(
      { [anna]: takes(async (leg) => leg.heard('has hung up')) },
      { direct: hangUpWhen((_, call) => call.record.company.length > 0 && call.record.now > 25_000) },
    );
    expect(outcomes(played)).toEqual(['human caller-hung-up']);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'caller-hung-up' }]);
    expect(personLeg(played).record.said.at(-1)).toMatch(/has hung up/);
  });

  it('ends the call, where the line says that nothing comes after them', async () => {
    const played = await playWith(
      { [anna]: takes(async (leg) => leg.hangUp()) },
      { humans: { human: { number: anna, afterwards: 'end' } } },
    );
    expect(outcomes(played)).toEqual(['human left']);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'person-ended', resolved: null }]);
    expect(played.call.record.end).toMatchObject({ reason: 'hangup-verb' });
  });
});

const hangsUpAfter = (span: number): Person =>
  human(async (leg) => {
    await leg.after(span);
    leg.hangUp();
  });

const pressesTwo = human(async (leg) => {
  await leg.heard('Press 1');
  leg.press('2');
  await leg.heard('Thank you');
});

describe('a person who does not take the caller', () => {
  it.each<[string, Person, RegExp]>([
    ['declines', pressesTwo, /human declined/],
    ['never answers', { kind: 'never' }, /human no-answer/],
    ['is busy', { kind: 'busy' }, /human busy/],
    ['has a number that does not exist', { kind: 'failed', sipResponseCode: 404 }, /human unreachable/],
    ['is a voicemail', { kind: 'machine', ringMs: 3_000, greeting: tone(4_000) }, /human voicemail/],
    ['hangs up while it is told', hangsUpAfter(2_000), /human hung-up/],
    ['presses nothing', human(async (leg) => leg.until(() => false)), /human voicemail/],
    [
      'hangs up as soon as they pressed 1',
      human(async (leg) => {
        await leg.heard('Press 1');
        leg.press('1');
        await leg.after(500);
        leg.hangUp();
      }),
      /human (hung-up|left)/,
    ],
  ])('%s: the caller stays with the agent, who says so and goes on', async (_, person, outcome) => {
    const played = await playWith({ [anna]: person }, isContentAfter(/can't take the call right now/));
    expect(outcomes(played).join()).toMatch(outcome);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
    expect(played.stage.carrier.legs.size).toBe(2);
  });

  it('is replaced by who comes next, and the caller hears of it', async () => {
    const humans: Humans = {
      human: { number: anna, fallback: 'night' },
      night: { number: ben },
    };
    const played = await playWith({ [anna]: { kind: 'busy' }, [ben]: takes(async (leg) => leg.hangUp()) }, { humans });
    expect(outcomes(played)).toEqual(['human busy', 'night left']);
    expect(wasSaid(played, /trying another/)).toBe(true);
  });
});

describe('a caller who is gone', () => {
  const isThere = (stage: Stage): boolean => stage.carrier.legs.size > 1;
  const person = (stage: Stage) => [...stage.carrier.legs.values()][1];

  it.each<[string, (stage: Stage, call: PhoneCall) => boolean]>([
    ['while it rings', isThere],
    ['while the person is told', (stage) => (person(stage)?.record.facts ?? []).some(({ type }) => type === 'say-started')],
    [
      'once the person has accepted',
      (stage) => (person(stage)?.record.facts ?? []).some(({ type }) => type === 'room-entered'),
    ],
  ])('%s: the person is let go', async (_, holds) => {
    const played = await playWith({ [anna]: takes() }, { direct: hangUpWhen(holds) });
    expect(outcomes(played)).toEqual(['human caller-gone']);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'caller-hung-up' }]);
    const { record } = personLeg(played);
    expect(record.company).toEqual([]);
    expect(record.now).toBeLessThan(60_000);
  });
});

describe('a cold transfer', () => {
  const humans = { human: { number: anna, way: 'cold', ringSeconds: 20 } } as const;

  it('rings the person with the caller on the line, and takes the caller back afterwards', async () => {
    const answers = human(async (leg) => {
      await leg.together();
      await leg.speak(clip('personHello'));
      leg.hangUp();
    });
    const played = await playWith({ [anna]: answers }, { humans, ...isContentAfter(/cut off from my colleague/) });
    expect(outcomes(played)).toEqual(['human left']);
    expect(eventsOf(played.events, 'transfer-ended')[0]?.talkMs).toBeGreaterThan(5_000);
  });

  it.each<[string, Person, string]>([
    ['is busy', { kind: 'busy' }, 'human busy'],
    ['never answers', { kind: 'never' }, 'human no-answer'],
    ['does not exist', { kind: 'failed', sipResponseCode: 404 }, 'human unreachable'],
  ])('who %s: the agent is back with the caller', async (_, person, outcome) => {
    const played = await playWith({ [anna]: person }, { humans, ...isContentAfter(/can't take the call right now/) });
    expect(outcomes(played)).toEqual([outcome]);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'agent-ended' }]);
  });
});
