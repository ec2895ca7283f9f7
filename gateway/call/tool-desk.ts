import type { CallView, KeyRange, LineDefinition, ToolDefinition } from '../../agents/definition.ts';
import type { CountTokens } from '../../agents/handoff/count-tokens.ts';
import { personNews } from '../../agents/handoff/person.ts';
import { judgeHandoff } from '../../agents/handoff/policy.ts';
import { recall } from '../../agents/handoff/recall.ts';
import type { AskOptions, HistoryItem, SessionEvent } from '../../agents/session.ts';
import { toolError } from '../../agents/tools/built-in.ts';
import { type Collected, notCollected } from '../../agents/tools/collected.ts';
import { decideTool, type ToolDecision } from '../../agents/tools/decide-tool.ts';
import {
  earlierOutput,
  earlierResult,
  failedReport,
  runTool,
  sameOutput,
  type ToolReport,
  type ToolRun,
} from '../../agents/tools/run-tool.ts';
import type { Epoch } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { ContextFact, Json } from '../../store/context/event.ts';
import type { CallerPayments } from './caller-payments.ts';
import type { Seat } from './ear.ts';
import { Goodbyes } from './goodbyes.ts';
import type { Journal } from './journal.ts';
import type { PersonSearch, PersonWanted } from './person-search.ts';
import type { Away, Handoff } from './state.ts';
import { Tally } from './tally.ts';
import { ToolBudget } from './tool-budget.ts';

/** A seat whose agent can be asked to speak. */
export interface ToolSeat extends Seat {
  /** The response that is generated now. */
  readonly responding: string | undefined;
  /** The caller speaks, or has spoken, and the model will answer by itself. */
  readonly answerDue: boolean;
  ask(options?: AskOptions): void;
  /** This session is of no use any more; another one takes its place, unless that can't help: then people, or words. */
  giveUp(why: string, canRetry: boolean): void;
}

/** The keypad, as tools use it. */
export interface ToolKeys {
  readonly isCollecting: boolean;
  /** Collects the caller's next digits in secret. Never rejects. */
  collect(seat: ToolSeat, range: KeyRange): Promise<Collected>;
  /** The session that wanted digits is gone. */
  interrupt(epoch: Epoch): void;
  /** @throws ThroughlineError `bad-digits` */
  send(digits: string): void;
}

export interface ToolDeskOptions {
  readonly line: LineDefinition;
  readonly clock: Clock;
  readonly countTokens: CountTokens;
  readonly journal: Journal;
  readonly keys: ToolKeys;
  /** Ends with the call. */
  readonly signal: AbortSignal;
  /** Whether this seat may still be spoken to. */
  readonly isOpen: (seat: ToolSeat) => boolean;
  /** Whether this seat was given tools: in safe mode none is. */
  readonly hasTools: (seat: ToolSeat) => boolean;
  /** Turns of the caller so far. */
  readonly turns: () => number;
  readonly onHandoff: (
    seat: Seat,
    asked: { readonly to: string; readonly handoff: Handoff; readonly accepted: Json },
  ) => void;
  readonly people: Pick<PersonSearch, 'request' | 'isUnderWay' | 'callOff'>;
  readonly payments: Pick<CallerPayments, 'isUnderWay' | 'opens' | 'begin' | 'closes'>;
  /** The caller goes to a person, or to pay; `words`: whether the agent has said so. */
  readonly onLeave: (words: 'due' | 'said', reason: Away) => void;
  /** Watches work that nobody waits for: what breaks in it ends this call's life here, and no other's. */
  readonly guardAsync: (work: Promise<void>) => void;
  /** The line's own code threw that says what a tool's result means. */
  readonly onToolFault: (tool: string, part: 'learns' | 'verifies') => void;
  /** A result came after the session that had asked for it was gone. `seat` is that session's. */
  readonly onLateResult: (seat: Seat, result: HistoryItem) => void;
  /** The agent ends the call; its goodbye was or will be said. */
  readonly onEnd: (seat: ToolSeat, resolved: boolean | null) => void;
}

type ToolRequested = Extract<SessionEvent, { type: 'tool-requested' }>;
type ResponseEnded = Extract<SessionEvent, { type: 'response-ended' }>;

