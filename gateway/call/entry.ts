import { routeCall } from '../../agents/handoff/route.ts';
import type { LearnedFact } from '../../agents/intake.ts';
import { ms } from '../../infra/brand.ts';
import type { PastCall } from '../../store/caller-memory.ts';
import type { BundleToolCall, ContextBundle } from '../../store/context/bundle.ts';
import type { ToolStatus } from '../../store/context/event.ts';
import { factsOf } from './arrivals.ts';
import { noteRule } from './guidance.ts';
import { recordLater } from './handoff-scribe.ts';
import type { CallHouse } from './house.ts';
import type { Journal, Legacy } from './journal.ts';
import type { CallFacts } from './ports.ts';
import { only, openPayment, settlePayment } from './settle-payment.ts';
import { settleTransfer, settleUnknown } from './settle-transfer.ts';
import { isOurs, isPlanned } from './state.ts';
import type { Request } from './steps.ts';
import type { Story } from './story.ts';
import { transferOf } from './transfer-news.ts';

/** How long a resumed call waits for what is known of it. */
const claimPatienceMs = 2_500;

export interface Entering {
  readonly house: CallHouse;
  readonly facts: CallFacts;
  readonly journal: Journal;
  readonly story: Story;
  /** Ends with the call. */
  readonly signal: AbortSignal;
  readonly guardAsync: (work: Promise<void>) => void;
}

/** What is known of a new call when it is answered. */
export interface Known {
  /** Earlier calls of the caller. */
  readonly past: readonly PastCall[];
  /** What an IVR passed on. */
  readonly ivr: readonly LearnedFact[];
}

/** How a call goes on here. */
export interface TakenUp extends Request {
  /** Its last owner gave it away. */
  readonly moved: ContextBundle['moved'];
  /** The caller heard it break off. */
  readonly wasLost: boolean;
}

/** A new call: nothing is waited for. */
export const answerCall = ({ house, facts, journal, signal, guardAsync }: Entering, { past, ivr }: Known): Request => {
  guardAsync(journal.claim(() => signal.aborted));
  noteStart(house, facts, journal);
  noteDisclosure(house, facts, journal);
  for (const fact of [...ivr, ...factsOf(past)]) journal.note(fact);
  house.metrics.count('throughline_calls_started_total', { cause: 'answer' });
  const known = Object.fromEntries(journal.bundle.facts.map(({ key, value }) => [key, value]));
  const rules = house.rules && { rules: house.rules.current, wallMs: house.clock.wall() };
  const { agent, trouble, rule } = routeCall(house.line, { from: facts.from, to: facts.to, facts: known }, rules);
  if (rule !== undefined) noteRule(house, journal, { rule, agent, way: 'answered' });
  if (trouble !== undefined)
    house.log.error({ callId: facts.callId, error: trouble }, 'the first agent of the line answers');
  return { agent, cause: 'answer' };
};

/**
 * A call whose stream or node was lost: what is known of it is claimed first, but the caller doesn't wait long for that; then what
 * this node still has in memory, `known`, must do. `over`: nothing is to be taken up. Undefined: the stream is gone already.
 */
