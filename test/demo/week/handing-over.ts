import type { HandoffTrigger } from '../../../store/context/event.ts';
import { type Arm, assumed, type Measured, pace } from './arms.ts';
import type { Random, Some } from './random.ts';
import { questions, type Topic } from './scenery.ts';
import type { Teller } from './teller.ts';

/** What came of a handoff. `questions`: for what was known, by a specialist who was not given it. */
export type HandedOver =
  | { readonly outcome: 'committed'; readonly questions: number }
  | { readonly outcome: 'refused' | 'failed' | 'abandoned' };

export interface Handing {
  readonly arm: Arm;
  readonly topic: Topic;
  /** How much is known that could be carried. */
  readonly known: number;
}

const first = {
  knows: 'I have read what you told my colleague, and I am looking at it.',
  asks: 'Hello, I take over from here.',
};

/** Support hands over to the specialist of a topic. */
export const handOver = (teller: Teller, handing: Handing): HandedOver => {
  const { random } = teller;
  const { category, specialist } = handing.topic;
  const pair = { from: 'support', to: specialist };
  const reason = `about ${category}, which support could not solve`;
  if (random.chance(0.015)) {
    teller.tell({ type: 'handoff-refused', ...pair, reason, why: 'too soon after the last handoff' });
    return { outcome: 'refused' };
  }
  const epoch = teller.nextEpoch();
  const trigger = random.weighted(triggers).trigger;
  teller.agentSays('support', 'I put you through to a colleague who knows more about this.');
  teller.tell({ type: 'handoff-requested', epoch, ...pair, reason, trigger });
  if (random.chance(assumed.abandons)) {
    teller.wait(random.between(300, 900));
    return { outcome: 'abandoned' };
  }
  if (random.chance(0.008)) {
    teller.wait(random.between(2_000, 4_000));
    teller.tell({ type: 'handoff-failed', epoch, ...pair, why: 'the new session did not come up in time' });
    return { outcome: 'failed' };
  }
  const times = timesOf(handing.arm, random);
  const carried = carriedOf(handing.arm, handing.known, random);
  teller.wait(times.firstAudioMs);
  const asked = carried.missing;
  const opener =
    asked.length === 0 ? first.knows : [first.asks, ...asked.slice(0, 1).map(({ question }) => question)].join(' ');
  teller.agentBegins(specialist, opener);
  teller.wait(random.between(40, 160));
  const { isForeseen: foreseen, ...ms } = times;
  const { factsCarried, briefingTokens, leftOut } = carried;
  const switchMs = times.firstAudioMs + random.between(40, 160);
  teller.tell({
    type: 'handoff-committed',
    epoch,
    ...pair,
    ...ms,
    switchMs,
    foreseen,
    factsCarried,
    briefingTokens,
    leftOut,
  });
  teller.tell({ type: 'bound', agent: specialist, epoch, cause: 'handoff' });
  for (const [index, { field, question, answer }] of asked.entries()) {
    if (index > 0) teller.agentSays(specialist, question);
    teller.tell({ type: 'asked-again', agent: specialist, field, sentence: question });
    teller.wait(random.between(...assumed.questionMs));
    teller.callerSays(answer);
  }
  const helps = 'Thank you. Now I can look at it.';
  if (asked.length > 0) teller.agentSays(specialist, helps);
  teller.tell({
    type: 'first-words-judged',
    epoch,
    agent: specialist,
    issue: asked.length === 0,
    finding: null,
    feeling: null,
  });
  return { outcome: 'committed', questions: asked.length };
};

const triggers: Some<{ readonly trigger: HandoffTrigger; readonly weight: number }> = [
  { trigger: 'expertise', weight: 45 },
  { trigger: 'attempts-failed', weight: 35 },
  { trigger: 'caller-asked', weight: 12 },
  { trigger: 'agent-judgement', weight: 8 },
];

/** Times of a handoff that is committed, in ms: those of the stand-in model that was measured with, and the dead air that was measured. */
const timesOf = ({ handsOver, foreseen }: Arm, random: Random) => {
  const early = foreseen !== undefined && random.chance(pace.foreseen) ? foreseen : undefined;
  const isForeseen = early !== undefined;
  const connectMs = isForeseen ? 0 : random.between(...pace.connectMs);
  const configuredMs = connectMs + random.between(...pace.configureMs);
  return {
    isForeseen,
    configuredMs,
    firstAudioMs: configuredMs + random.between(...pace.firstSoundMs),
    silenceMs: deadAirOf(early ?? handsOver, random),
    keptMs: random.chance(0.15) ? random.between(200, 1_800) : 0,
  };
};

/** p99 of all is at this many spreads above the middle of the unbridged, who are three in ten. */
const spreadsToP99 = 1.834;

const deadAirOf = ({ deadAirMs: { p50, p99, unbridged } }: Measured, random: Random): number =>
  random.chance(pace.bridged)
    ? random.between(0, Math.round((p50 * pace.bridged) / 0.5))
    : Math.max(0, Math.round(unbridged + ((p99 - unbridged) / spreadsToP99) * random.normal()));

const carriedOf = ({ handsOver: { carried } }: Arm, known: number, random: Random) => {
  const isGiven = (): boolean => random.chance(carried);
  const needed = questions.slice(0, assumed.needed).filter(() => !isGiven());
  const rest = Array.from({ length: Math.max(0, known - assumed.needed) }, isGiven).filter((isThere) => isThere).length;
  const factsCarried = assumed.needed - needed.length + rest;
  const anyway = needed.length === 0 && random.chance(assumed.asksAnyway) ? [random.pick(questions)] : [];
  return {
    missing: [...needed, ...anyway],
    factsCarried,
    briefingTokens: 300 + 90 * factsCarried,
    leftOut: factsCarried < known ? [`${known - factsCarried} of ${known} things that were known`] : [],
  };
};
