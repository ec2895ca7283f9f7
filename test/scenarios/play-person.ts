import type { HumanDefinition, LineDefinition } from '../../agents/definition.ts';
import { ms } from '../../infra/brand.ts';
import type { CallRecord } from '../world/carrier/call-record.ts';
import { human, type Person, type PersonLeg, type PersonScript } from '../world/carrier/person.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import type { Stage } from '../world/stage.ts';
import { clip } from '../world/voices/clips.ts';
import { eventsOf, type Played, type PlayOptions, play, saysAfter } from './play.ts';
import { expectTransferLaws } from './transfer-laws.ts';

export const anna = '+14155550199';
export const ben = '+14155550188';

/** A caller who asks for a person at once. */
export const asks = saysAfter('callerWantsPerson', ['supportGreeting']);
/** The caller is content once they have heard an agent say this to its end. */
export const isContentAfter = (words: RegExp): Pick<PlayOptions, 'watch'> => {
  let isSaid = false;
  const watch: PlayOptions['watch'] = (event, _, call) => {
    if (isSaid || event.type !== 'agent-said' || !words.test(event.text) || event.heardMs < event.saidMs) return;
    isSaid = true;
    call.speak(clip('callerAllDone'));
  };
  return { watch };
};

export type Humans = Readonly<Record<string, HumanDefinition>>;

export const withPeople = (humans: Humans) => (line: LineDefinition) => ({
  ...line,
  humans: new Map(Object.entries(humans)),
});

export const playWith = async (
  people: Readonly<Record<string, PersonScript>>,
  { humans = { human: { number: anna } }, ...more }: PlayOptions & { readonly humans?: Humans } = {},
): Promise<Played> => {
  const played = await play({ script: [asks], patienceMs: 90_000, line: withPeople(humans), ...more, carrier: { people } });
  expectTransferLaws(played);
  return played;
};

/** Takes the call, and then does something. */
export const takes = (then: (leg: PersonLeg) => Promise<void> = async () => {}, ringMs = 2_000): Person =>
  human(async (leg) => {
    await leg.heard('Press 1');
    leg.press('1');
    await leg.together();
    await leg.speak(clip('personHello'));
    await then(leg);
  }, ringMs);

/** Whether an agent said something in such words. */
export const wasSaid = ({ events }: Played, words: RegExp): boolean =>
  eventsOf(events, 'agent-said').some(({ text }) => words.test(text));

export const personLeg = ({ stage }: Played, address = anna) => {
  const found = [...stage.carrier.legs.values()].find(({ leg }) => leg.identity.to === address);
  if (found === undefined) throw new Error(`nobody rang ${address}`);
  return found;
};

export const outcomes = ({ events }: Played): string[] =>
  events.flatMap((event) =>
    event.type === 'transfer-failed'
      ? [`${event.to} ${event.why}`]
      : event.type === 'transfer-ended'
        ? [`${event.to} ${event.ending}`]
        : [],
  );

type Scene = (stage: Stage, call: PhoneCall) => unknown;

/** Does something as soon as something holds. */
export const when =
  (holds: Scene, act: Scene): NonNullable<PlayOptions['direct']> =>
  (stage, call) => {
    const look = () => {
      if (call.over) return;
      if (holds(stage, call) === true) act(stage, call);
      else stage.clock.after(ms(20), look);
    };
    look();
  };

export const hangUpWhen = (holds: Scene) => when(holds, (_, call) => call.hangUp());

/** When a leg first had somebody to talk to, in its own time. */
export const joined = ({ record }: { readonly record: CallRecord }): number =>
  record.facts.find((fact) => fact.type === 'company' && fact.with.length > 0)?.at ?? Number.NaN;