/** How long an irreversible tool may wait for its intent to be stored. */
const intentPatienceMs = 2_000;

/**
 * What happens when a model calls tools: notes go to the journal, own tools run (beside the audio, never in its way), a transfer
 * goes through the policy to the machine, and the model is asked to speak once all calls of a response are answered.
 */
export class ToolDesk {
  readonly #options: ToolDeskOptions;
  readonly #tallies = new Map<string, Tally>();
  readonly #goodbyes: Goodbyes;
  readonly #budget = new ToolBudget();
  /** Runs of tools that have not ended, by tool call. */
  readonly #underWay = new Map<string, Promise<ToolReport>>();
  /** Seats whose agent shall speak about results as soon as it has finished what it is saying. */
  readonly #wishes = new Set<Epoch>();

  constructor(options: ToolDeskOptions) {
    this.#options = options;
    this.#goodbyes = new Goodbyes(options.clock, options.signal);
  }

  requested(seat: ToolSeat, request: ToolRequested): void {
    const tally = this.#tally(seat, request.response);
    tally.opened();
    const { line, hasTools } = this.#options;
    const agent = line.agents.get(seat.agent);
    if (agent !== undefined)
      this.#act(
        { seat, request, tally },
        this.#allowed(
          seat,
          request.response,
          hasTools(seat) ? decideTool(agent, line, { ...request, known: this.#view(seat).facts }) : noTools,
        ),
      );
  }

  responseEnded(seat: ToolSeat, ended: ResponseEnded): void {
    const tally = this.#tallies.get(keyOf(seat, ended.response));
    const wished = this.#wishes.delete(seat.epoch);
    if (ended.spoke) this.#budget.spoken(seat.epoch);
    if (tally === undefined) {
      const isGoodbye = ended.spoke && this.#goodbyes.said(seat.epoch);
      if (wished && !isGoodbye) this.speakAbout(seat);
      return;
    }
    tally.ended(ended);
    this.#budget.roundEnded(seat.epoch, ended.spoke);
    // An agent that hands over has nothing more to say: `held` is stronger.
    if (wished) tally.wants('words');
    this.#maybeAsk(seat, ended.response, tally);
  }

  /** A session is gone: nothing of it is asked for any more. Results of tools that still run go on to the journal. */
  forget(epoch: Epoch): void {
    for (const key of this.#tallies.keys()) if (key.startsWith(`${epoch}/`)) this.#tallies.delete(key);
    this.#goodbyes.forget(epoch);
    this.#wishes.delete(epoch);
    this.#budget.spoken(epoch);
    this.#options.keys.interrupt(epoch);
  }

  /** The caller has something to say before the goodbye. */
  callerSpoke(seat: ToolSeat): void {
    this.#goodbyes.forget(seat.epoch);
    this.#budget.spoken(seat.epoch);
    this.turnBegan();
  }

  /** The caller said or pressed something new, or another agent has them. */
  turnBegan(): void {
    this.#budget.turnBegan();
  }

  /** Whether calls of this session wait for their results, or for the words about them. */
  isBusy(epoch: Epoch): boolean {
    return [...this.#tallies.keys()].some((key) => key.startsWith(`${epoch}/`));
  }

  #tally(seat: ToolSeat, response: string): Tally {
    const key = keyOf(seat, response);
    const known = this.#tallies.get(key);
    if (known !== undefined) return known;
    const tally = new Tally();
    this.#tallies.set(key, tally);
    return tally;
  }

  /** A model that calls tools in a circle may still hand over or end the call, and nothing else until it speaks. */
  #allowed({ epoch }: ToolSeat, response: string, decision: ToolDecision): ToolDecision {
    const allowed = this.#budget.spend(epoch, response, decision.kind === 'run');
    if (allowed === 'yes' || decision.kind === 'handoff' || decision.kind === 'end-call') return decision;
    return allowed === 'used-up' ? noMoreCalls : tooManyCalls;
  }

