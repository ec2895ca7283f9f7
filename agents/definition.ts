import { z } from 'zod';
import type { CallId } from '../infra/brand.ts';
import { messageOf, ThroughlineError } from '../infra/errors.ts';
import type { Json, ToolEffect } from '../store/context/event.ts';
import { type Charge, checkedCharge, type Paid } from './charge.ts';
import type { DisclosureWords } from './disclosure.ts';
import type { OpeningHours } from './hours.ts';
import type { Pilot } from './pilot.ts';
import { maskDigits } from './tools/mask-digits.ts';
import { toJson } from './tools/safe-json.ts';

/** What a running tool may know of its call. `facts` is the newest value per key; `from` is the caller's number as the carrier gave it. */
export interface CallView {
  readonly callId: CallId;
  readonly from: string;
  readonly agent: string;
  readonly facts: Readonly<Record<string, Json>>;
  /**
   * Plays keys to the caller's line as tones, behind what is being said: 1 to 32 of `0-9 A-D * #`, with `w` and `W` for pauses of half a
   * second and a second. Whoever speaks over them cuts them off. @throws ThroughlineError `bad-digits`
   */
  sendDigits(digits: string): void;
}

export interface ToolContext {
  /** Aborts when the tool's time is up or the call is over. */
  readonly signal: AbortSignal;
  readonly call: CallView;
}

/** Facts by key. A key whose value is undefined is not learned. */
export type LearnedFacts = Readonly<Record<string, Json | undefined>>;

/** A tool as its author writes it. Write `run` before `learns` and `verifies`, so that the type of the result is inferred. */
export interface ToolSpec<Input extends z.ZodObject, Result> {
  readonly description: string;
  readonly input: Input;
  /**
   * `irreversible` runs at most once per call and arguments; to allow a wanted repeat, declare an argument for it (say, `again`).
   * For `writes` and `irreversible`, arguments that `input` doesn't know are refused; for `reads` they are dropped.
   */
  readonly effect: ToolEffect;
  /** Default 8,000. */
  readonly timeoutMs?: number;
  /** Throwing says that the tool failed. A `ThroughlineError` with the code `outcome-unknown` says that it may have worked. */
  run(args: z.output<Input>, context: ToolContext): Promise<Result> | Result;
  /** What a successful result teaches about the caller. */
  readonly learns?: (result: Result) => LearnedFacts;
  /** Whether a successful result shows that the caller's problem is solved; undefined: it does not tell. The newest word of a call counts. */
  readonly verifies?: (result: Result) => boolean | undefined;
}

/** What a tool returned, what that teaches, and whether it shows a solution. `learned` and `verified` may throw: they are its author's code. */
export interface ToolOutcome {
  readonly result: unknown;
  learned(): LearnedFacts;
  verified?(): boolean | undefined;
}

/** How many digits a tool collects on the keypad before it runs: 1 to 32. `timeoutMs`: from the first key on. */
export interface KeyRange {
  readonly min: number;
  readonly max: number;
  readonly timeoutMs: number;
}

/** What the runtime gives a tool. `digits`: what the caller entered, only for a tool that `collects`. */
export interface RunContext extends ToolContext {
  readonly digits?: string;
}

/** A tool as the runtime uses it. `run` checks its arguments itself and rejects when the tool throws. */
export interface ToolDefinition {
  readonly description: string;
  readonly input: z.ZodObject;
  readonly effect: ToolEffect;
  readonly timeoutMs: number;
  /** Digits that are collected in code before it runs, and never shown to a model or written down. */
  readonly collects?: KeyRange;
  /** It takes a payment: `run` only says what to charge, the caller pays at the carrier, and a success teaches this. */
  readonly pays?: { learned(paid: Paid): LearnedFacts };
  run(args: Json, context: RunContext): Promise<ToolOutcome>;
}

export const defaultToolTimeoutMs = 8_000;

/** Makes a tool. Its type parameters end here: the runtime sees JSON in and anything out. */
export const tool = <Input extends z.ZodObject, Result>(spec: ToolSpec<Input, Result>): ToolDefinition => ({
  description: spec.description,
  input: spec.input,
  effect: spec.effect,
  timeoutMs: spec.timeoutMs ?? defaultToolTimeoutMs,
  async run(args, context) {
    const result = await spec.run(spec.input.parse(args), context);
    return { result, learned: () => spec.learns?.(result) ?? {}, verified: () => spec.verifies?.(result) };
  },
});

