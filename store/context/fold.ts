import type { CallId, WallTime } from '../../infra/brand.ts';
import {
  type BundleEnd,
  type BundleFact,
  type BundleHandoff,
  type BundleMessage,
  type BundlePayment,
  type BundleTransfer,
  type ContextBundle,
  emptyBundle,
} from './bundle.ts';
import type { ContextEvent, Json } from './event.ts';
import { keyedInWords } from './keyed.ts';

type EventOf<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;

/**
 * Folds one event into the bundle. Pure. An event at or below the bundle's version is already in it and changes nothing; an
 * event of an unknown type (a newer node's) only moves the version.
 */
export const foldEvent = (bundle: ContextBundle, event: ContextEvent): ContextBundle =>
  event.seq <= bundle.version ? bundle : { ...changed(bundle, event), version: event.seq };

/** The bundle of a call from its events, in `seq` order. */
export const foldCall = (callId: CallId, events: readonly ContextEvent[]): ContextBundle =>
  events.reduce(foldEvent, emptyBundle(callId));

const changed = (bundle: ContextBundle, event: ContextEvent): ContextBundle => {
  switch (event.type) {
    case 'call-started':
      return started(bundle, event);
    case 'bound':
      return bound(bundle, event);
    case 'caller-said':
      return withMessage(bundle, callerMessage(bundle, event));
    case 'agent-said':
      return withMessage(bundle, agentMessage(event));
    case 'tool-called':
      return toolCalled(bundle, event);
    case 'tool-returned':
      return toolReturned(bundle, event);
    case 'fact-learned':
      return { ...bundle, facts: withFact(bundle.facts, event) };
    case 'solution-tried':
      return solutionTried(bundle, event);
    case 'sentiment-noticed':
      return { ...bundle, sentiment: event.sentiment };
    case 'issue-classified':
      return { ...bundle, category: event.category };
    case 'handoff-requested':
      return handoffRequested(bundle, event);
    case 'handoff-committed':
      return handoffDecided(bundle, event, { outcome: 'committed', committedAt: event.at });
    case 'handoff-failed':
      return handoffDecided(bundle, event, { outcome: 'failed' });
    case 'handoff-refused':
      return { ...bundle, refusedHandoffs: bundle.refusedHandoffs + 1 };
    case 'transfer-requested':
      return transferRequested(bundle, event);
    case 'transfer-accepted':
      return withTransfer(bundle, event, { state: 'accepted', acceptedAt: event.at });
    case 'transfer-failed':
      return withTransfer(bundle, event, { state: 'failed', outcome: event.why, endedAt: event.at });
    case 'transfer-ended':
      return withTransfer(bundle, event, transferEnd(event));
    case 'transfer-noted':
      return transferNoted(bundle, event);
    case 'payment-started':
      return paymentStarted(bundle, event);
    case 'payment-handed-over':
      return withPayment(bundle, event, { state: 'handed-over', wasHandedOver: true });
    case 'payment-ended':
      return withPayment(bundle, event, paymentEnd(event));
    case 'callback-requested':
      return callbackRequested(bundle, event);
    case 'keys-entered':
      return keysEntered(bundle, event);
    case 'call-ended':
      return bundle.ended === undefined ? { ...bundle, ended: endOf(event) } : bundle;
    case 'stream-ended':
      return { ...bundle, leftInOrder: true };
    case 'digit-pressed':
    case 'solution-verified':
    case 'model-used':
    case 'routed-by-rule':
    case 'log-condensed':
    case 'call-turned-away':
    case 'first-words-judged':
    case 'asked-again':
    case 'recording-started':
    case 'recording-ended':
      return bundle;
    default:
      return ignored(bundle, event);
  }
};

/** Keeps the compiler honest about known types and the fold calm about unknown ones. */
const ignored = (bundle: ContextBundle, _event: never): ContextBundle => bundle;

const endOf = ({ reason, resolved, owesGoodbye, at }: EventOf<'call-ended'>): BundleEnd => ({
  reason,
  resolved,
  owesGoodbye,
  at,
});

/** The caller's number and what an IVR said are facts from the start. A number counts as verified only with STIR's level A. */
const started = (bundle: ContextBundle, event: EventOf<'call-started'>): ContextBundle => {
  const { from, to, line, at } = event;
  const learned = (key: string, value: Json, source: BundleFact['source']): BundleFact => ({
    key,
    value,
    source,
    verified: source === 'caller' && event.verstat === 'TN-Validation-Passed-A',
    at,
  });
  const known = Object.entries(event.ivr).map(([key, value]) => learned(key, value, 'ivr'));
  const all = from === '' ? known : [learned('callerNumber', from, 'caller'), ...known];
  return { ...bundle, startedAt: bundle.startedAt ?? at, from, to, line, facts: all.reduce(withFact, bundle.facts) };
};

