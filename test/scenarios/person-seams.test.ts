import { describe, expect, it } from 'vitest';
import { ms, parseCallId } from '../../infra/brand.ts';
import { human } from '../world/carrier/person.ts';
import { clip } from '../world/voices/clips.ts';
import { eventsOf, type PlayOptions } from './play.ts';
import { anna, ben, isContentAfter, outcomes, personLeg, playWith, takes, wasSaid } from './play-person.ts';

const tick = ms(20);
const tenSeconds = ms(10_000);

/** Does something at the first event of such a type. */
const at =
  (type: string, act: NonNullable<PlayOptions['watch']>): NonNullable<PlayOptions['watch']> =>
  (event, stage, call) => {
    if (event.type === type) act(event, stage, call);
  };

const both =
  (...watches: readonly PlayOptions['watch'][]): NonNullable<PlayOptions['watch']> =>
  (event, stage, call) => {
    for (const watch of watches) watch?.(event, stage, call);
  };

/** What the person's page does in a call. */
const page = (stage: Parameters<NonNullable<PlayOptions['watch']>>[1], sid: string) => {
  const callId = parseCallId(sid);
  const desk = stage.gateway.http.screen?.desk;
  if (callId === undefined || desk === undefined) throw new Error('there is no page');
  return { desk, ref: { callId, transfer: 't1' } };
};

describe('at the seams of a transfer', () => {
  it('a caller who hangs up when the agent has let them go leaves nobody waiting', async () => {
    const played = await playWith(
      { [anna]: takes() },
      { watch: at('stream-ended', (_event, _stage, call) => call.hangUp()) },
    );
    expect(outcomes(played)).toEqual(['human caller-gone']);
    const person = personLeg(played).record;
    expect(person.said.at(-1)).toMatch(/has hung up/);
    expect(person.now).toBeLessThan(40_000);
  });

  it('an agent who says good-bye while somebody is rung calls them off', async () => {
    const played = await playWith(
      { [anna]: { kind: 'never' } },
      { watch: at('transfer-requested', (_event, _stage, call) => void call.speak(clip('callerAllDone'))) },
    );
    expect(outcomes(played)).toEqual(['human cancelled']);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
    expect(personLeg(played).record.now).toBeLessThan(25_000);
  });

  it('a person who presses the button of their page twice gives the caller back once', async () => {
    const results: string[] = [];
    const giveBack: PlayOptions['watch'] = (event, stage, call) => {
      if (event.type !== 'transfer-accepted') return;
      const look = (): void => {
        if (call.record.company.length === 0) {
          stage.clock.after(tick, look);
          return;
        }
        const { desk, ref } = page(stage, call.sid);
        void desk
          .word(ref, { notes: 'A new key is on its way.', next: 'give-back' })
          .then(async (first) => results.push(first, await desk.word(ref, { next: 'give-back' })));
      };
      look();
    };
    const played = await playWith({ [anna]: takes() }, { watch: both(giveBack, isContentAfter(/new key by e-mail/).watch) });
    expect(results).toEqual(['done', 'over']);
    expect(outcomes(played)).toEqual(['human given-back']);
    expect(eventsOf(played.events, 'transfer-ended')).toMatchObject([{ notes: 'A new key is on its way.' }]);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
  });
});

describe('a cold transfer', () => {
  const humans = {
    human: { number: anna, way: 'cold', ringSeconds: 20, fallback: 'night' },
    night: { number: ben },
  } as const;

  it('whose caller hangs up in the talk is one that took place', async () => {
    const talks = human(async (leg) => {
      await leg.together();
      await leg.until(() => false);
    });
    const played = await playWith(
      { [anna]: talks },
      {
        humans,
        direct: (stage, call) => {
          const look = (): void => {
            if (call.record.company.length === 0) stage.clock.after(tick, look);
            else stage.clock.after(tenSeconds, () => call.hangUp());
          };
          look();
        },
      },
    );
    expect(outcomes(played)).toEqual(['human caller-hung-up']);
    expect(eventsOf(played.events, 'transfer-ended')[0]?.talkMs).toBeGreaterThanOrEqual(9_000);
  });

  it('that nobody takes goes to who is next', async () => {
    const played = await playWith(
      { [anna]: { kind: 'busy' }, [ben]: takes(async (leg) => leg.hangUp()) },
      { humans, ...isContentAfter(/cut off from my colleague/) },
    );
    expect(outcomes(played)).toEqual(['human busy', 'night left']);
    expect(wasSaid(played, /putting you through/)).toBe(true);
  });
});