interface CaptureAbout {
  /** What is collected, and when, in words for the model. How to ask for it is added. */
  readonly description: string;
  /** Digits to enter; the last one ends it, as does `#`. 1 to 32. */
  readonly length: number | { readonly min: number; readonly max: number };
  /** For all of it, from the first key on; default 30,000. */
  readonly timeoutMs?: number;
}

/** A capture as its author writes it. Without `check` the model learns only how many digits came. */
export type CaptureSpec<Result> =
  | (CaptureAbout & { readonly check?: undefined; readonly learns?: undefined })
  | (CaptureAbout & {
      /**
       * Looks at the digits, within 8 seconds. Its result goes to the model and the log, so it must say nothing of them. What is thrown does, too.
       * Digits that stand in either as such are masked, but that is a net and not a plan.
       */
      check(digits: string, context: ToolContext): Promise<Result> | Result;
      /** What a successful check teaches about the caller. */
      readonly learns?: (result: Result) => LearnedFacts;
    });

const defaultCaptureMs = 30_000;

/**
 * Makes a tool that collects digits on the keypad in secret: a PIN, an account number. They reach `check` and nobody else: no model, log, event
 * or store; meanwhile the caller's line is silent to the model.
 */
export const capture = <Result>(spec: CaptureSpec<Result>): ToolDefinition => {
  const { description, length, timeoutMs = defaultCaptureMs } = spec;
  const { min, max } = typeof length === 'number' ? { min: length, max: length } : length;
  return {
    description,
    input: z.object({}),
    effect: 'reads',
    timeoutMs: defaultToolTimeoutMs,
    collects: { min, max, timeoutMs },
    async run(_, { digits, ...context }) {
      if (digits === undefined) throw new ThroughlineError('not-collected', 'No digits were collected.');
      if (spec.check === undefined) return { result: { collected: digits.length }, learned: () => ({}) };
      const result = await masking(digits, async () => spec.check(digits, context));
      const learned = () => maskedFacts(spec.learns?.(result) ?? {}, digits);
      return { result: maskDigits(toJson(result), digits), learned };
    },
  };
};

/** An error's words and its code are all that stays of it: what caused it may hold the digits. */
const masking = async <Result>(digits: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (thrown) {
    const words = String(maskDigits(toJson(messageOf(thrown)), digits));
    throw thrown instanceof ThroughlineError ? new ThroughlineError(thrown.code, words) : new Error(words);
  }
};

const maskedFacts = (facts: LearnedFacts, digits: string): LearnedFacts =>
  Object.fromEntries(
    Object.entries(facts).flatMap(([key, value]) => (value === undefined ? [] : [[key, maskDigits(toJson(value), digits)]])),
  );

/** A payment as its author writes it. */
export interface PaymentSpec<Input extends z.ZodObject> {
  /** What is paid, and when to offer it, in words for the model. How the caller gets there is added. */
  readonly description: string;
  readonly input: Input;
  /** For `charge`; default 8,000. */
  readonly timeoutMs?: number;
  /**
   * Says what the caller pays: the amount is this code's, never the model's. Charges nothing itself; throwing says that there is nothing to
   * pay, or not now, in words for the model.
   */
  charge(args: z.output<Input>, context: ToolContext): Promise<Charge> | Charge;
  /** What a successful payment teaches about the caller. */
  readonly learns?: (paid: Paid) => LearnedFacts;
}

/**
 * Makes a tool that takes a payment by card. The caller leaves the agent for the carrier, which asks for the card by keypad and has it
 * charged, and comes back to the same agent; nothing of the card reaches this process but its brand. What was paid with the same arguments,
 * or may have been, is not paid again in a call; a payment that surely took nothing may be tried again.
 */
export const payment = <Input extends z.ZodObject>(spec: PaymentSpec<Input>): ToolDefinition => ({
  description: spec.description,
  input: spec.input,
  effect: 'irreversible',
  timeoutMs: spec.timeoutMs ?? defaultToolTimeoutMs,
  pays: { learned: (paid) => spec.learns?.(paid) ?? {} },
  async run(args, context) {
    const result = checkedCharge(await spec.charge(spec.input.parse(args), context));
    return { result, learned: () => ({}) };
  },
});

