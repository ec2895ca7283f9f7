import type { SessionSetup } from '../../agents/session.ts';
import type { Clock } from '../../infra/clock.ts';
import { noTokens } from '../../store/context/usage.ts';
import { ScriptedSession } from '../world/scripted-session.ts';
import { callOfVoice, canaryOf } from './canary.ts';
import type { Dice } from './dice.ts';

/** Every frame of speech bears its session's number and nothing else, so that what is heard tells who spoke. */
export const speechOf = (number: number, ms: number): Uint8Array => new Uint8Array(ms * 8).fill(1 + (number % 120));

interface Responding {
  readonly name: string;
  item: string | undefined;
  tools: number;
}

/** What sessions share. */
interface Around {
  readonly dice: Dice;
  readonly clock: Clock;
  /** Tokens that all sessions said they used. */
  used: number;
}

/** A model that does what a real one may do, at random, and nothing that it may not. */
export class SimSession extends ScriptedSession {
  readonly number: number;
  readonly #dice: Dice;
  readonly #around: Around;
  #phase: 'opening' | 'ready' | 'over' = 'opening';
  #speech: 'silent' | 'speaking' = 'silent';
  #response: Responding | undefined;
  #serial = 0;
  readonly #untranscribed: string[] = [];
  /** Calls whose callers it heard. */
  readonly voices = new Set<number>();

  constructor(setup: SessionSetup, number: number, world: Around) {
    super(setup);
    this.number = number;
    this.#dice = world.dice;
    this.#around = world;
  }

  get isOpen(): boolean {
    return this.#phase !== 'over';
  }

  override close(): void {
    this.#phase = 'over';
    super.close();
  }

  override abort(): void {
    this.#phase = 'over';
    super.abort();
  }

  /** Its process is gone: nobody hears of the end. */
  vanishes(): void {
    this.#phase = 'over';
  }

  override hear(bytes: Uint8Array): void {
    super.hear(bytes);
    for (const code of [bytes[0], bytes.at(-1)]) {
      const call = callOfVoice(code);
      if (call !== undefined) this.voices.add(call);
    }
  }

  /** Words of its own or of the caller's, of the call that it hears. */
  #marked(text: string): string {
    const [call] = this.voices;
    return call === undefined || text.trim() === '' ? text : `${text} ${canaryOf(call)}`;
  }

  #name(what: string): string {
    this.#serial += 1;
    return `${what}${this.#serial}`;
  }

  /** One thing that it does by itself. `calm`: it does not die. */
  acts(calm: boolean): void {
    if (this.#phase === 'over') return;
    if (!calm && this.#dice.chance(0.03)) this.#dies();
    else if (this.#phase === 'opening') this.#comesUp();
    else if (this.#response === undefined) this.#listens();
    else this.#speaks(this.#response);
  }

  #dies(): void {
    this.#phase = 'over';
    if (this.#dice.chance(0.3)) this.fails(this.#dice.pick(['model-refused', 'session_expired']), this.#dice.chance(0.1));
    else this.breaks();
  }

  #comesUp(): void {
    if (this.#dice.chance(0.3)) return;
    this.#phase = 'ready';
    this.readies(this.#dice.chance(0.5) ? this.#around.clock.wall() + 3_000 + this.#dice.below(30_000) : undefined);
  }

  /** Between responses: the caller's turn goes on, words are written down, or an answer begins. */
  #listens(): void {
    const does = this.#dice.weighed({ turn: 3, words: 2, answer: 5, nothing: 1 });
    if (does === 'turn') this.#turn();
    else if (does === 'words') this.#writesDown();
    else if (does === 'answer' && this.#speech === 'silent') this.#begins();
  }

  #turn(): void {
    if (this.heardMs() === 0) return;
    if (this.#speech === 'silent') {
      this.#speech = 'speaking';
      this.hearsSpeech(this.#name('turn'), this.#dice.below(Math.max(1, Math.floor(this.heardMs()))));
    } else {
      this.#speech = 'silent';
      const turn = `turn${this.#serial}`;
      this.#untranscribed.push(turn);
      this.commits(turn);
    }
  }

  #writesDown(): void {
    const turn = this.#untranscribed.shift();
    if (turn !== undefined)
      this.transcribes(turn, this.#dice.chance(0.9) ? this.#marked(this.#dice.pick(words) ?? '') : null);
  }

  #begins(): void {
    const name = this.#name('response');
    this.#response = { name, item: undefined, tools: 0 };
    this.starts(name);
  }

  #speaks(response: Responding): void {
    const does = this.#dice.weighed({ audio: 6, tool: 2, turn: 1, words: 1, end: 3 });
    if (does === 'audio') {
      response.item ??= this.#name('item');
      const text = this.#marked(this.#dice.pick(sentences) ?? '');
      this.speaks(
        { response: response.name, item: response.item },
        speechOf(this.number, 20 + 20 * this.#dice.below(20)),
        text,
      );
    } else if (does === 'tool') this.#callsTool(response);
    else if (does === 'turn') this.#turn();
    else if (does === 'words') this.#writesDown();
    else this.#endsResponse(response);
  }

  #callsTool(response: Responding): void {
    response.tools += 1;
    const name = this.#dice.chance(0.2) ? 'reset' : this.#dice.pick(this.setup.tools)?.name;
    if (name !== undefined)
      this.callsTool(
        this.#name('call'),
        name,
        argumentsFor(name, this.#dice, (text) => this.#marked(text)),
      );
  }

  #endsResponse({ item, tools }: Responding): void {
    this.#response = undefined;
    const inText = item === undefined && tools === 0 && this.#dice.chance(0.5);
    const tokens = { ...noTokens, textIn: 100, audioOut: this.#serial };
    this.#around.used += tokens.textIn + tokens.audioOut;
    this.ends(this.#dice.chance(0.9) ? 'completed' : 'cancelled', inText, tokens);
  }
}

const words = ['My key does not work', 'I want a specialist', 'It still fails', 'yes', 'My number is 7', 'Thank you', ' '];
const sentences = ['What is your account number?', 'I see.', 'The key was reset and still gives a 401.', 'One moment.', ''];

const argumentsFor = (name: string, dice: Dice, marked: (text: string) => string): object => {
  switch (name) {
    case 'reset':
      return { key: marked(dice.pick(['a', 'b']) ?? 'a') };
    case 'note_attempt':
      return { solution: dice.pick(['Reset API key', 'Restart']), outcome: dice.pick(['failed', 'worked', 'unknown']) };
    case 'remember':
      return { key: dice.pick(['accountId', 'tier']), value: dice.pick([marked('acct_1'), 'Pro', 7]) };
    case 'note_sentiment':
      return { sentiment: 'frustrated' };
    case 'classify_issue':
      return { category: 'API key' };
    case 'recall':
      return { about: 'key' };
    case 'end_call':
      return { resolved: dice.chance(0.5), reason: 'done' };
    default:
      return { reason: marked('still a 401'), caller_asked: dice.chance(0.3), symptom: '401' };
  }
};
