import type { z } from 'zod';
import type { CallId } from '../infra/brand.ts';
import type { Json, ToolEffect } from '../store/context/event.ts';

/** What a running tool may know of its call. `facts` is the newest value per key; `from` is the caller's number as the carrier gave it. */
export interface CallView {
  readonly callId: CallId;
  readonly from: string;
  readonly agent: string;
  readonly facts: Readonly<Record<string, Json>>;
}

export interface ToolContext {
  /** Aborts when the tool's time is up or the call is over. */
  readonly signal: AbortSignal;
  readonly call: CallView;
}

/** Facts by key. A key whose value is undefined is not learned. */
export type LearnedFacts = Readonly<Record<string, Json | undefined>>;

/** A tool as its author writes it. Write `run` before `learns`, so that the type of the result is inferred. */
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
}

/** What a tool returned, and what that teaches. `learned` may throw: it is its author's code. */
export interface ToolOutcome {
  readonly result: unknown;
  learned(): LearnedFacts;
}

/** A tool as the runtime uses it. `run` checks its arguments itself and rejects when the tool throws. */
export interface ToolDefinition {
  readonly description: string;
  readonly input: z.ZodObject;
  readonly effect: ToolEffect;
  readonly timeoutMs: number;
  run(args: Json, context: ToolContext): Promise<ToolOutcome>;
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
    return { result, learned: () => spec.learns?.(result) ?? {} };
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

/** A person, or a group of people, who can take the caller. Without a number here it comes from the settings. */
export interface HumanDefinition {
  /** E.164. */
  readonly number?: string;
  readonly description?: string;
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
  /** The type of well-known facts; a remembered value that doesn't fit is refused. */
  readonly userState: z.ZodObject | undefined;
  /** Who answers this call; undefined leaves it to `start`. Must answer at once. */
  readonly route: ((call: RouteView) => string | undefined) | undefined;
  /** What is taken from an IVR that had the call before; undefined: nothing. */
  readonly intake: IntakeDefinition | undefined;
  /** By fact key, what a question for it names: agents who ask for a fact that is known are noticed and told. */
  readonly questions: ReadonlyMap<string, readonly RegExp[]>;
}