  #act(call: OpenCall, decision: ToolDecision): void {
    const { journal } = this.#options;
    const { tally } = call;
    switch (decision.kind) {
      case 'note':
        for (const fact of decision.facts) journal.note(fact);
        tally.noted();
        this.#answer(call, decision.output);
        break;
      case 'answer':
        tally.wants('words');
        this.#answer(call, decision.output);
        break;
      case 'recall':
        tally.wants('words');
        this.#answer(call, JSON.stringify(recall(journal.bundle, decision.request, this.#options.countTokens)));
        break;
      case 'run':
        tally.wants('words');
        this.#options.guardAsync(this.#run(call, decision));
        break;
      case 'handoff':
        this.#handOff(call, decision);
        break;
      case 'end-call':
        // Who says good-bye waits for nobody any more.
        this.#options.people.callOff();
        tally.wantsGoodbye(decision.resolved);
        this.#answer(call, goodbyeNote);
    }
  }

  #handOff(call: OpenCall, decision: Extract<ToolDecision, { kind: 'handoff' }>): void {
    const { journal, line, clock, turns, onHandoff, keys } = this.#options;
    const { seat, request, tally } = call;
    const { to, reason, callerAsked } = decision;
    if (tally.isHeld || this.#options.people.isUnderWay || this.#options.payments.isUnderWay) {
      if (!tally.isHeld) tally.wants('words');
      this.#answer(
        call,
        toolError('under-way', 'A transfer or a payment is under way already. Go on with the caller until it is decided.'),
      );
      return;
    }
    if (keys.isCollecting) {
      tally.wants('words');
      this.#answer(call, toolError('under-way', 'The caller is entering digits. Wait for the result, then transfer.'));
      return;
    }
    const judgement = judgeHandoff({
      bundle: journal.bundle,
      line,
      request: { from: seat.agent, to, reason, callerAsked },
      turns: turns(),
      now: clock.wall(),
    });
    if (judgement.kind === 'refused') {
      journal.note({ type: 'handoff-refused', from: seat.agent, to, reason, why: judgement.why });
      tally.wants('words');
      this.#answer(call, toolError(judgement.why, judgement.words));
      return;
    }
    if (line.humans.has(to)) {
      this.#toPerson(call, { from: seat.agent, to, reason, trigger: judgement.trigger });
      return;
    }
    tally.wants('held');
    tally.settled();
    for (const fact of acceptedFacts(decision.arguments)) journal.note(fact);
    const handoff = { reason, trigger: judgement.trigger, toolCallId: request.toolCallId };
    onHandoff(seat, { to, handoff, accepted: decision.arguments });
  }

  /** The person is rung while the agent goes on, or the caller leaves as soon as the agent has said so. */
  #toPerson(call: OpenCall, wanted: PersonWanted): void {
    const { tally } = call;
    const answer = this.#options.people.request(wanted);
    if (answer.kind === 'leave') {
      tally.wantsToLeave('transferred');
      this.#answer(call, leavingNote);
      return;
    }
    // An agent that has said that it gets somebody need not say it twice.
    if (answer.kind === 'stay') tally.noted();
    else tally.wants('words');
    this.#answer(call, JSON.stringify(personNews(answer.news)));
  }

  async #run(call: OpenCall, decision: Run): Promise<void> {
    const { journal, clock } = this.#options;
    const { seat, request } = call;
    const { tool, name, arguments: args } = decision;
    const earlier = tool.effect === 'irreversible' ? earlierResult(journal.bundle, name, args) : undefined;
    if (earlier !== undefined) {
      const first = this.#underWay.get(earlier.toolCallId);
      this.#answer(call, first === undefined ? earlierOutput(earlier) : sameOutput(earlier, await first));
      return;
    }
    if (tool.pays !== undefined && this.#isHeldUp(call)) {
      this.#answer(call, toolError('under-way', 'Something else is under way. Take the payment once that is decided.'));
      return;
    }
    const toolCallId = this.#entryOf(request.toolCallId);
    const shown = tool.collects === undefined ? args : maskedDigits;
    journal.note({ type: 'tool-called', tool: name, toolCallId, agent: seat.agent, arguments: shown, effect: tool.effect });
    const started = clock.now();
    if (tool.pays !== undefined) {
      await this.#pay({ ...call, toolCallId }, decision, started);
      return;
    }
    const running = this.#start(call, tool, args);
    this.#underWay.set(toolCallId, running);
    const report = await running;
    this.#underWay.delete(toolCallId);
    this.#returned({ ...call, toolCallId }, { name, report, started });
  }

  /** What a tool call is called in the log. A model may use an id twice, and two sessions may use the same. */
  #entryOf(id: string): string {
    const taken = new Set(this.#options.journal.bundle.toolCalls.map(({ toolCallId }) => toolCallId));
    let name = id;
    for (let again = 2; taken.has(name); again += 1) name = `${id}/${again}`;
    return name;
  }

  #isHeldUp({ tally }: OpenCall): boolean {
    const { people, payments, keys } = this.#options;
    return tally.isHeld || people.isUnderWay || payments.isUnderWay || keys.isCollecting;
  }

  /** The tool says what to charge; its call is answered for the log when the caller is back, and for this session by its leave. */
  async #pay(call: LoggedCall, { tool, name, arguments: args }: Run, started: number): Promise<void> {
    const { payments, onLeave } = this.#options;
    const { seat, tally, toolCallId } = call;
    payments.opens();
    const report = await this.#start(call, tool, args);
    if (report.status !== 'ok' || !this.#options.isOpen(seat)) {
      payments.closes();
      this.#returned(call, { name, report: report.status === 'ok' ? notBegun : report, started });
      return;
    }
    const begun = await payments.begin({ agent: seat.agent, tool: name, toolCallId, charge: report.result });
    if (begun === 'not-begun') this.#answer(call, refusedForNow.output);
    else if (begun === 'leaves' && this.#options.isOpen(seat)) {
      tally.wantsToLeave('paying');
      this.#answer(call, payingNote);
    } else if (begun === 'leaves') onLeave('due', 'paying');
  }

  #returned(call: LoggedCall, { name, report, started }: Returned): void {
    const { journal, clock } = this.#options;
    const { seat, request, toolCallId } = call;
    const durationMs = Math.round(clock.now() - started);
    journal.note({
      type: 'tool-returned',
      tool: name,
      toolCallId,
      status: report.status,
      result: report.result,
      durationMs,
    });
    for (const fact of report.facts) journal.note(fact);
    if (report.solved !== undefined)
      journal.note({ type: 'solution-verified', tool: name, toolCallId, agent: seat.agent, solved: report.solved });
    if (!this.#options.isOpen(seat)) {
      const result = { toolCallId, name, arguments: request.arguments, output: report.output };
      this.#options.onLateResult(seat, { type: 'tool-call', ...result });
    }
    this.#answer(call, report.output);
  }

  async #start({ seat, request, tally }: OpenCall, tool: ToolDefinition, args: Json): Promise<ToolReport> {
    const { clock, signal, keys, onToolFault } = this.#options;
    const onFault: ToolRun['onFault'] = (part) => onToolFault(request.name, part);
    const run = { tool, arguments: args, clock, signal, call: this.#view(seat), onFault };
    if (tool.collects === undefined) return (await this.#mayRun(tool.effect)) ? runTool(run) : refusedForNow;
    // Who hands over asks for nothing any more.
    const collected = tally.isHeld ? underWay : await keys.collect(seat, tool.collects);
    return collected.kind === 'collected' ? runTool({ ...run, digits: collected.digits }) : notCollected(collected);
  }

  /** What can't be undone is written down before it is done: whoever takes the call over must know that it was begun. */
  #mayRun(effect: string): Promise<boolean> {
    return effect === 'irreversible' ? this.#options.journal.stored(intentPatienceMs) : Promise.resolve(true);
  }

  #view(seat: ToolSeat): CallView {
    const { callId, from, facts } = this.#options.journal.bundle;
    return {
      callId,
      from,
      agent: seat.agent,
      facts: Object.fromEntries(facts.map(({ key, value }) => [key, value])),
      sendDigits: (digits) => this.#options.keys.send(digits),
    };
  }

  #answer({ seat, request, tally }: OpenCall, output: string): void {
    tally.settled();
    if (!this.#options.isOpen(seat)) return;
    seat.session.answerTool(request.toolCallId, output);
    this.#maybeAsk(seat, request.response, tally);
  }

  #maybeAsk(seat: ToolSeat, response: string, tally: Tally): void {
    if (!tally.isComplete) return;
    this.#tallies.delete(keyOf(seat, response));
    if (!this.#options.isOpen(seat)) return;
    const { next } = tally;
    if (next.kind === 'goodbye') this.#sayGoodbye(seat, next);
    else if (next.kind === 'words') this.speakAbout(seat);
  }

  /** The model shall speak about results: in the answer that it owes the caller anyhow, or behind the words it is saying. */
  speakAbout(seat: ToolSeat): void {
    if (seat.answerDue) return;
    const stuck = this.#budget.stuck(seat.epoch);
    if (stuck !== 'no') seat.giveUp('the model only calls tools', stuck === 'yes');
    else if (seat.responding === undefined)
      seat.ask(this.#budget.isSpent(seat.epoch) ? { tools: 'none', forceAudio: true } : undefined);
    else this.#wishes.add(seat.epoch);
  }

  /** An agent that ended the call without a word is asked for one first. */
  #sayGoodbye(seat: ToolSeat, { resolved, said, leaves }: Goodbye): void {
    const { onEnd, onLeave } = this.#options;
    const end = () => onEnd(seat, resolved);
    if (leaves !== undefined) onLeave(said ? 'said' : 'due', leaves);
    else if (said) end();
    else {
      this.#goodbyes.await(seat.epoch, end);
      seat.ask({ tools: 'none' });
    }
  }
}

