import type { HumanDefinition, LineDefinition } from '../../agents/definition.ts';
import { ScreenTokens } from '../../gateway/screen/screen-token.ts';
import { type CallId, ms, parseCallId } from '../../infra/brand.ts';
import { Dice } from '../sim/dice.ts';
import { tone } from '../world/carrier/mulaw.ts';
import { human, type Person, type PersonLeg } from '../world/carrier/person.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { VirtualClock } from '../world/clock.ts';
import type { Stage } from '../world/stage.ts';
import { clip } from '../world/voices/clips.ts';
import { type Played, play, saysAfter } from './play.ts';

export const addresses = { human: '+14155550199', night: '+14155550188' } as const;
export type Name = keyof typeof addresses;

/** What happens at some moment, in ms since the first ring: faults of the outside world. */
interface Blow {
  readonly at: number;
  readonly what: 'the stream breaks' | 'the model session dies';
}

/** What a person does with the caller. `page`: by the page, in place of the phone. */
type Deed = 'star' | 'hang-up' | 'give-back' | 'end-call' | 'stays';

/** What a person does once their phone rings. */
export interface Plan {
  readonly kind: 'busy' | 'never' | 'failed' | 'machine' | 'human';
  readonly ringMs: number;
  /** Of a human: what they make of the question, and when. */
  readonly answer: 'takes' | 'takes-at-once' | 'declines' | 'ignores' | 'hangs-up';
  readonly afterMs: number;
  readonly parts: Deed;
  readonly talkMs: number;
  readonly notes: boolean;
}

/** One history, drawn from a seed. */
export interface History {
  readonly seed: number;
  readonly way: 'warm' | 'cold' | 'queue';
  readonly afterwards: 'return' | 'end';
  readonly plans: Readonly<Record<Name, Plan>>;
  readonly hasFallback: boolean;
  readonly hangsUpAt: number;
  readonly blows: readonly Blow[];
  /** Share of the webhooks of transfers that come late, and twice. */
  readonly storm: number;
}

const drawPlan = (dice: Dice): Plan => ({
  kind: dice.weighed({ human: 12, busy: 1, never: 1, failed: 1, machine: 2 }),
  ringMs: 500 + dice.below(12_000),
  answer: dice.weighed({ takes: 8, 'takes-at-once': 4, declines: 2, ignores: 1, 'hangs-up': 2 }),
  afterMs: dice.below(dice.chance(0.5) ? 1_500 : 25_000),
  parts: dice.weighed({ star: 4, 'hang-up': 4, 'give-back': 3, 'end-call': 2, stays: 2 }),
  talkMs: dice.below(dice.chance(0.4) ? 1_500 : 30_000),
  notes: dice.chance(0.4),
});

export const drawHistory = (seed: number): History => {
  const dice = new Dice(seed);
  return {
    seed,
    way: dice.weighed({ warm: 6, cold: 2, queue: 2 }),
    afterwards: dice.chance(0.2) ? 'end' : 'return',
    plans: { human: drawPlan(dice), night: drawPlan(dice) },
    hasFallback: dice.chance(0.4),
    hangsUpAt: dice.chance(0.4) ? 5_000 + dice.below(55_000) : 150_000,
    blows: dice.chance(0.3)
      ? [
          {
            at: 6_000 + dice.below(40_000),
            what: dice.chance(0.5) ? 'the stream breaks' : 'the model session dies',
          },
        ]
      : [],
    storm: dice.chance(0.4) ? 0.3 : 0,
  };
};

/** What really happened to a transfer, as the person's end knows it. */
export interface Deeds {
  /** Did something by the page, and the page said that it was done. */
  readonly done: { readonly name: Name; readonly deed: string }[];
  /** Pressed a key, or hung up. */
  readonly keys: { readonly name: Name; readonly key: string }[];
}

export interface PlayedHistory extends Played {
  readonly history: History;
  readonly deeds: Deeds;
}

/** The actors of one history. */
class Troupe {
  readonly deeds: Deeds = { done: [], keys: [] };
  readonly #history: History;
  #stage: Stage | undefined;
  #callId: CallId | undefined;

  constructor(history: History) {
    this.#history = history;
  }

  begins(stage: Stage, call: PhoneCall): void {
    this.#stage = stage;
    this.#callId = parseCallId(call.sid);
  }

