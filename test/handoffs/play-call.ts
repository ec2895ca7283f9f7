import { z } from 'zod';
import { tool } from '../../agents/definition.ts';
import { type CountTokens, estimateTokens } from '../../agents/handoff/count-tokens.ts';
import { recall } from '../../agents/handoff/recall.ts';
import { requireLine, supportLine } from '../../agents/line.ts';
import type { CallHouse } from '../../gateway/call/house.ts';
import { Outbox } from '../../gateway/call/outbox.ts';
import { CallRunner } from '../../gateway/call/runner.ts';
import { ms } from '../../infra/brand.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { transfersIn } from '../../store/transfers.ts';
import { Dice } from '../sim/dice.ts';
import { MemoryStore } from '../sim/memory-store.ts';
import { FakeClock, settle } from '../world/clock.ts';
import { memoryTexts } from '../world/memory-texts.ts';
import { callIdOf } from '../world/scripted-phone.ts';
import { ListeningPhone } from './listening-phone.ts';
import { type Action, type CallScript, type Exchange, type Planted, scriptOf } from './script.ts';
import { callerFrame, type Latencies, TalkingModel } from './talking-model.ts';

/** One switch to another session, and what the new one knew of what was planted by then. */
export interface Switch {
  readonly cause: string;
  readonly planted: number;
  readonly carried: number;
  /** Of them, what only stood in what was said: those that the briefing has, and those that `recall` finds. */
  readonly asides: number;
  readonly asidesBriefed: number;
  readonly asidesRecalled: number;
  /** Heard by the caller; undefined: nothing was said at this switch. */
  readonly silenceMs: number | undefined;
  /** Of that silence, what the model server took: the rest is ours. */
  readonly modelMs: number;
  readonly foreseen: boolean;
  /** Whether the old agent said a sentence before it. */
  readonly bridged: boolean;
  readonly briefingTokens: number;
  /** What the same switch would have done otherwise (baselines.ts). */
  readonly baselines: { readonly messages: Baseline; readonly sameSession: Baseline };
}

/** What another way of handing over carries and loses at the same switch. */
export interface Baseline {
  readonly carried: number;
  readonly silenceMs: number;
  readonly framesLost: number;
}

export interface PlayOptions {
  /** Connections are there before they are needed. */
  readonly warm: boolean;
  readonly countTokens: CountTokens;
}

export interface PlayedCall {
  readonly minutes: number;
  readonly switches: readonly Switch[];
  readonly framesSent: number;
  readonly framesLost: number;
  /** Runs of the tool that can't be undone, how often a model asked for it, and repeated runs. */
  readonly effects: number;
  readonly effectsAsked: number;
  readonly effectsRepeated: number;
  readonly refused: number;
  readonly failed: number;
}

const greeting: Action = { says: 'Welcome, how can I help you?', tools: [], ms: 1_800 };
const takesUp: Action = { says: 'I see what was tried so far. Let us go on from there.', tools: [], ms: 3_200 };
const goesOn: Action = { says: 'As I was saying, let us go on.', tools: [], ms: 1_600 };

/** Plays one call from its seed, on a clock of its own. */
export const playCall = (seed: number, how: PlayOptions): Promise<PlayedCall> => new Play(seed, how).run();

type Committed = Extract<ContextEvent, { type: 'handoff-committed' }>;

const knownIn = (texts: readonly string[], plants: readonly Planted[]): number => {
  const all = texts.join('\n');
  return plants.filter(({ token }) => all.includes(token)).length;
};

class Play {
  readonly #clock = new FakeClock();
  readonly #dice: Dice;
  readonly #script: CallScript;
  readonly #sessions: TalkingModel[] = [];
  /** What each session was told or heard itself. */
  readonly #known = new Map<number, string[]>();
  /** What stood in messages, in order: all that a pile of messages carries. */
  readonly #said: string[] = [];
  readonly #plants: Planted[] = [];
  readonly #switches: Switch[] = [];
  readonly #phone: ListeningPhone;
  readonly #runner: CallRunner;
  readonly #effects: string[] = [];
  readonly #sent = new Set<string>();
  readonly #utterances: string[] = [];
  readonly #answers: Action[] = [];
  readonly #wallStart = this.#clock.wall();
  readonly #latencies: Latencies;
  readonly #countTokens: CountTokens;
  #effectsAsked = 0;
  #callerSpokeAt = 0;
  /** What a session that was never replaced but by a loss or its end has lived through. */
  readonly #inPlace: string[] = [];