interface Goodbye {
  readonly resolved: boolean | null;
  readonly said: boolean;
  /** The caller goes to a person, or to pay, and the call does not end. */
  readonly leaves: Away | undefined;
}

type Run = Extract<ToolDecision, { kind: 'run' }>;

interface Returned {
  readonly name: string;
  readonly report: ToolReport;
  /** On the monotonic clock. */
  readonly started: number;
}

interface OpenCall {
  readonly seat: ToolSeat;
  readonly request: ToolRequested;
  readonly tally: Tally;
}

interface LoggedCall extends OpenCall {
  /** In the log. */
  readonly toolCallId: string;
}

/** What an agent passes on to the next it says itself: nobody verified it. */
const acceptedFacts = (accepted: Json): readonly ContextFact[] =>
  typeof accepted === 'object' && accepted !== null
    ? Object.entries(accepted)
        .filter(([, value]) => value !== null && value !== '')
        .map(([key, value]) => ({ type: 'fact-learned', key, value, source: 'agent', verified: false }))
    : [];

const goodbyeNote = JSON.stringify({ ok: true, note: 'Say good-bye if you have not yet. The line is then closed.' });

const leavingNote = JSON.stringify({
  ok: true,
  note: 'Say in one short sentence that you are putting the caller through, if you have not yet. They leave you then.',
});
const payingNote = JSON.stringify({
  ok: true,
  note: 'Say in one short sentence that you are taking the caller to the secure payment, if you have not yet. They leave you then, and come back.',
});

const notBegun = failedReport(
  'error',
  'not-begun',
  'The payment was not begun: somebody else had the caller by then. Nothing was charged. Offer it again if it is still wanted.',
);
/** Not even how many: the log says that in the result, where it may. */
const maskedDigits = { digits: '••••' } as const;

const underWay = { kind: 'under-way' } as const;

const noTools: ToolDecision = {
  kind: 'answer',
  output: toolError(
    'no-tools',
    'There are no tools on this call at the moment. Help with words, and say what you cannot do.',
  ),
};

const tooManyCalls: ToolDecision = {
  kind: 'answer',
  output: toolError(
    'too-many-calls',
    'Not done: too many tools in a row. Tell the caller where things stand and let them speak, or hand over.',
  ),
};

const noMoreCalls: ToolDecision = {
  kind: 'answer',
  output: toolError('no-more-tools', 'Not done: no more tools on this call. Say so, and hand over to a person if you can.'),
};

const refusedForNow = {
  status: 'error',
  result: null,
  output: toolError(
    'not-now',
    'This was not done: it cannot be recorded safely right now. Say so, and offer to try again in a minute.',
  ),
  facts: [],
} as const;

const keyOf = (seat: ToolSeat, response: string): string => `${seat.epoch}/${response}`;
