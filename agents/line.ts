import type { z } from 'zod';
import { ThroughlineError } from '../infra/errors.ts';
import { checkLine } from './check-line.ts';
import type {
  AgentDefinition,
  HumanDefinition,
  IntakeDefinition,
  LineDefinition,
  RouteView,
  ToolDefinition,
} from './definition.ts';
import type { DisclosureWords } from './disclosure.ts';
import type { Pilot } from './pilot.ts';

/** An agent as its author writes it. `Target` are the names it hands over to; `line.team` checks that they exist. */
export interface AgentSpec<Target extends string> {
  /** A voice of the model: marin, cedar, sage … or the id of a custom voice, `voice_…`. */
  readonly voice: string;
  readonly instructions: string;
  readonly greeting?: string;
  readonly expertise?: readonly string[];
  readonly accepts?: z.ZodObject;
  readonly tools?: Readonly<Record<string, ToolDefinition>>;
  /** Target name -> when to hand over to it, in words for the model. */
  readonly handoffs?: Readonly<Record<Target, string>>;
}

type Humans = Readonly<Record<string, HumanDefinition>>;

/** The names an agent hands over to that are neither another agent nor a person. */
type Misspelt<Spec, Name, Agents, People> =
  Spec extends AgentSpec<infer Target> ? Exclude<Target, Exclude<keyof Agents, Name> | keyof People> : never;

/** Adds an impossible demand, which names the culprit, to each agent with a handoff to nobody. */
type Checked<Agents, People> = {
  readonly [Name in keyof Agents]: [Misspelt<Agents[Name], Name, Agents, People>] extends [never]
    ? unknown
    : { readonly 'hands over to nobody of this line': Misspelt<Agents[Name], Name, Agents, People> };
};

/** The fields that came and fitted. */
type Fitting<Fields extends z.ZodObject> = Readonly<Partial<z.output<Fields>>>;

interface IntakeBase<Fields extends z.ZodObject> {
  /** Every field comes as text, at most 500 characters, and counts on its own; one of a number or a boolean is read from its text. */
  readonly accepts: Fields;
  /** Plays a prepared greeting to a caller who brings something along, too, although it says nothing of it. Default: the agent speaks. */
  readonly playsGreeting?: boolean;
}

/** Each field is a fact of its own name. */
interface PlainIntake<Fields extends z.ZodObject> extends IntakeBase<Fields> {
  readonly facts?: undefined;
  /** Facts that the IVR has checked, say by a PIN. All others are what somebody entered. */
  readonly verified?: readonly (keyof z.output<Fields> & string)[];
}

/** `facts` says what the fields mean. What it returns has every fact that is `verified`, or it does not compile. */
interface MappedIntake<Fields extends z.ZodObject, Verified extends string> extends IntakeBase<Fields> {
  /** Facts by key. A key whose value is undefined is not learned. */
  readonly facts: (fields: Fitting<Fields>) => { readonly [Key in NoInfer<Verified>]: unknown };
  readonly verified?: readonly Verified[];
}

/** What a line takes from an IVR that had the caller before. */
export type IntakeSpec<Fields extends z.ZodObject, Verified extends string> =
  | PlainIntake<Fields>
  | MappedIntake<Fields, Verified>;

/** Whoever comes next when a person does not take the call is another person of the line. */
type CheckedPeople<People> = {
  readonly [Name in keyof People]: { readonly fallback?: Exclude<keyof People & string, Name> };
};

export interface TeamOptions<Start, People, Fields extends z.ZodObject, Verified extends string> {
  /** Who answers. */
  readonly start: Start;
  /** Who answers this call instead, decided from what is known before the first word; undefined: `start`. Must answer at once. */
  readonly route?: (call: RouteView) => Start | undefined;
  readonly humans?: People & CheckedPeople<People>;
  /** Gives every agent `request_callback`. Nobody is dialled by it: your people see it in the call's bundle. */
  readonly callbacks?: boolean;
  /** What an IVR may pass on: docs/from-the-ivr.md. */
  readonly intake?: IntakeSpec<Fields, Verified>;
  readonly name?: string;
  /** BCP 47, for example `en` or `de-AT`. */
  readonly language?: string;
  /** Only a share of the calls, some callers, some hours; the rest goes elsewhere. */
  readonly pilot?: Pilot;
  /** Own words for what every caller hears first: that it is an AI, and whether the call is recorded. Default: by `language`. */
  readonly disclosure?: DisclosureWords;
}

/** A line under construction. */
export interface SupportLine {
  agent<Target extends string = never>(spec: AgentSpec<Target>): AgentSpec<Target>;
  /** Puts the agents together. A handoff to an unknown name, or to itself, does not compile. */
  team<
    Agents extends Readonly<Record<string, AgentSpec<string>>>,
    People extends Humans = Record<never, never>,
    Fields extends z.ZodObject = z.ZodObject,
    Verified extends string = never,
  >(
    agents: Agents & Checked<Agents, People>,
    options: TeamOptions<keyof Agents & string, People, Fields, Verified>,
  ): LineDefinition;
}

const toDefinition = (name: string, spec: AgentSpec<string>): AgentDefinition => ({
  name,
  voice: spec.voice,
  instructions: spec.instructions,
  greeting: spec.greeting,
  expertise: spec.expertise ?? [],
  accepts: spec.accepts,
  tools: new Map(Object.entries(spec.tools ?? {})),
  handoffs: new Map(Object.entries(spec.handoffs ?? {})),
});

/** Its type parameters end here: what reaches `facts` was made by `accepts`. */
const toIntake = <Fields extends z.ZodObject, Verified extends string>(
  spec: IntakeSpec<Fields, Verified>,
): IntakeDefinition => ({
  accepts: spec.accepts,
  facts: spec.facts ?? ((fields: object) => fields),
  verified: new Set<string>(spec.verified ?? []),
  playsGreeting: spec.playsGreeting ?? false,
});

export interface LineAbout {
  /** Types the facts that the line's agents and tools share. */
  readonly userState?: z.ZodObject;
  /**
   * By fact key, what a question for it names, tried on lower-case text: `{ accountTier: [/\b(plan|tier)\b/] }`. The words of a key
   * ("accountId": "account number", "the ID of your account") need not be told.
   */
  readonly questions?: Readonly<Record<string, readonly RegExp[]>>;
}

/** Begins a line. */
export const supportLine = (about: LineAbout = {}): SupportLine => ({
  agent: (spec) => spec,
  team: (agents, options) => ({
    name: options.name ?? 'line',
    start: options.start,
    language: options.language,
    agents: new Map(Object.entries<AgentSpec<string>>(agents).map(([name, spec]) => [name, toDefinition(name, spec)])),
    humans: new Map(Object.entries(options.humans ?? {})),
    callbacks: options.callbacks ?? false,
    userState: about.userState,
    route: options.route,
    intake: options.intake === undefined ? undefined : toIntake(options.intake),
    questions: new Map(Object.entries(about.questions ?? {})),
    ...(options.pilot === undefined ? {} : { pilot: options.pilot }),
    ...(options.disclosure === undefined ? {} : { disclosure: options.disclosure }),
  }),
});

/**
 * The line that a module exports, checked.
 * @throws ThroughlineError `line-invalid`, its message listing every problem with its place.
 */
export const requireLine = (value: unknown): LineDefinition => {
  const checked = checkLine(value);
  if (checked.line !== undefined) return checked.line;
  const list = checked.problems.map(({ path, reason }) => `  ${path}: ${reason}`).join('\n');
  throw new ThroughlineError('line-invalid', `This line can't be served:\n${list}`, {
    facts: { problems: checked.problems.length },
  });
};