const bound = (bundle: ContextBundle, event: EventOf<'bound'>): ContextBundle => ({
  ...bundle,
  agent: event.agent,
  resumes: bundle.resumes + (event.cause === 'resume' && !bundle.leftInOrder ? 1 : 0),
  leftInOrder: false,
  ended: undefined, // a call that is bound again goes on
  // What the caller said before anybody was bound was kept for the first agent.
  messages: bundle.agent === '' ? bundle.messages.map((message) => addressed(message, event.agent)) : bundle.messages,
});

const addressed = (message: BundleMessage, agent: string): BundleMessage =>
  message.agent === '' ? { ...message, agent } : message;

/** Who had the caller at `at`: a transcript may come long after the handoff that followed the words. */
const agentAt = (bundle: ContextBundle, at: WallTime): string =>
  bundle.handoffs.find(({ committedAt }) => committedAt !== undefined && at < committedAt)?.from ?? bundle.agent;

const callerMessage = (bundle: ContextBundle, { turn, text, at }: EventOf<'caller-said'>): BundleMessage => ({
  role: 'user',
  id: turn,
  content: text,
  at,
  agent: agentAt(bundle, at),
});

/** What the caller entered stands among what they said, and the newest digits are a fact: as little verified as a word. */
const keysEntered = (bundle: ContextBundle, event: EventOf<'keys-entered'>): ContextBundle => {
  const { digits, seq, at } = event;
  const content = `(${keyedInWords(event)})`;
  const told = withMessage(bundle, { role: 'user', id: `keys-${seq}`, content, at, agent: agentAt(bundle, at) });
  if (digits === '') return told;
  return {
    ...told,
    facts: withFact(told.facts, { key: 'keyedDigits', value: digits, source: 'caller', verified: false, at }),
  };
};

const agentMessage = (event: EventOf<'agent-said'>): BundleMessage => ({
  role: 'assistant',
  id: event.item,
  content: event.text,
  at: event.at,
  agent: event.agent,
  heard: event.heardText,
  heardMs: event.heardMs,
});

/** Puts a message where its speech started. The same turn again replaces the earlier word of it, but never text by none. */
const withMessage = (bundle: ContextBundle, message: BundleMessage): ContextBundle => {
  const isSame = (other: BundleMessage): boolean => other.id === message.id && other.role === message.role;
  const before = bundle.messages.find(isSame);
  if (before !== undefined && before.content !== null && message.content === null) return bundle;
  const others = before === undefined ? bundle.messages : bundle.messages.filter((other) => !isSame(other));
  const place = others.findLastIndex(({ at }) => at <= message.at) + 1;
  return { ...bundle, messages: others.toSpliced(place, 0, message) };
};

const toolCalled = (bundle: ContextBundle, event: EventOf<'tool-called'>): ContextBundle => {
  const { tool: name, toolCallId, agent, at, effect } = event;
  const call = { toolCallId, name, arguments: event.arguments, effect, agent, at, status: 'running', result: null } as const;
  return { ...bundle, toolCalls: [...bundle.toolCalls, call] };
};

const toolReturned = (bundle: ContextBundle, event: EventOf<'tool-returned'>): ContextBundle => {
  const index = bundle.toolCalls.findLastIndex(({ toolCallId }) => toolCallId === event.toolCallId);
  const call = bundle.toolCalls[index];
  if (call === undefined) return bundle;
  return { ...bundle, toolCalls: bundle.toolCalls.with(index, { ...call, status: event.status, result: event.result }) };
};

/** The newest value per key, but an unverified one never displaces a verified one: a caller can't talk an account into another tier. */
const withFact = (facts: readonly BundleFact[], { key, value, source, verified, at }: BundleFact): readonly BundleFact[] => {
  const fact = { key, value, source, verified, at };
  const index = facts.findIndex((known) => known.key === key);
  const known = facts[index];
  if (known === undefined) return [...facts, fact];
  const stands = known.verified === verified ? known.at > at : known.verified;
  return stands ? facts : facts.with(index, fact);
};

/** The same solution noted again is the same attempt with news of its outcome. */
const solutionTried = (bundle: ContextBundle, { solution, outcome }: EventOf<'solution-tried'>): ContextBundle => {
  const plain = (text: string): string => text.trim().toLowerCase();
  const index = bundle.attempts.findIndex((known) => plain(known.solution) === plain(solution));
  const known = bundle.attempts[index];
  if (known === undefined) return { ...bundle, attempts: [...bundle.attempts, { solution, outcome }] };
  return { ...bundle, attempts: bundle.attempts.with(index, { solution: known.solution, outcome }) };
};