  person(name: Name): Person {
    const plan = this.#history.plans[name];
    switch (plan.kind) {
      case 'busy':
      case 'never':
        return { kind: plan.kind };
      case 'failed':
        return { kind: 'failed', sipResponseCode: 404 };
      case 'machine':
        return { kind: 'machine', ringMs: plan.ringMs, greeting: tone(4_000) };
      case 'human':
        return human((leg) => this.#act(name, plan, leg), plan.ringMs);
    }
  }

  async #act(name: Name, plan: Plan, leg: PersonLeg): Promise<void> {
    if (this.#history.way === 'warm' || name === 'night') await this.#decide(name, plan, leg);
    await leg.together();
    void leg.speak(clip('personHello')).catch(() => {});
    await leg.after(plan.talkMs);
    if (plan.notes) await this.#write({ notes: 'Sent a new key.' });
    await this.#parts(name, plan.parts, leg);
  }

  async #decide(name: Name, { answer, afterMs }: Plan, leg: PersonLeg): Promise<void> {
    if (answer === 'takes' || answer === 'declines') await leg.heard('Press 1');
    await leg.after(afterMs);
    if (answer === 'ignores') await leg.until(() => false);
    if (answer === 'hangs-up') this.#hangsUp(name, leg);
    else this.#press(name, answer === 'declines' ? '2' : '1', leg);
  }

  async #parts(name: Name, how: Deed, leg: PersonLeg): Promise<void> {
    if (how === 'stays') return;
    if (how === 'star' && (this.#history.way === 'warm' || name === 'night')) return this.#press(name, '*', leg);
    if (how === 'star' || how === 'hang-up') return this.#hangsUp(name, leg);
    const result = await this.#write({ next: how });
    if (result === 'done') this.deeds.done.push({ name, deed: how });
  }

  #press(name: Name, key: string, leg: PersonLeg): void {
    this.deeds.keys.push({ name, key });
    leg.press(key);
  }

  #hangsUp(name: Name, leg: PersonLeg): void {
    this.deeds.keys.push({ name, key: 'hang-up' });
    leg.hangUp();
  }

  /** By the page of the transfer that is under way. */
  async #write(word: object): Promise<string> {
    const { clock, publicPort, settings, stores } = this.#stage ?? absent();
    const callId = this.#callId ?? absent();
    const transfer = (await stores.transfers.of(callId))?.transfer ?? absent();
    const token = new ScreenTokens([settings.internalSecret], clock).issue({ callId, transfer });
    const posted = fetch(`${publicPort}/screen/${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(word),
    }).then((response) => response.json());
    const answer: unknown = await (clock instanceof VirtualClock ? clock.busy(posted) : posted);
    return String(Reflect.get(Object(answer), 'result'));
  }
}

const absent = (): never => {
  throw new Error('the history has not begun');
};

const humansOf = ({ way, hasFallback, afterwards }: History): Readonly<Record<string, HumanDefinition>> => {
  const fallback = hasFallback ? { fallback: 'night' } : {};
  const place =
    way === 'queue'
      ? { queue: 'desk' }
      : { number: addresses.human, ...(way === 'cold' ? { way: 'cold' as const } : {}), ringSeconds: 15 };
  return {
    human: { ...place, ...fallback, afterwards },
    ...(hasFallback ? { night: { number: addresses.night, ringSeconds: 15 } } : {}),
  };
};

/** The caller is content once an agent has said so much that they have nothing to wait for. */
const contentWords = /can't take the call|with the assistant|cut off from my colleague|new key|sent you/i;

const strikes = ({ blows }: History, stage: Stage, call: PhoneCall): void => {
  for (const { at, what } of blows)
    stage.clock.after(ms(at), () => {
      if (what === 'the stream breaks') call.stream?.drop();
      else stage.model.open.at(-1)?.drop();
    });
};

/** Plays a history from the first ring to the last hang-up. */
export const playHistory = async (
  history: History,
  begun: (stage: Stage, call: PhoneCall) => void = () => {},
): Promise<PlayedHistory> => {
  const troupe = new Troupe(history);
  const weather = new Dice(history.seed + 1_000_003);
  const humans = new Map(Object.entries(humansOf(history)));
  let isContent = false;
  const played = await play({
    script: [saysAfter('callerWantsPerson', ['supportGreeting'])],
    patienceMs: 150_000,
    line: (line: LineDefinition) => ({ ...line, humans }),
    carrier: {
      people: { [addresses.human]: troupe.person('human'), [addresses.night]: troupe.person('night') },
      queues:
        history.plans.human.kind === 'never'
          ? {}
          : { desk: { taker: { afterMs: history.plans.human.ringMs, address: addresses.human } } },
    },
    network: (url) =>
      url.includes('/transfer/') && weather.chance(history.storm)
        ? { lateMs: weather.below(3_000), twice: weather.chance(0.3) }
        : undefined,
    direct: (stage, call) => {
      troupe.begins(stage, call);
      begun(stage, call);
      strikes(history, stage, call);
      stage.clock.after(ms(history.hangsUpAt), () => call.hangUp());
    },
    // What was told late is told now.
    after: async (stage) => {
      const settledAt = stage.clock.now() + 5_000;
      await stage.until(() => stage.clock.now() >= settledAt);
    },
    watch: (event, _, call) => {
      if (isContent || event.type !== 'agent-said' || event.heardMs < event.saidMs || !contentWords.test(event.text)) return;
      isContent = true;
      call.speak(clip('callerAllDone'));
    },
  });
  return { ...played, history, deeds: troupe.deeds };
};
