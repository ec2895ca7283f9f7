import type {
  AgentAudioListener,
  AgentSession,
  AskOptions,
  HistoryItem,
  SessionEvent,
  SessionSetup,
  TurnTaking,
} from '../../agents/session.ts';
import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { EventSource } from '../../infra/event-source.ts';
import type { Action } from './script.ts';

/** How long things take at the model server, in ms. */
export interface Latencies {
  readonly connect: number;
  readonly configure: number;
  readonly firstAudio: number;
}

export interface ModelOptions {
  readonly clock: Clock;
  readonly latencies: Latencies;
  readonly lifeMs: number;
  /** What it does about this turn; undefined: it was asked to speak. */
  readonly actsOn: (words: string | undefined, session: TalkingModel) => Action;
  /** The words of an utterance of the caller. */
  readonly wordsOf: (utterance: number) => string;
  /** `lived`: heard, said or found out by itself, not told by us. */
  readonly onTold: (session: TalkingModel, text: string, lived: boolean) => void;
}

/** A frame of the caller's speech: a mark, the utterance, and the frame's number in it. 160 bytes of mu-law. */
export const callerFrame = (utterance: number, frame: number): Uint8Array => {
  const bytes = new Uint8Array(160).fill(5);
  bytes.set([0xa5, 0x5a, utterance >> 8, utterance & 0xff, frame >> 8, frame & 0xff]);
  return bytes;
};

const endOfTurnMs = 500;
const transcriptMs = 400;

/** A model that listens and answers as the script has it, at the pace of a real one; it remembers nothing but what it is told and hears. */
export class TalkingModel implements AgentSession {
  readonly format = 'pcmu';
  readonly events = new EventSource<SessionEvent>();
  readonly setup: SessionSetup;
  readonly number: number;
  /** Frames of the caller that it heard: `<utterance>/<frame>`. */
  readonly frames = new Set<string>();
  readonly #options: ModelOptions;
  #listener: AgentAudioListener = () => {};
  #turnTaking: TurnTaking;
  #phase: 'opening' | 'ready' | 'over' = 'opening';
  #heardBytes = 0;
  #utterance: number | undefined;
  #endOfTurn: Cancel | undefined;
  #response: Cancel | undefined;
  #asked: AskOptions | undefined;
  #serial = 0;
  #tail = new Uint8Array(0);

