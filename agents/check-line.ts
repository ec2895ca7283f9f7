import type { ToolEffect } from '../store/context/event.ts';
import { checkHumans } from './check-humans.ts';
import { checkIntake, isSchema } from './check-intake.ts';
import { checkPilot } from './check-pilot.ts';
import type { AgentDefinition, KeyRange, LineDefinition, ToolDefinition } from './definition.ts';

/** One thing wrong with a line, and where. */
export interface LineProblem {
  readonly path: string;
  readonly reason: string;
}

export type CheckedLine =
  | { readonly line: LineDefinition; readonly problems: readonly [] }
  | { readonly line: undefined; readonly problems: readonly LineProblem[] };

type Report = (path: string, reason: string) => void;

/** The voices of OpenAI's Realtime API; a custom voice is an id, `voice_…`. */
export const knownVoices = ['alloy', 'ash', 'ballad', 'cedar', 'coral', 'echo', 'marin', 'sage', 'shimmer', 'verse'];

/** In characters, about 8,000 tokens: more is a mistake, and is paid for in every response. */
export const longestInstructions = 32_000;

/** Names that every agent's own tools must leave free. */
export const builtInNames = [
  'remember',
  'note_attempt',
  'note_sentiment',
  'classify_issue',
  'recall',
  'end_call',
  'request_callback',
  'get_call_context',
];

const effects: readonly ToolEffect[] = ['reads', 'writes', 'irreversible'];

const transferFields = ['reason', 'caller_asked'];

const notALine = (reason: string): CheckedLine => ({ line: undefined, problems: [{ path: 'line', reason }] });

/** Checks everything about a line that types can't, before the first call. Takes whatever a module exported; never throws. */
export const checkLine = (value: unknown): CheckedLine => {
  try {
    return isLine(value) ? checkParts(value) : notALine('is not a line; export what line.team(…) returns');
  } catch (thrown) {
    return notALine(`can't be read: ${thrown instanceof Error ? thrown.message : 'a getter of it throws'}`);
  }
};

const checkParts = (value: LineDefinition): CheckedLine => {
  const problems: LineProblem[] = [];
  const report: Report = (path, reason) => problems.push({ path, reason });
  checkNames(value, report);
  checkStart(value, report);
  checkQuestions(value.questions, report);
  if (value.route !== undefined && typeof value.route !== 'function') report('route', 'must be a function of the call');
  checkIntake(value.intake, report);
  for (const [name, agent] of value.agents) checkAgent(value, [name, agent], report);
  checkHumans(value.humans, report);
  if (typeof value.callbacks !== 'boolean') report('callbacks', 'must be true or false');
  if (value.disclosure !== undefined) checkDisclosure(value.disclosure, report);
  if (value.pilot !== undefined) checkPilot('pilot', value.pilot, report);
  return problems.length === 0 ? { line: value, problems: [] } : { line: undefined, problems };
};

/** All three are needed: whether calls are recorded is no matter of the line. Twilio speaks at most 4,096 characters; a disclosure is heard out. */
const checkDisclosure = (disclosure: unknown, report: Report): void => {
  for (const part of ['ai', 'recorded', 'notRecorded']) {
    const words: unknown = isObject(disclosure) ? Reflect.get(disclosure, part) : undefined;
    if (typeof words !== 'string' || words.trim() === '' || words.length > longestDisclosure)
      report(`disclosure.${part}`, `must be a sentence of at most ${longestDisclosure} characters`);
  }
};

const longestDisclosure = 300;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isNamed = (value: unknown): boolean =>
  value instanceof Map && [...value.keys()].every((name) => typeof name === 'string');

/** Only the frame: what is in it may still be anything. */
const isLine = (value: unknown): value is LineDefinition =>
  isObject(value) &&
  'agents' in value &&
  isNamed(value.agents) &&
  'humans' in value &&
  isNamed(value.humans) &&
  'start' in value &&
  typeof value.start === 'string';

const isAgent = (value: unknown): value is AgentDefinition =>
  isObject(value) && 'tools' in value && isNamed(value.tools) && 'handoffs' in value && isNamed(value.handoffs);

const isTool = (value: unknown): value is ToolDefinition =>
  isObject(value) && 'run' in value && typeof value.run === 'function' && 'input' in value && 'effect' in value;

const isEmpty = (text: unknown): boolean => typeof text !== 'string' || text.trim() === '';

/** What was written where a text belongs, for a message. */
const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : `a value of type ${typeof value}`);

const isPattern = (value: unknown): value is RegExp => value instanceof RegExp;

/** A pattern with a memory would find every second question. */
const hasMemory = (pattern: RegExp): boolean => pattern.global || pattern.sticky;

const checkQuestions = (questions: unknown, report: Report): void => {
  if (!(questions instanceof Map)) {
    report('questions', 'must be a Map of patterns by fact key; make the line with supportLine');
    return;
  }
  for (const [key, patterns] of questions) {
    const path = `questions.${String(key)}`;
    if (!Array.isArray(patterns) || !patterns.every(isPattern)) report(path, 'must be a list of regular expressions');
    else if (patterns.some(hasMemory)) report(path, 'has a pattern with the flag g or y, which remembers where it was');
  }
};

const checkStart = (line: LineDefinition, report: Report): void => {
  if (line.agents.size === 0) report('agents', 'is empty; a line needs at least one agent');
  else if (!line.agents.has(line.start))
    report('start', `"${line.start}" is no agent of this line (${listOf(line.agents)})`);
  if (line.language !== undefined && !isLanguage(line.language)) {
    report('language', `${shown(line.language)} is no BCP 47 tag; write for example "en" or "de-AT"`);
  }
};

const isLanguage = (tag: unknown): boolean => typeof tag === 'string' && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/.test(tag);

