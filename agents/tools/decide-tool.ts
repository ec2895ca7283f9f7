import { z } from 'zod';
import type { Json } from '../../store/context/event.ts';
import type { AgentDefinition, LineDefinition, ToolDefinition } from '../definition.ts';
import { type BuiltInDecision, builtIns, callbackTool, toolError, transferPrefix, transferSchema } from './built-in.ts';
import { cleanText, parseArguments, toJson } from './safe-json.ts';

/** What shall be done about a tool call of the model. */
export type ToolDecision =
  | BuiltInDecision
  /** Run the agent's own tool; `arguments` are valid for it and have only fields that it knows. */
  | { readonly kind: 'run'; readonly name: string; readonly tool: ToolDefinition; readonly arguments: Json }
  /** Ask the handoff policy. `arguments` are what the target `accepts`. */
  | {
      readonly kind: 'handoff';
      readonly to: string;
      readonly reason: string;
      readonly arguments: Json;
      readonly callerAsked: boolean;
    };

/** A tool call as the model wrote it. */
export interface ToolRequest {
  readonly name: string;
  readonly arguments: string;
  /** What is known, by key: fills what a target accepts and the model left out. */
  readonly known: Readonly<Record<string, Json>>;
}

const answer = (code: string, message: string): ToolDecision => ({ kind: 'answer', output: toolError(code, message) });

/**
 * Decides what a tool call of `agent` means. Never throws: an unknown tool and bad arguments become an answer with which the
 * model can do better. An agent can only call its own tools and hand over to its own targets.
 */
export const decideTool = (agent: AgentDefinition, line: LineDefinition, request: ToolRequest): ToolDecision => {
  const parsed = parseArguments(request.arguments);
  if (parsed.kind === 'refused')
    return answer('bad-arguments', `${parsed.reason} Send a JSON object that fits the tool's parameters.`);
  const { name } = request;
  const own = agent.tools.get(name);
  if (own !== undefined) return decideOwn(name, own, parsed.value);
  const common = name === 'request_callback' && line.callbacks ? callbackTool : builtIns.get(name);
  if (common !== undefined) {
    const problem = problemWith(common.input, parsed.value);
    return problem === undefined ? common.decide(parsed.value, line) : answer('bad-arguments', problem);
  }
  const target = name.startsWith(transferPrefix) ? name.slice(transferPrefix.length) : undefined;
  if (target !== undefined && agent.handoffs.has(target))
    return decideTransfer(target, line.agents.get(target), filledWith(request.known, line.agents.get(target), parsed.value));
  return answer('unknown-tool', `There is no tool "${cleanText(name, 64)}". Use only the tools you were given.`);
};

const decideOwn = (name: string, tool: ToolDefinition, value: Json): ToolDecision => {
  const known = tool.effect === 'reads' ? onlyKnown(tool.input, value) : value;
  const problem = problemWith(tool.effect === 'reads' ? tool.input : closed(tool.input), known);
  return problem === undefined ? { kind: 'run', name, tool, arguments: known } : answer('bad-arguments', problem);
};

/** Whether the schema itself says what becomes of unknown fields (`z.looseObject`, `z.strictObject`). */
const hasOwnRule = (input: z.ZodObject): boolean => input.def.catchall !== undefined;

/** For a tool that changes something, an unknown field may be what mattered (say, `dryRun`), so it is refused. */
const closed = (input: z.ZodObject): z.ZodObject => (hasOwnRule(input) ? input : input.strict());

const decideTransfer = (to: string, target: AgentDefinition | undefined, value: Json): ToolDecision => {
  const result = transferSchema(target).safeParse(value);
  if (!result.success) return answer('bad-arguments', inWords(result.error));
  const { reason, caller_asked: callerAsked } = result.data;
  const accepted = target?.accepts === undefined ? {} : toJson(onlyKnown(target.accepts, value));
  return { kind: 'handoff', to, reason, arguments: accepted, callerAsked };
};

/** What the target accepts, is known and fits need not be told by the model. */
const filledWith = (known: ToolRequest['known'], target: AgentDefinition | undefined, value: Json): Json => {
  if (target?.accepts === undefined || !isFields(value)) return value;
  const fitting = Object.entries(target.accepts.shape).flatMap(([key, type]) => {
    const fact = Object.hasOwn(known, key) ? known[key] : undefined;
    return fact !== undefined && !Object.hasOwn(value, key) && z.safeParse(type, fact).success ? [[key, fact] as const] : [];
  });
  return { ...value, ...Object.fromEntries(fitting) };
};

const isFields = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A reader can do without a field that it doesn't know. */
const onlyKnown = (input: z.ZodObject, value: Json): Json =>
  isFields(value) && !hasOwnRule(input)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => Object.hasOwn(input.shape, key)))
    : value;

/** What is wrong with the arguments, in words; undefined when nothing is. A schema's own code may throw. */
const problemWith = (input: z.ZodObject, value: Json): string | undefined => {
  try {
    const result = input.safeParse(value);
    return result.success ? undefined : inWords(result.error);
  } catch {
    return 'The arguments could not be checked.';
  }
};

const inWords = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => cleanText(path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`, 200))
    .join('; ');
