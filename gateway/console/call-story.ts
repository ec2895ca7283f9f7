import type { ContextEvent, PersonsVerdict, TransferEnding } from '../../store/context/event.ts';
import type { CallEntry, Speech } from '../page/call-entry.ts';

type Of<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;

const note = (words: string, weight: 'turn' | 'aside' = 'aside') => ({ kind: 'note', words, weight }) as const;

type Untimed<Entry> = Entry extends CallEntry ? Omit<Entry, 'at'> : never;
type Told = Untimed<CallEntry>;

/** How long it takes to say something: callers' words are stored without their length. */
const msPerCharacter = 62;
const estimatedMs = (text: string | null): number => Math.max(600, (text?.length ?? 20) * msPerCharacter);

const boundWords: Readonly<Record<string, (agent: string) => string>> = {
  answer: (agent) => `${agent} answers`,
  rotation: (agent) => `${agent} goes on in a fresh session`,
  'session-lost': (agent) => `The session was lost; ${agent} goes on in another`,
  resume: (agent) => `Its process was lost; another takes the call up, with ${agent}`,
};

const boundEntry = ({ agent, cause }: Of<'bound'>): Told | undefined => {
  if (cause === 'return') return { kind: 'bound', agent, cause };
  const words = boundWords[cause];
  return words === undefined ? undefined : note(words(agent), cause === 'answer' ? 'aside' : 'turn');
};

/** How a person let the caller go. */
const endings: Readonly<Record<TransferEnding, string>> = {
  left: 'they hung up, and the caller came back',
  'given-back': 'they gave the caller back',
  finished: 'they ended the call',
  'caller-hung-up': 'the caller hung up',
};

const verdicts: Readonly<Record<PersonsVerdict, string>> = {
  solved: 'they say it is solved',
  'not-solved': 'they say it is not solved',
  'call-back': 'they will call back',
};

const verdictOf = ({ verdict }: { readonly verdict: PersonsVerdict | null }): string =>
  verdict === null ? '' : `; ${verdicts[verdict]}`;

/** What a person did with the caller. */
const personEntries = (
  event: Of<'transfer-requested' | 'transfer-accepted' | 'transfer-failed' | 'transfer-ended' | 'transfer-noted'>,
): readonly Told[] => {
  switch (event.type) {
    case 'transfer-requested':
      return [{ kind: 'person-wanted', from: event.from, reason: `${event.to}: ${event.reason}` }];
    case 'transfer-accepted':
      return [{ kind: 'joined' }];
    case 'transfer-failed':
      return [{ kind: 'person-missed', why: event.why }];
    case 'transfer-ended':
      return [
        note(`The talk with ${event.to} is over: ${endings[event.ending]}${verdictOf(event)}`, 'turn'),
        ...(event.notes === null ? [] : [{ kind: 'wrote', notes: event.notes } as const]),
      ];
    case 'transfer-noted':
      return event.notes === null ? [] : [{ kind: 'wrote', notes: event.notes }];
  }
};

const paymentWords = (event: Of<'payment-started' | 'payment-handed-over' | 'payment-ended'>): string => {
  switch (event.type) {
    case 'payment-started':
      return `${event.agent} starts a payment of ${event.amount} ${event.currency.toUpperCase()}`;
    case 'payment-handed-over':
      return 'The carrier asks for the card';
    case 'payment-ended':
      return `The payment: ${event.outcome}`;
  }
};

const handoffEntry = (event: Of<'handoff-requested' | 'handoff-committed' | 'handoff-failed' | 'handoff-refused'>): Told => {
  const { from, to } = event;
  switch (event.type) {
    case 'handoff-requested':
      return { kind: 'handoff-asked', from, to, reason: event.reason, trigger: event.trigger };
    case 'handoff-committed':
      return { kind: 'handoff', from, to, switchMs: event.switchMs };
    default:
      return { kind: 'handoff-not', from, to, why: event.why };
  }
};

const learnedEntry = (
  event: Of<'fact-learned' | 'sentiment-noticed' | 'issue-classified' | 'solution-tried' | 'solution-verified'>,
): Told => {
  switch (event.type) {
    case 'fact-learned':
      return { kind: 'learned', key: event.key, value: event.value, source: event.source };
    case 'sentiment-noticed':
      return { kind: 'learned', key: 'sentiment', value: event.sentiment, source: 'agent' };
    case 'issue-classified':
      return { kind: 'learned', key: 'issueCategory', value: event.category, source: 'agent' };
    case 'solution-tried':
      return { kind: 'tried', solution: event.solution, outcome: event.outcome };
    case 'solution-verified':
      return note(`${event.tool} sees the problem ${event.solved ? 'solved' : 'not solved'}`, 'turn');
  }
};