const listOf = (names: ReadonlyMap<string, unknown>): string => [...names.keys()].join(', ');

/** Letters that look like a Latin one, and separators, are where two names are taken for each other. */
const skeleton = (name: string): string =>
  name.toLowerCase().replaceAll(/[-_]/g, '').replaceAll('0', 'o').replaceAll(/[1i]/g, 'l');

const checkNames = (line: LineDefinition, report: Report): void => {
  const seen = new Map<string, string>();
  const places = [
    ...[...line.agents.keys()].map((name) => ['agents', name] as const),
    ...[...line.humans.keys()].map((name) => ['humans', name] as const),
  ];
  for (const [folder, name] of places) {
    const path = `${folder}.${name}`;
    checkName(path, name, report);
    const other = seen.get(skeleton(name));
    if (other !== undefined) report(path, `can be mistaken for ${other}; choose names that differ more`);
    seen.set(skeleton(name), path);
  }
};

const checkName = (path: string, name: string, report: Report): void => {
  const foreign = [...name].find((letter) => !/[A-Za-z0-9_-]/.test(letter));
  if (foreign !== undefined) {
    const code = (foreign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    report(path, `has "${foreign}" (U+${code}) in its name; use only the letters A-Z and a-z, digits, "_" and "-"`);
  } else if (!/^[A-Za-z][\w-]{0,39}$/.test(name)) {
    report(path, 'has a bad name; a name begins with a letter and has at most 40 characters');
  }
};

const checkAgent = (line: LineDefinition, [name, agent]: readonly [string, AgentDefinition], report: Report): void => {
  const path = `agents.${name}`;
  if (!isAgent(agent)) {
    report(path, 'is not an agent made with line.agent({…})');
    return;
  }
  checkInstructions(`${path}.instructions`, agent.instructions, report);
  if (!isVoice(agent.voice)) {
    report(`${path}.voice`, `${shown(agent.voice)} is no voice; known are ${knownVoices.join(', ')} and ids "voice_…"`);
  }
  for (const [toolName, tool] of agent.tools) checkTool(`${path}.tools.${toolName}`, [toolName, tool], report);
  for (const [target, when] of agent.handoffs)
    checkHandoff(line, { path: `${path}.handoffs.${target}`, name, target, when }, report);
  checkAccepts(`${path}.accepts`, agent.accepts, report);
};

const isVoice = (voice: unknown): boolean =>
  typeof voice === 'string' && (knownVoices.includes(voice) || /^voice_\w{1,64}$/.test(voice));

const checkAccepts = (path: string, accepts: unknown, report: Report): void => {
  if (accepts === undefined) return;
  if (!isSchema(accepts)) {
    report(path, 'is not a schema; write z.object({…})');
    return;
  }
  for (const field of transferFields) {
    if (field in accepts.shape) report(`${path}.${field}`, 'is asked for in every handoff already; choose another name');
  }
};

const checkInstructions = (path: string, instructions: unknown, report: Report): void => {
  if (typeof instructions !== 'string' || instructions.trim() === '') report(path, 'is empty; say what this agent is for');
  else if (instructions.length > longestInstructions) {
    report(
      path,
      `has ${instructions.length} characters; at most ${longestInstructions} (long knowledge belongs behind a tool)`,
    );
  }
};

const checkTool = (path: string, [name, tool]: readonly [string, unknown], report: Report): void => {
  checkName(path, name, report);
  if (builtInNames.includes(name) || name.startsWith('transfer_to_')) report(path, 'is the name of a built-in tool');
  if (!isTool(tool)) {
    report(path, 'is unknown: not a tool made with tool({…})');
    return;
  }
  if (!isSchema(tool.input)) report(`${path}.input`, 'is not a schema; write z.object({…})');
  if (!effects.includes(tool.effect)) report(`${path}.effect`, `must be one of ${effects.join(', ')}`);
  if (isEmpty(tool.description)) report(`${path}.description`, 'is empty; the model chooses tools by it');
  if (!(tool.timeoutMs > 0 && tool.timeoutMs <= 60_000)) report(`${path}.timeoutMs`, 'must be between 1 and 60,000');
  if (tool.collects !== undefined) checkCollects(path, tool.collects, report);
  if (tool.pays !== undefined) checkPays(path, tool, report);
};

/** What takes money is never done twice, and never asks for digits of its own. */
const checkPays = (path: string, { pays, effect, collects }: ToolDefinition, report: Report): void => {
  if (typeof pays?.learned !== 'function') report(path, 'is not a payment made with payment({…})');
  if (effect !== 'irreversible') report(`${path}.effect`, 'must be irreversible: it takes money');
  if (collects !== undefined) report(path, 'must not collect digits itself: the carrier asks for the card');
};

const mostDigits = 32;

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= mostDigits;

const checkCollects = (path: string, { min, max, timeoutMs }: KeyRange, report: Report): void => {
  if (!isCount(min) || !isCount(max) || min > max)
    report(`${path}.length`, `must be a number of digits, 1 to ${mostDigits}, or { min, max } of them`);
  if (!(timeoutMs >= 1_000 && timeoutMs <= 120_000)) report(`${path}.timeoutMs`, 'must be between 1,000 and 120,000');
};

interface Handoff {
  readonly path: string;
  readonly name: string;
  readonly target: string;
  readonly when: string;
}

const checkHandoff = (line: LineDefinition, { path, name, target, when }: Handoff, report: Report): void => {
  if (target === name) report(path, 'hands over to itself');
  else if (!line.agents.has(target) && !line.humans.has(target)) {
    report(
      path,
      `is neither an agent (${listOf(line.agents)}) nor a person (${listOf(line.humans) || 'none'}) of this line`,
    );
  }
  if (isEmpty(when)) report(path, 'has no description; say when to hand over to it');
};