/** An agent as the runtime uses it. Names are the keys of `line.team`. */
export interface AgentDefinition {
  readonly name: string;
  readonly voice: string;
  readonly instructions: string;
  /** The first words of a call that this agent answers, in substance; the model chooses the wording. */
  readonly greeting: string | undefined;
  /** Words that, in the reason of a handoff, say that it belongs here. */
  readonly expertise: readonly string[];
  /** What `transfer_to_<this agent>` asks for beyond the reason. */
  readonly accepts: z.ZodObject | undefined;
  readonly tools: ReadonlyMap<string, ToolDefinition>;
  /** Target name (agent or person) -> when to hand over to it. */
  readonly handoffs: ReadonlyMap<string, string>;
}

/**
 * A person, or a group of people, who can take the caller. Where they are reached: one of `number`, `sip` and `queue`; with none of
 * them `THROUGHLINE_HUMANS` has the number.
 */
export interface HumanDefinition {
  /** E.164. */
  readonly number?: string;
  /** `sip:user@host`. */
  readonly sip?: string;
  /** The name of a queue at the carrier; with `workflow` (`WW…`) a task of TaskRouter. The caller waits in it without an agent. */
  readonly queue?: string;
  readonly workflow?: string;
  /** Who they are, for the model. */
  readonly description?: string;
  /**
   * `warm` (default): they are rung while the agent stays with the caller, are told what it is about, and press 1 to take the call.
   * `cold`: the caller hears it ring.
   */
  readonly way?: 'warm' | 'cold';
  /** When they are there; default: always. Outside of it nobody is rung. */
  readonly hours?: OpeningHours;
  /** How long it rings, 5 to 120; default 25. */
  readonly ringSeconds?: number;
  /** The number that they see, E.164, one of your own; default: the number that the caller dialled. */
  readonly callerId?: string;
  /** What becomes of a caller whose person hangs up and has not said how it ended. `return` (default): the agent takes them back. */
  readonly afterwards?: 'return' | 'end';
  /** Another person of the line, who is rung when these don't take the call. */
  readonly fallback?: string;
}

/** What is known of a call before its first word. */
export interface RouteView {
  /** The caller's number as the carrier gave it; it can be forged. */
  readonly from: string;
  readonly to: string;
  /** Known facts by key: of the newest call of this number, if callers are remembered, and what an IVR passed on. */
  readonly facts: Readonly<Record<string, Json>>;
}

/** What a line takes from an IVR before it, as the runtime uses it. */
export interface IntakeDefinition {
  /** The fields, each checked on its own. */
  readonly accepts: z.ZodObject;
  /** Facts by key, from the fields that fitted. Its author's code: may throw, and return anything. */
  facts(fields: Readonly<Record<string, unknown>>): object;
  /** Facts that the line's own IVR has checked. */
  readonly verified: ReadonlySet<string>;
  /** Whether a prepared greeting is played to a caller who brings something along, too. */
  readonly playsGreeting: boolean;
}

/** A set of agents that serve one number: who starts, who may hand to whom. */
export interface LineDefinition {
  readonly name: string;
  readonly start: string;
  /** BCP 47 tag of the language to speak; undefined leaves it to the settings. */
  readonly language: string | undefined;
  readonly agents: ReadonlyMap<string, AgentDefinition>;
  readonly humans: ReadonlyMap<string, HumanDefinition>;
  /** Whether agents may note that a caller wants to be called back. */
  readonly callbacks: boolean;
  /** The type of well-known facts; a remembered value that doesn't fit is refused. */
  readonly userState: z.ZodObject | undefined;
  /** Who answers this call; undefined leaves it to `start`. Must answer at once. */
  readonly route: ((call: RouteView) => string | undefined) | undefined;
  /** What is taken from an IVR that had the call before; undefined: nothing. */
  readonly intake: IntakeDefinition | undefined;
  /** By fact key, what a question for it names: agents who ask for a fact that is known are noticed and told. */
  readonly questions: ReadonlyMap<string, readonly RegExp[]>;
  /** Which calls the agents take; undefined: all. */
  readonly pilot?: Pilot;
  /** What is said of it before anything else; undefined: the words of its language. */
  readonly disclosure?: DisclosureWords;
}
