import { parseArgs } from 'node:util';
import { usualStore } from './week/place.ts';
import type { WeekOptions } from './week/show-week.ts';

/** The calls that the demo can show. */
const scenarioNames = ['article', 'ivr', 'person'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** What `npm run demo -- …` was asked to do. */
export interface DemoOptions {
  readonly scenario: ScenarioName;
  /** `wire`: real sockets at real speed. `fast`: the same composition with joined sockets and a clock that skips waiting. */
  readonly mode: 'wire' | 'fast';
  /** One JSON object on standard output instead of the timeline. */
  readonly json: boolean;
  /** The key of the real model, or undefined for the simulated one. */
  readonly realKey: string | undefined;
  /** A recording to be the caller's voice. */
  readonly callerFile: string | undefined;
  /** Folder for what the demo writes; undefined is `data/demo`. */
  readonly out: string | undefined;
}

export type Arguments =
  | { readonly kind: 'run'; readonly options: DemoOptions }
  | { readonly kind: 'week'; readonly options: WeekOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

export const help = `A whole call you can watch and hear: support answers, can't solve it, and hands over to a specialist who already knows.

  npm run demo                        at real speed over real sockets, about a minute
  npm run demo -- --fast              the same call in a second or two, on a clock that skips the waiting
  npm run demo -- --scenario NAME     which call:
      article    the one above (the default)
      ivr        a menu of another system asks what it is about, and passes on what was entered; about 45 seconds
      person     support rings a person, tells them who it is, puts the caller through and takes them back; about 80 seconds
  npm run demo -- --json              one JSON object with what was measured, and nothing else on standard output
  npm run demo -- --caller FILE.wav   your voice as the caller's: three turns with 0.7 s of silence between them
                                      (PCM with 16 bits or mu-law, 8 kHz or more, any number of channels)
  npm run demo -- --real              the same caller talks to the real model; needs OPENAI_API_KEY, and costs money
  npm run demo -- --out DIR           write there instead of data/demo
  npm run demo -- --week              no call, but a store full of them: a synthetic week, half of it with context handoff and half without,
                                      for figures to look at; a simulation that says what in it is measured and what is assumed
      --store URL    where, as STORE takes it; sqlite:./data/week.db, where the week before makes room
      --yes          into that store even when it has calls already
      --calls N      how many (4600, a week of 20,000 a month)
      --seed N       another week (1); the same seed is the same week
      --json         one JSON object: calls, handoffs, suggestions, figures (of both halves), assumptions

--caller and --real are for the scenario "article" only.
It writes call.wav (left: the caller, right: whom they hear), call.html (open it and press space) and bundle.json.
The exit code is 0 only when the call went as its scenario tells, was resolved, and nothing was lost.
Through npm, flags come after a lone --, and "npm run --silent demo -- --json" keeps npm's own lines away.

The figures of --json, measured by the simulated carrier and model server, never by the gateway (null: not measurable with --real)
  In every scenario:
  outcome               "resolved": an agent ended the call as resolved, the carrier executed our <Hangup>, the bundle says so
  callerFramesSent      20 ms frames that the carrier sent
  callerFramesLost      of these, frames whose sound is in no session's input. Not counted: frames sent in the last 200 ms
                        before the last session of a stream was closed, and later ones: nobody is meant to answer them any more
  phoneSockets          media streams that the carrier opened for the call
  sessions              sessions of the model
  callMs                from the first ring to the end
  violations            what the model server refused or would have to, and entries in the carrier's debugger
  Scenario "article":
  factsTotal/Carried    what there was to know at the handoff, and what of it the specialist's session was given
  deadAirMs             longest silence in the caller's ear while it was an agent's turn, in the whole call
  handoffDeadAirMs      silence in the caller's ear between the old agent's last sound and the new one's first
  handoffGapMs          the part of it in which there was nothing at all to play: 0 is seamless
  switchMs              from the end of the response that asked for the handoff to the specialist's first audio
  Scenario "ivr":
  firstAgent            who answered
  factsTotal/Carried    fields that the menu put into the URL, and those that the first session had before its first response
  firstSoundMs          from the stream's start message to the first sound in the caller's ear
  askedAgain            questions of agents for what the menu had passed on
  tools                 the tools that agents called, in order
  deadAirMs             longest silence in the caller's ear while it was an agent's turn, from the stream's start on
  Scenario "person" (times count from the end of the response that asked for a person):
  rungMs, acceptedMs    until the person's phone was rung, and until they pressed 1
  joinedMs, talkMs      until both had each other, and from then to the star key
  silenceBeforeMs       longest silence in the caller's ear until the person had accepted,
  wordlessMs            until then, the longest stretch without a word: only the soft sign that somebody is there
  silencePutThroughMs   from then until the person was heard,
  silenceReturnMs       and from the star key until the agent was heard again
  returnMs              from the star key to the agent's first sound in the caller's ear
  talkLostMs            of what the caller and the person said to each other: speech that the other did not hear
                        (some tens of ms at real speed are the grain of the measure; from 200 on it is a loss)
  whisper               what the person heard before they took the caller
  factsTotal/OnPage     what there was to know by then, and what of it stood on the person's page
  cameBack              what the person wrote, as the agent's new session had it before its first response
  legs                  every leg of the call, how it ended, and after how many seconds`;

const flags = {
  fast: { type: 'boolean' },
  json: { type: 'boolean' },
  real: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  caller: { type: 'string' },
  out: { type: 'string' },
  scenario: { type: 'string' },
  week: { type: 'boolean' },
  yes: { type: 'boolean' },
  store: { type: 'string' },
  calls: { type: 'string' },
  seed: { type: 'string' },
} as const;

const ofWeek = ['yes', 'store', 'calls', 'seed'];
const ofCalls = ['fast', 'real', 'caller', 'out', 'scenario'];

const wrong = (problem: string): Arguments => ({ kind: 'wrong', problem });

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];

/** What is wrong with one word of the command line; undefined: nothing. */
const problemWith = (token: Token): string | undefined => {
  if (token.kind === 'option-terminator') return undefined;
  const given = token.kind === 'positional' ? `"${token.value}"` : token.rawName;
  const known = token.kind === 'option' ? Object.entries(flags).find(([name]) => name === token.name)?.[1] : undefined;
  if (known === undefined || token.kind === 'positional') {
    return `${given} is not something the demo knows. "npm run demo -- --help" lists what it does.`;
  }
  const { value, inlineValue } = token;
  if (known.type === 'boolean') return value === undefined ? undefined : `${given} takes no value.`;
  const isMissing = value === undefined || value === '' || (value.startsWith('--') && inlineValue !== true);
  return isMissing ? `${given} needs a value.` : undefined;
};

const problemWithReal = (fast: boolean, apiKey: string | undefined): string | undefined => {
  if (fast) return '--real and --fast exclude each other: the real model speaks at real speed.';
  return apiKey === undefined || apiKey === ''
    ? '--real talks to the OpenAI Realtime API and needs OPENAI_API_KEY. Without --real the model is simulated.'
    : undefined;
};

const isScenario = (name: string): name is ScenarioName => scenarioNames.some((known) => known === name);

/** The scenario that was asked for, or what is wrong with it. */
const scenarioOf = (
  name: string | undefined,
  given: readonly string[],
): { readonly scenario: ScenarioName } | { readonly problem: string } => {
  if (name === undefined) return { scenario: 'article' };
  if (!isScenario(name))
    return { problem: `--scenario ${name}: there is none of that name, but ${scenarioNames.join(', ')}.` };
  const [flag] = given;
  if (name === 'article' || flag === undefined) return { scenario: name };
  return { problem: `${flag} is for the scenario "article" only.` };
};

type Values = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A whole number from 1 on. */
const countOf = (value: unknown, usual: number): number | undefined => {
  const text = textOf(value) ?? String(usual);
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
};

const readWeek = (values: Values): Arguments => {
  const other = ofCalls.find((name) => values[name] !== undefined);
  if (other !== undefined) return wrong(`--${other} is for a call, not for --week.`);
  const [calls, seed] = [countOf(values['calls'], 4_600), countOf(values['seed'], 1)];
  if (calls === undefined || seed === undefined)
    return wrong(`--${calls === undefined ? 'calls' : 'seed'} needs a whole number from 1 to 999999.`);
  const store = textOf(values['store']) ?? usualStore;
  return { kind: 'week', options: { calls, seed, store, isAgreed: values['yes'] === true, json: values['json'] === true } };
};

const readCall = (values: Values, apiKey: string | undefined): Arguments => {
  const real = values['real'] === true;
  const problem = real ? problemWithReal(values['fast'] === true, apiKey) : undefined;
  if (problem !== undefined) return wrong(problem);
  const given = [...(real ? ['--real'] : []), ...(values['caller'] === undefined ? [] : ['--caller'])];
  const chosen = scenarioOf(textOf(values['scenario']), given);
  if ('problem' in chosen) return wrong(chosen.problem);
  return {
    kind: 'run',
    options: {
      scenario: chosen.scenario,
      mode: values['fast'] === true ? 'fast' : 'wire',
      json: values['json'] === true,
      realKey: real ? apiKey : undefined,
      callerFile: textOf(values['caller']),
      out: textOf(values['out']),
    },
  };
};

/** Reads the command line. `apiKey` is OPENAI_API_KEY, which only `--real` needs. */
export const readArguments = (argv: readonly string[], apiKey: string | undefined): Arguments => {
  const { values, tokens } = parseArgs({ args: [...argv], options: flags, strict: false, tokens: true });
  for (const token of tokens) {
    const problem = problemWith(token);
    if (problem !== undefined) return wrong(problem);
  }
  if (values.help === true) return { kind: 'help' };
  if (values.week === true) return readWeek(values);
  const stray = ofWeek.find((name) => name in values);
  return stray === undefined ? readCall(values, apiKey) : wrong(`--${stray} is for --week only.`);
};
