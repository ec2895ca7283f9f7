import type { WallTime } from '../../infra/brand.ts';
import type { Json } from '../../store/context/event.ts';
import type { AgentDefinition, HumanDefinition, LineDefinition } from '../definition.ts';
import { isOpen, type OpeningHours, opensAt } from '../hours.ts';

/** Where a caller is sent. `address`: E.164 or `sip:`. */
export type PersonTarget =
  | {
      readonly way: 'warm' | 'cold';
      readonly name: string;
      readonly address: string;
      readonly ringSeconds: number;
      /** E.164. */
      readonly callerId: string | undefined;
    }
  | { readonly way: 'queue'; readonly name: string; readonly queue: string; readonly workflow: string | undefined };

export type FoundPerson =
  | { readonly kind: 'found'; readonly target: PersonTarget }
  /** `opensAt`: in words, if they are back within two weeks. */
  | { readonly kind: 'closed'; readonly opensAt: string | undefined }
  /** Nobody is there whom we could reach. */
  | { readonly kind: 'unreachable'; readonly why: string };

/** How long a person's phone rings where the line does not say. */
export const defaultRingSeconds = 25;

/** Who takes the caller when `name` is asked for: a name of the line's, never a number that a model wrote. Pure. */
export const findPerson = (line: LineDefinition, name: string, now: WallTime): FoundPerson => {
  const human = line.humans.get(name);
  if (human === undefined) return { kind: 'unreachable', why: `the line has nobody named ${name}` };
  if (human.hours !== undefined && !isOpen(human.hours, now))
    return { kind: 'closed', opensAt: openingOf(human.hours, now) };
  const target = targetOf(name, human);
  return target === undefined
    ? { kind: 'unreachable', why: `${name} has no number: set THROUGHLINE_HUMANS=${name}=+…, or give the line one` }
    : { kind: 'found', target };
};

/** Whoever is next when `name` does not take the call and `asked` were asked already. */
export const fallbackOf = (line: LineDefinition, name: string, asked: readonly string[]): string | undefined => {
  const next = line.humans.get(name)?.fallback;
  return next === undefined || asked.includes(next) ? undefined : next;
};

/** In English, by the clock of the place where they work. */
const openingOf = (hours: OpeningHours, now: WallTime): string | undefined => {
  const at = opensAt(hours, now);
  const how = { weekday: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: hours.timezone } as const;
  return at === undefined ? undefined : `${new Intl.DateTimeFormat('en', how).format(at)} (${hours.timezone})`;
};

const targetOf = (name: string, human: HumanDefinition): PersonTarget | undefined => {
  if (human.queue !== undefined) return { way: 'queue', name, queue: human.queue, workflow: human.workflow };
  const address = human.number ?? human.sip;
  if (address === undefined) return undefined;
  const { way = 'warm', ringSeconds = defaultRingSeconds, callerId } = human;
  return { way, name, address, ringSeconds, callerId };
};

const isReachable = ({ number, sip, queue }: HumanDefinition): boolean =>
  number !== undefined || sip !== undefined || queue !== undefined;

/**
 * The line with the numbers that the settings have for its people; those of the line itself stand. Whom nobody could reach is left
 * out, and named in `missing`: an agent must not offer what can't be done. `unknown`: numbers for nobody of this line.
 */
export const withNumbers = (
  line: LineDefinition,
  numbers: ReadonlyMap<string, string>,
): { readonly line: LineDefinition; readonly missing: readonly string[]; readonly unknown: readonly string[] } => {
  const numbered = [...line.humans].map(([name, human]) => {
    const number = numbers.get(name);
    return [name, number === undefined || isReachable(human) ? human : { ...human, number }] as const;
  });
  const humans = new Map(numbered.filter(([, human]) => isReachable(human)));
  const missing = [...line.humans.keys()].filter((name) => !humans.has(name));
  const unknown = [...numbers.keys()].filter((name) => !line.humans.has(name));
  const agents = new Map([...line.agents].map(([name, agent]) => [name, withoutHandoffs(agent, missing)]));
  return { line: { ...line, agents, humans }, missing, unknown };
};

const withoutHandoffs = (agent: AgentDefinition, missing: readonly string[]): AgentDefinition => ({
  ...agent,
  handoffs: new Map([...agent.handoffs].filter(([target]) => !missing.includes(target))),
});

/** What the model is told about a transfer that was asked for, or goes on. */
export type PersonNews =
  | { readonly kind: 'ringing'; readonly to: string }
  | {
      readonly kind: 'failed';
      readonly to: string;
      readonly why: string;
      /** Who is asked now. */
      readonly next: string | undefined;
      /** When they are there again, in words. */
      readonly opensAt: string | undefined;
    };

const whyInWords: Readonly<Record<string, string>> = {
  'no-answer': 'nobody answered',
  busy: 'the line is busy',
  declined: 'they cannot take the call right now',
  voicemail: 'only a voicemail answered',
  unreachable: 'they could not be reached',
  'hung-up': 'they hung up before you could be connected',
  closed: 'they are not there at this hour',
  cancelled: 'it was called off',
};

/** Such news as the model gets it. */
export const personNews = (news: PersonNews): { readonly [key: string]: Json } => {
  if (news.kind === 'ringing') {
    return {
      status: 'ringing',
      to: news.to,
      note: 'They are being called now. The caller is still with you: if you have not said so, say that you are getting them on the line and that you stay until then. Go on helping meanwhile. You will be told how it went; do not announce that they are there.',
    };
  }
  const why = whyInWords[news.why] ?? news.why;
  if (news.next !== undefined)
    return { status: 'trying-another', to: news.to, why, next: news.next, note: 'Say so in one short sentence.' };
  return {
    status: 'failed',
    to: news.to,
    why,
    ...(news.opensAt === undefined ? {} : { backAt: news.opensAt }),
    note: 'The caller is with you. Say in one sentence what happened, and offer what you can do instead: go on yourself, try again later, or have somebody call back.',
  };
};

/** What a person wrote of the call after the caller was back. */
export const personWrote = ({
  notes,
  verdict,
}: {
  readonly notes: string | null;
  readonly verdict: string | null;
}): { readonly [key: string]: Json } => ({
  status: 'over',
  note: 'The person has written this since.',
  ...(notes === null ? {} : { personWrote: notes }),
  ...(verdict === null ? {} : { personSays: verdict }),
});