export const resumeCall = async (
  entering: Entering,
  cause: 'resume' | 'return',
  known: Legacy | undefined,
): Promise<TakenUp | 'over' | undefined> => {
  const { house, facts, journal, story, signal, guardAsync } = entering;
  if (signal.aborted) return undefined; // the stream is gone already: a claim would only take the call from the next one
  const { clock, line, metrics } = house;
  if (known !== undefined) journal.inherit(known);
  const claimed = journal.claim(() => signal.aborted);
  guardAsync(claimed);
  const transfer = cause === 'return' ? await transferOf(house, facts.callId) : undefined;
  // A node that has the call in memory need not wait for the store.
  if (known === undefined) await Promise.race([claimed, patience(entering)]);
  if (signal.aborted) return undefined;
  const { bundle } = journal;
  // We had ended it, and nobody knew of that yet when the carrier asked.
  if (isOurs(bundle.ended?.reason)) return 'over';
  // A call that never began, as its first stream did not come up: the store knows of none.
  const isNew = journal.term !== undefined && bundle.startedAt === undefined;
  metrics.count('throughline_calls_started_total', { cause });
  if (bundle.startedAt === undefined) noteStart(house, facts, journal);
  settleOpenPayment(entering);
  settleWhatWasLost(journal.bundle, entering);
  if (transfer !== undefined) settleTransfer(house, journal, transfer);
  // Whoever is back was not put through again because a store was away.
  if (cause === 'return') settleUnknown(house, journal);
  story.estimateLast(bundle, clock.wall());
  const agent = line.agents.has(bundle.agent) ? bundle.agent : line.start;
  return { agent, cause: isNew ? 'answer' : cause, ...howItCame(bundle, cause, isNew) };
};

const howItCame = (
  { moved, leftAs }: ContextBundle,
  cause: 'resume' | 'return',
  isNew: boolean,
): Pick<TakenUp, 'moved' | 'wasLost'> =>
  cause === 'resume' ? { moved, wasLost: !isNew && !isPlanned(leftAs) } : { moved: undefined, wasLost: false };

/** The caller is here again, and nobody said what came of their payment: whether money moved is clear only if it was never handed over. */
const settleOpenPayment = ({ house, journal }: Entering): void => {
  const open = openPayment(journal.bundle);
  if (open === undefined) return;
  settlePayment(house, journal, { payment: open.payment, report: only(open.wasHandedOver ? 'unknown' : 'not-begun') });
};

/** A payment that was not even started took nothing: it may be asked for again. */
const lostStatus = ({ line }: CallHouse, { agent, name }: BundleToolCall): ToolStatus =>
  line.agents.get(agent)?.tools.get(name)?.pays === undefined ? 'unknown' : 'error';

/** What was under way on the old stream will never be heard of again. */
const settleWhatWasLost = ({ handoffs, toolCalls }: ContextBundle, { house, journal }: Entering): void => {
  for (const { epoch, term, from, to, outcome } of handoffs) {
    if (outcome !== 'pending') continue;
    journal.note({ type: 'handoff-failed', epoch, from, to, why: 'its node was lost' });
    recordLater(house, journal, { term, epoch });
  }
  for (const call of toolCalls) {
    if (call.status !== 'running') continue;
    const { name: tool, toolCallId } = call;
    const status = lostStatus(house, call);
    journal.note({ type: 'tool-returned', tool, toolCallId, status, result: null, durationMs: 0 });
  }
};

/** The carrier opens a new call's stream behind the words, so they were heard out. Before a stream of somebody else's TwiML it said none of ours. */
const noteDisclosure = (
  { disclosure, metrics, log }: CallHouse,
  { callId, isForeign }: CallFacts,
  journal: Journal,
): void => {
  if (disclosure === undefined) return;
  if (disclosure.how === 'elsewhere' || isForeign !== true) {
    journal.note({ type: 'disclosed', ...disclosure });
    return;
  }
  metrics.count('throughline_notices_total', { peer: 'carrier', what: 'not_disclosed', why: 'foreign_twiml' });
  log.warn({ callId }, 'the stream of another application was not preceded by our disclosure: it must say it itself');
};

const noteStart = ({ line }: CallHouse, { from, to, verstat }: CallFacts, journal: Journal): void => {
  const verified = verstat === undefined ? {} : { verstat };
  journal.note({ type: 'call-started', from, to, line: line.name, ivr: {}, ...verified });
};

const patience = ({ house, signal }: Entering): Promise<void> =>
  new Promise((resolve) => {
    const cancel = house.clock.after(ms(claimPatienceMs), resolve);
    signal.addEventListener('abort', cancel, { once: true });
  });