  constructor(seed: number, { warm, countTokens }: PlayOptions) {
    this.#countTokens = countTokens;
    this.#dice = new Dice(seed ^ 0x5eed);
    this.#script = scriptOf(seed);
    this.#latencies = {
      connect: warm ? 0 : 150 + this.#dice.below(200),
      configure: 50 + this.#dice.below(70),
      firstAudio: 350 + this.#dice.below(500),
    };
    const callId = callIdOf(seed + 1);
    this.#phone = new ListeningPhone(callId, this.#clock);
    this.#runner = new CallRunner(this.#house(), this.#phone, { callId, from: '+15005550006', to: '+15005550010' });
  }

  async run(): Promise<PlayedCall> {
    this.#runner.answer();
    await this.#waits(3_000);
    for (const exchange of this.#script.exchanges) {
      if (this.#runner.state?.at === 'closed') break;
      await this.#plays(exchange);
    }
    await this.#waits(8_000);
    this.#phone.hangsUp();
    await this.#waits(2_000);
    const heard = new Set(this.#sessions.flatMap(({ frames }) => [...frames]));
    const { handoffs, refusedHandoffs } = this.#runner.journal.bundle;
    return {
      minutes: this.#script.minutes,
      switches: this.#switches,
      framesSent: this.#sent.size,
      framesLost: [...this.#sent].filter((frame) => !heard.has(frame)).length,
      effects: this.#effects.length,
      effectsAsked: this.#effectsAsked,
      effectsRepeated: this.#effects.length - new Set(this.#effects).size,
      refused: refusedHandoffs,
      failed: handoffs.filter(({ outcome }) => outcome === 'failed').length,
    };
  }

  async #waits(span: number): Promise<void> {
    for (let left = span; left > 0; left -= 100) {
      this.#clock.advance(Math.min(100, left));
      await settle();
    }
  }

  /** Until it is the caller's turn: an agent is bound, and has said its words. */
  async #untilTurn(): Promise<void> {
    for (let waited = 0; waited < 30_000; waited += 100) {
      const { state } = this.#runner;
      if (state?.at === 'closed' || (state?.at === 'talking' && this.#phone.isQuiet && waited > 200)) return;
      await this.#waits(100);
    }
  }

  async #plays(exchange: Exchange): Promise<void> {
    await this.#untilTurn();
    await this.#waits(exchange.pauseMs);
    const isHandoff = exchange.answer.tools.some(({ name }) => name.startsWith('transfer'));
    await this.#speaks(exchange.words, exchange.speechMs, exchange.answer);
    this.#said.push(exchange.words, exchange.answer.says);
    if (this.#dice.chance(0.005)) this.#bound?.breaks();
    const { firstAudio } = this.#latencies;
    if (isHandoff && exchange.interrupts) {
      await this.#waits(500 + firstAudio + 100);
      await this.#speaks('and please hurry', 1_000, takesUp);
    } else await this.#waits(1_000 + firstAudio);
    this.#plants.push(...exchange.plants);
  }

  async #speaks(words: string, lengthMs: number, answer: Action): Promise<void> {
    const utterance = this.#utterances.push(words) - 1;
    this.#answers[utterance] = answer;
    for (let frame = 0; frame * 20 < lengthMs; frame += 1) {
      this.#sent.add(`${utterance}/${frame}`);
      this.#phone.brings(callerFrame(utterance, frame));
      this.#clock.advance(20);
      this.#callerSpokeAt = this.#clock.now();
    }
    await settle();
  }

  get #bound(): TalkingModel | undefined {
    const { state } = this.#runner;
    if (state?.at !== 'talking') return undefined;
    return this.#sessions.findLast((session) => !session.isOver && session.setup.agent === state.bound.agent);
  }

  #acts(words: string | undefined, session: TalkingModel): Action {
    const utterance = words === undefined ? -1 : this.#utterances.lastIndexOf(words);
    const answer = this.#answers[utterance];
    if (answer === undefined)
      return this.#sessions.length === 1 ? greeting : session.setup.instructions.includes('taken over') ? takesUp : goesOn;
    for (const { name } of answer.tools) if (name === 'reset') this.#effectsAsked += 1;
    return answer;
  }

  /** A session has the caller: what does it know of what was planted by now? */
  #onEvent(event: ContextEvent): void {
    if (event.type === 'handoff-committed') this.#judge('handoff', event);
    else if (event.type === 'bound' && (event.cause === 'rotation' || event.cause === 'session-lost'))
      this.#judge(event.cause, undefined);
  }

  #judge(cause: string, committed: Committed | undefined): void {
    const session = this.#sessions.findLast(({ isOver }) => !isOver);
    const told = session === undefined ? [] : (this.#known.get(session.number) ?? []);
    const kept = this.#plants.filter(({ kind }) => kind !== 'said in passing');
    const asides = this.#plants.filter(({ kind }) => kind === 'said in passing');
    if (cause !== 'handoff') this.#inPlace.length = 0;
    this.#switches.push({
      cause,
      planted: kept.length,
      carried: knownIn(told, kept),
      asides: asides.length,
      asidesBriefed: knownIn(told, asides),
      asidesRecalled: asides.filter(({ token }) => this.#recalls(token)).length,
      silenceMs: committed === undefined ? undefined : this.#pauseOf(committed).heardMs,
      modelMs: committed === undefined ? 0 : this.#pauseOf(committed).ofModel(this.#ownLatency(committed)),
      foreseen: committed?.foreseen ?? false,
      bridged: committed !== undefined && this.#bridgeMs(committed.to) > 0,
      briefingTokens: committed?.briefingTokens ?? 0,
      baselines: this.#baselines(kept, committed),
    });
  }

  #recalls(token: string): boolean {
    const found = recall(this.#runner.journal.bundle, { about: token, part: 1 }, estimateTokens);
    return JSON.stringify(found).includes(`sticker says ${token}`);
  }

  /** The same switch done in two other ways, with the same delays of the model server. */
  #baselines(kept: readonly Planted[], committed: Committed | undefined): Switch['baselines'] {
    const { connect, configure, firstAudio } = this.#latencies;
    const silenceOf = (latency: number) => (committed === undefined ? 0 : this.#pauseOf(committed).ofModel(latency));
    return {
      messages: {
        carried: knownIn(this.#said, kept),
        silenceMs: silenceOf(connect + configure + firstAudio),
        framesLost: committed === undefined ? 0 : Math.round(committed.keptMs / 20),
      },
      sameSession: {
        carried: knownIn(this.#inPlace, kept),
        silenceMs: silenceOf(configure + firstAudio),
        framesLost: 0,
      },
    };
  }

  #bridgeMs(to: string): number {
    const words = `One moment, I am bringing in ${to}.`;
    const last = this.#answers.at(-1) === takesUp ? this.#answers.at(-2) : this.#answers.at(-1);
    return last?.says === words ? last.ms : 0;
  }

  #ownLatency({ foreseen }: Committed): number {
    const { connect, configure, firstAudio } = this.#latencies;
    return (foreseen ? 0 : connect + configure) + firstAudio;
  }

  /**
   * The pause at a switch: from its request, or the end of the old agent's words or of the caller's if that is later, to the new agent's first
   * sound. `ofModel`: what a model server that takes so long would have made of it.
   */
  #pauseOf({ switchMs, at }: Committed): { readonly heardMs: number; ofModel(latency: number): number } {
    const requestedAt = at - this.#wallStart - switchMs;
    const change = this.#phone.changes.at(-1) ?? { at: requestedAt, silenceMs: 0 };
    const begins = Math.max(requestedAt, change.at - change.silenceMs, this.#callerSpokeAt);
    return {
      heardMs: Math.max(0, change.at - begins),
      ofModel: (latency) => Math.max(0, requestedAt + latency - begins),
    };
  }

  #house(): CallHouse {
    const log: CallHouse['log'] = { debug() {}, info() {}, warn() {}, error() {}, child: () => log, flush() {} };
    const store = new MemoryStore(this.#clock);
    const queue = { add: async () => {} };
    return {
      line: this.#line(),
      models: { realtime: 'scripted', transcription: 'scripted' },
      openSession: (setup) => {
        const session = new TalkingModel(setup, this.#sessions.length, {
          clock: this.#clock,
          latencies: this.#latencies,
          lifeMs: (5 + this.#dice.below(56)) * 60_000,
          actsOn: (words, from) => this.#acts(words, from),
          wordsOf: (utterance) => this.#utterances[utterance] ?? '',
          onTold: ({ number }, text, lived) => {
            if (lived) this.#inPlace.push(text);
            const known = this.#known.get(number) ?? [];
            known.push(text);
            this.#known.set(number, known);
          },
        });
        this.#sessions.push(session);
        return session;
      },
      store,
      transfers: transfersIn(memoryTexts()),
      screenLink: ({ transfer }) => `https://h/screen/${transfer}`,
      queue,
      outbox: new Outbox({ queue, clock: this.#clock, log, random: this.#dice.next }),
      clock: this.#clock,
      log,
      metrics: { count() {}, gauge() {}, observe() {} },
      countTokens: this.#countTokens,
      owner: 'node',
      random: this.#dice.next,
      appendBytes: () => 160,
      greetings: new Map(),
      bargeInMs: 0,
      keyBargeIn: true,
      idleMs: 3_600_000,
      maxMs: 36_000_000,
      onEvent: (_, event) => this.#onEvent(event),
    };
  }

  #line() {
    const line = supportLine();
    const after = (span: number) => new Promise<void>((resolve) => this.#clock.after(ms(span), resolve));
    const tools = {
      look: tool({
        description: 'Looks something up.',
        input: z.object({ token: z.string() }),
        effect: 'reads',
        run: async ({ token }) => {
          await after(300);
          return { rows: [{ token, state: 'active' }], note: 'as of today' };
        },
      }),
      reset: tool({
        description: 'Resets something for good.',
        input: z.object({ key: z.string() }),
        effect: 'irreversible',
        run: async ({ key }) => {
          this.#effects.push(key);
          await after(600);
          return { done: true };
        },
      }),
    };
    const about = { voice: 'marin', tools };
    const support = line.agent({ ...about, instructions: 'Support.', handoffs: { technical: 'API', billing: 'money' } });
    const technical = line.agent({
      ...about,
      expertise: ['step'],
      instructions: 'Technical.',
      handoffs: { support: 'else', billing: 'money' },
    });
    const billing = line.agent({ ...about, instructions: 'Billing.', handoffs: { support: 'else', technical: 'API' } });
    return requireLine(line.team({ support, technical, billing }, { start: 'support', name: 'bench' }));
  }
}