/** What an event says, without its time; `undefined` for what is told by another, or is no part of the story. */
const told = (event: ContextEvent): readonly Told[] => {
  switch (event.type) {
    case 'call-started':
      return [{ kind: 'ring', from: event.from, to: event.to }];
    case 'bound':
      return [boundEntry(event) ?? []].flat();
    case 'caller-said':
      return [
        { kind: 'speech', who: 'caller', text: event.text ?? undefined, ms: estimatedMs(event.text), heard: undefined },
      ];
    case 'fact-learned':
    case 'sentiment-noticed':
    case 'issue-classified':
    case 'solution-tried':
    case 'solution-verified':
      return [learnedEntry(event)];
    case 'digit-pressed':
      return [{ kind: 'keys', digits: event.digit }];
    case 'keys-entered':
      return [{ kind: 'keys', digits: event.digits }];
    case 'handoff-requested':
    case 'handoff-committed':
    case 'handoff-failed':
    case 'handoff-refused':
      return [handoffEntry(event)];
    default:
      return toldOfOthers(event);
  }
};

const toldOfOthers = (event: ContextEvent): readonly Told[] => {
  switch (event.type) {
    case 'transfer-requested':
    case 'transfer-accepted':
    case 'transfer-failed':
    case 'transfer-ended':
    case 'transfer-noted':
      return personEntries(event);
    case 'payment-started':
    case 'payment-handed-over':
    case 'payment-ended':
      return [note(paymentWords(event), 'turn')];
    case 'callback-requested':
      return [note(`The caller wants to be called back, ${event.when}: ${event.reason}`, 'turn')];
    case 'asked-again':
      return [note(`${event.agent} asked for what was known (${event.field}): “${event.sentence}”`)];
    case 'call-turned-away':
      return [note(`Agents do not take this call (${event.why}); it goes to: ${event.to}`, 'turn')];
    case 'log-condensed':
      return [note('While the store was away, older words and results before this were shortened in memory')];
    case 'call-ended':
      return [{ kind: 'ended', reason: event.reason, resolved: event.resolved }];
    default:
      return [];
  }
};

/** Words of an agent, as they were last written down: once when they were made, and again when it was known what was heard. */
const spoken = (said: readonly Of<'agent-said'>[], start: number): readonly Speech[] =>
  [...new Map(said.map((event) => [event.item, event])).values()].map(({ agent, at, text, saidMs, heardText }) => ({
    kind: 'speech',
    who: agent,
    at: at - start,
    text,
    ms: saidMs,
    heard: heardText.trim() === text.trim() ? undefined : heardText,
  }));

const toolUses = (events: readonly ContextEvent[], start: number): readonly CallEntry[] => {
  const returned = new Map(
    events.flatMap((event) => (event.type === 'tool-returned' ? [[event.toolCallId, event] as const] : [])),
  );
  return events.flatMap((event): readonly CallEntry[] => {
    if (event.type !== 'tool-called') return [];
    const { agent, tool: name, arguments: given, at } = event;
    const back = returned.get(event.toolCallId);
    return [
      {
        kind: 'tool',
        at: at - start,
        agent,
        name,
        arguments: given,
        status: back?.status ?? 'unknown',
        result: back?.result ?? null,
        durationMs: back?.durationMs ?? 0,
      },
    ];
  });
};

/** Who had the caller at the end, and so says what came of the call. */
const lastHolder = (events: readonly ContextEvent[]): 'agent' | 'person' =>
  events.findLast(({ type }) => type === 'bound' || type === 'transfer-accepted')?.type === 'transfer-accepted'
    ? 'person'
    : 'agent';

/** The wall-clock time of the first event. */
export const startOf = (events: readonly ContextEvent[]): number =>
  events.reduce((first, { at }) => Math.min(first, at), events[0]?.at ?? 0);

/** A stored call as a story, in the order in which it happened; times are milliseconds since its start. Pure. */
export const storyOf = (events: readonly ContextEvent[]): readonly CallEntry[] => {
  const start = startOf(events);
  const said = events.filter((event): event is Of<'agent-said'> => event.type === 'agent-said');
  const claimedBy = lastHolder(events);
  const others = events.flatMap((event) =>
    told(event).map((entry): CallEntry => {
      const timed = { ...entry, at: event.at - start };
      return timed.kind === 'ended' ? { ...timed, claimedBy } : timed;
    }),
  );
  return [...others, ...spoken(said, start), ...toolUses(events, start)].sort((one, other) => one.at - other.at);
};