  constructor(setup: SessionSetup, number: number, options: ModelOptions) {
    this.setup = setup;
    this.number = number;
    this.#options = options;
    this.#turnTaking = setup.turnTaking;
    for (const item of setup.history) this.#told(item);
    const { connect, configure } = options.latencies;
    this.#after(connect + configure, () => {
      this.#phase = 'ready';
      this.#say({ type: 'session-ready', expiresAtMs: options.clock.wall() + options.lifeMs });
    });
    this.#after(connect + configure + options.lifeMs, () => this.breaks('session_expired'));
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  #after(delay: number, act: () => void): Cancel {
    return this.#options.clock.after(ms(delay), () => {
      if (this.#phase !== 'over') act();
    });
  }

  #say(event: SessionEvent): void {
    if (this.#phase !== 'over') this.events.emit(event);
  }

  #told(item: HistoryItem): void {
    this.#options.onTold(this, item.type === 'tool-call' ? item.output : item.text, false);
  }

  onAudio(listener: AgentAudioListener): void {
    this.#listener = listener;
  }

  hear(bytes: Uint8Array): void {
    if (this.#phase !== 'ready') return;
    this.#heardBytes += bytes.length;
    // A mark may be cut in two.
    const line = new Uint8Array(this.#tail.length + bytes.length);
    line.set(this.#tail);
    line.set(bytes, this.#tail.length);
    this.#tail = line.slice(-5);
    this.#findsFrames(line);
  }

  #findsFrames(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(0xa5); at !== -1 && at + 5 < bytes.length; at = bytes.indexOf(0xa5, at + 1)) {
      if (bytes[at + 1] !== 0x5a) continue;
      const utterance = ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0);
      this.frames.add(`${utterance}/${((bytes[at + 4] ?? 0) << 8) + (bytes[at + 5] ?? 0)}`);
      this.#hears(utterance);
    }
  }

  #hears(utterance: number): void {
    if (this.#utterance === undefined) {
      this.#say({ type: 'speech-started', turn: this.#name('turn'), audioMs: Math.max(0, this.heardMs() - 20) });
      if (this.#turnTaking.interruptResponse) this.#cancelled();
    }
    this.#utterance = utterance;
    this.#endOfTurn?.();
    this.#endOfTurn = this.#after(endOfTurnMs, () => this.#turnEnds(utterance));
  }

  #turnEnds(utterance: number): void {
    const turn = `turn${this.#serial}`;
    this.#utterance = undefined;
    this.#say({ type: 'speech-stopped', turn, audioMs: this.heardMs() });
    this.#say({ type: 'turn-committed', turn });
    const words = this.#options.wordsOf(utterance);
    this.#after(transcriptMs, () => this.#say({ type: 'turn-transcribed', turn, text: words, usage: undefined }));
    this.#options.onTold(this, words, true);
    if (this.#turnTaking.createResponse) this.#respond(words, false);
  }

  heardMs(): number {
    return this.#heardBytes / 8;
  }

  ask(options: AskOptions = {}): void {
    if (this.#phase !== 'ready') return;
    if (this.#response === undefined) this.#respond(undefined, true);
    else this.#asked = options;
  }

  #respond(words: string | undefined, asked: boolean): void {
    if (this.#response !== undefined) return;
    const action = this.#options.actsOn(words, this);
    const response = this.#name('response');
    this.#response = this.#after(this.#options.latencies.firstAudio, () => {
      this.#say({ type: 'response-started', response, asked });
      // Generated much faster than it is spoken.
      if (action.says !== '') {
        this.#say({ type: 'agent-text', response, item: response, delta: action.says });
        this.#listener(new Uint8Array(action.ms * 8).fill(1 + (this.number % 120)), response, response);
        this.#say({ type: 'agent-item-ended', response, item: response, text: action.says, generatedMs: action.ms });
      }
      for (const tool of action.tools) {
        this.#options.onTold(this, JSON.stringify(tool.arguments), true);
        const toolCallId = this.#name(`call${this.number}x`);
        this.#say({
          type: 'tool-requested',
          response,
          toolCallId,
          name: tool.name,
          arguments: JSON.stringify(tool.arguments),
        });
      }
      this.#ended(response, asked, { spoke: action.says !== '', tools: action.tools.length });
    });
  }

  #ended(response: string, asked: boolean, { spoke, tools }: { readonly spoke: boolean; readonly tools: number }): void {
    this.#response = undefined;
    const status = 'completed';
    const rest = { text: false, failure: undefined, usage: undefined };
    this.#say({ type: 'response-ended', response, asked, status, spoke, tools, ...rest });
    const next = this.#asked;
    this.#asked = undefined;
    if (next !== undefined) this.ask(next);
  }

  #cancelled(): void {
    this.#response?.();
    this.#response = undefined;
    this.#asked = undefined;
  }

  #name(what: string): string {
    this.#serial += 1;
    return `${what}${this.#serial}`;
  }

  addHistory(items: readonly HistoryItem[]): void {
    for (const item of items) this.#told(item);
  }

  answerTool(_toolCallId: string, output: string): void {
    this.#options.onTold(this, output, true);
  }

  setTurnTaking(turnTaking: TurnTaking): void {
    this.#turnTaking = turnTaking;
  }

  cancel(): void {
    this.#cancelled();
  }

  cutOff(): void {}
  truncate(): void {}

  probe(): void {
    this.#say({ type: 'sign-of-life' });
  }

  breaks(code = 'connection lost'): void {
    this.#say({ type: 'session-failed', code, message: code, fatal: false });
    this.#end();
  }

  close(): void {
    this.#end();
  }

  abort(): void {
    this.#end();
  }

  #end(): void {
    if (this.#phase === 'over') return;
    this.#say({ type: 'session-closed', code: 1000, reason: '' });
    this.#phase = 'over';
  }
}