const handoffRequested = (bundle: ContextBundle, event: EventOf<'handoff-requested'>): ContextBundle => {
  const { epoch, term, from, to, reason, trigger, at: requestedAt } = event;
  return {
    ...bundle,
    handoffs: [...bundle.handoffs, { epoch, term, from, to, reason, trigger, requestedAt, outcome: 'pending' }],
  };
};

/** Epochs start anew with each term, so a decision belongs to the last request of its epoch that still waits. */
const handoffDecided = (
  bundle: ContextBundle,
  event: EventOf<'handoff-committed' | 'handoff-failed'>,
  decision: Partial<BundleHandoff>,
): ContextBundle => {
  const index = bundle.handoffs.findLastIndex(({ epoch, outcome }) => epoch === event.epoch && outcome === 'pending');
  const handoff = bundle.handoffs[index];
  if (handoff === undefined) return bundle;
  return { ...bundle, handoffs: bundle.handoffs.with(index, { ...handoff, ...decision }) };
};

const transferRequested = (bundle: ContextBundle, event: EventOf<'transfer-requested'>): ContextBundle => {
  const { transfer, from, to, way, reason, trigger, at: requestedAt } = event;
  if (bundle.transfers.some((known) => known.transfer === transfer)) return bundle;
  const asked: BundleTransfer = { transfer, from, to, way, reason, trigger, requestedAt, state: 'pending' };
  return { ...bundle, transfers: [...bundle.transfers, asked] };
};

const transferEnd = ({ ending, talkMs, notes, verdict, at }: EventOf<'transfer-ended'>): Partial<BundleTransfer> => ({
  state: 'ended',
  outcome: ending,
  talkMs,
  notes,
  verdict,
  endedAt: at,
});

/** What is decided stays: two processes may both write down how a transfer went. */
const withTransfer = (
  bundle: ContextBundle,
  { transfer }: { readonly transfer: string },
  news: Partial<BundleTransfer>,
): ContextBundle => {
  const index = bundle.transfers.findIndex((known) => known.transfer === transfer);
  const known = bundle.transfers[index];
  if (known === undefined || known.state === 'failed' || known.state === 'ended') return bundle;
  return { ...bundle, transfers: bundle.transfers.with(index, { ...known, ...news }) };
};

const transferNoted = (bundle: ContextBundle, { transfer, notes, verdict }: EventOf<'transfer-noted'>): ContextBundle => {
  const index = bundle.transfers.findIndex((known) => known.transfer === transfer);
  const known = bundle.transfers[index];
  return known === undefined ? bundle : { ...bundle, transfers: bundle.transfers.with(index, { ...known, notes, verdict }) };
};

const paymentStarted = (bundle: ContextBundle, event: EventOf<'payment-started'>): ContextBundle => {
  const { payment, agent, tool, toolCallId, amount, currency, description, connector, at: startedAt } = event;
  if (bundle.payments.some((known) => known.payment === payment)) return bundle;
  const about = { payment, agent, tool, toolCallId, amount, currency, description, connector, startedAt };
  return { ...bundle, payments: [...bundle.payments, { ...about, state: 'pending', wasHandedOver: false }] };
};

const paymentEnd = ({ outcome, confirmation, cardType, error, at }: EventOf<'payment-ended'>): Partial<BundlePayment> => ({
  state: 'ended',
  outcome,
  confirmation,
  cardType,
  error,
  endedAt: at,
});

/** Whether it is known what came of a payment, for good: what nobody could tell may be told later. */
export const isSettled = ({ state, outcome }: BundlePayment): boolean =>
  state === 'ended' && outcome !== 'unknown' && outcome !== 'caller-hung-up';

const withPayment = (
  bundle: ContextBundle,
  { payment }: { readonly payment: string },
  news: Partial<BundlePayment>,
): ContextBundle => {
  const index = bundle.payments.findIndex((known) => known.payment === payment);
  const known = bundle.payments[index];
  if (known === undefined || isSettled(known) || (known.state === 'ended' && news.state !== 'ended')) return bundle;
  return { ...bundle, payments: bundle.payments.with(index, { ...known, ...news }) };
};

const callbackRequested = (bundle: ContextBundle, event: EventOf<'callback-requested'>): ContextBundle => {
  const { when, reason, at } = event;
  const number = event.number === '' ? bundle.from : event.number;
  return { ...bundle, callbacks: [...bundle.callbacks, { number, when, reason, at }] };
};
