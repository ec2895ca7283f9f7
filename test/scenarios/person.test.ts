import { describe, expect, it } from 'vitest';
import { human, type PersonLeg, type PersonScript } from '../world/carrier/person.ts';
import { clip } from '../world/voices/clips.ts';
import { eventsOf, type PlayOptions, play, saysAfter } from './play.ts';

const anna = '+14155550199';

/** A caller who asks for a person after the greeting, and has nothing more to say when they are back. */
const script = [
  saysAfter('callerWantsPerson', ['supportGreeting']),
];

const withPerson = (person: PersonScript, more: PlayOptions = {}) =>
  play({
    script,
    ...more,
    settings: { THROUGHLINE_HUMANS: `human=${anna}` },
    carrier: { people: { [anna]: person } },
  });

/** Takes the call, says hello, and then does something. */
const takes = (then: (leg: PersonLeg) => Promise<void>) =>
  human(async (leg) => {
    await leg.heard('Press 1');
    leg.press('1');
    await leg.together();
    await leg.speak(clip('personHello'));
    await then(leg);
  });

describe('a caller who wants a person', () => {
  it('gets one who was told, and comes back when the person is cut off', async () => {
    const { call, stage, events } = await withPerson(takes(async (leg) => leg.hangUp()));
    for (const leg of stage.carrier.legs.values()) console.log(leg.record.facts.filter((f) => !/mark|agent-|caller-st/.test(f.type)).map((f) => JSON.stringify(f)).join('\n'), '\n');
    console.log(events.map((e) => JSON.stringify(e)).join('\n'));
    expect(eventsOf(events, 'transfer-ended')).toMatchObject([{ ending: 'left' }]);
    expect(call.record.debuggerCodes).toEqual([]);
  });
});
