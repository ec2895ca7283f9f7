import type {
  AgentAudioListener,
  AgentSession,
  AskOptions,
  AudioFormat,
  HistoryItem,
  ResponseStatus,
  SessionEvent,
  SessionSetup,
  TurnTaking,
} from '../../agents/session.ts';
import { EventSource } from '../../infra/event-source.ts';
import type { TokenUsage, TranscriptionUsage } from '../../store/context/usage.ts';

interface Item {
  readonly response: string;
  bytes: number;
  text: string;
  ended: boolean;
}

interface Running {
  readonly response: string;
  readonly asked: boolean;
  readonly tools: Set<string>;
  cancelled: boolean;
}

/** A session that a test moves by hand: the methods of the port remember what they were told; the others are the model's side. */
export class ScriptedSession implements AgentSession {
  readonly format: AudioFormat;
  readonly setup: SessionSetup;
  readonly events = new EventSource<SessionEvent>();
  /** Asks that reached the model; the one that waits for a running response does not. */
  readonly asks: AskOptions[] = [];
  readonly toolOutputs: { readonly toolCallId: string; readonly output: string }[] = [];
  readonly truncations: { readonly item: string; readonly audioEndMs: number }[] = [];
  readonly turnTakings: TurnTaking[] = [];
  /** Every byte of the caller that it heard. */
  readonly heard: number[] = [];
  /** Bytes of each piece that it heard. */
  readonly pieces: number[] = [];
  /** History that came after it was ready. */
  readonly added: HistoryItem[] = [];
  probes = 0;
  cutOffs = 0;
  cancels = 0;
  /** How we ended it. */
  endedBy: 'close' | 'abort' | undefined;
  readonly #items = new Map<string, Item>();
  #listener: AgentAudioListener = () => {};
  #phase: 'opening' | 'ready' | 'over' = 'opening';
  #running: Running | undefined;
  #unanswered = 0;
  #waiting: AskOptions | undefined;

  constructor(setup: SessionSetup, format: AudioFormat = 'pcmu') {
    this.setup = setup;
    this.format = format;
  }

  get #perMs(): number {
    return this.format === 'pcm' ? 48 : 8;
  }

  onAudio(listener: AgentAudioListener): void {
    this.#listener = listener;
  }

  addHistory(items: readonly HistoryItem[]): void {
    if (this.#phase === 'ready') this.added.push(...items);
  }

  hear(bytes: Uint8Array): void {
    if (this.#phase !== 'ready') return;
    this.heard.push(...bytes);
    this.pieces.push(bytes.length);
  }

  heardMs(): number {
    return this.heard.length / this.#perMs;
  }

  ask(options: AskOptions = {}): void {
    if (this.#phase !== 'ready') return;
    if (this.#running !== undefined) {
      this.#waiting = options;
      return;
    }
    this.asks.push(options);
    this.#unanswered += 1;
  }

  cancel(): void {
    this.cancels += 1;
    this.#waiting = undefined;
    if (this.#running !== undefined) this.#running.cancelled = true;
  }

  truncate(name: string, heardMs: number): void {
    const item = this.#items.get(name);
    if (item === undefined || this.#phase !== 'ready') return;
    const generated = item.bytes / this.#perMs;
    if (item.ended && heardMs >= generated) return;
    this.truncations.push({ item: name, audioEndMs: Math.floor(Math.min(heardMs, generated)) });
  }

  answerTool(toolCallId: string, output: string): void {
    if (this.#phase === 'ready') this.toolOutputs.push({ toolCallId, output });
  }

  cutOff(): void {
    this.cutOffs += 1;
  }

  probe(): void {
    if (this.#phase === 'ready') this.probes += 1;
  }

  setTurnTaking(turnTaking: TurnTaking): void {
    if (this.#phase === 'ready') this.turnTakings.push(turnTaking);
  }

  close(): void {
    this.#end('close');
  }

  abort(): void {
    this.#end('abort');
  }

  #end(way: 'close' | 'abort'): void {
    if (this.#phase !== 'over') this.endedBy = way;
    this.breaks(1000);
  }

  /** Configured and filled; `expiresAtMs` by the wall clock. */
  readies(expiresAtMs?: number): void {
    if (this.#phase !== 'opening') return;
    this.#phase = 'ready';
    this.#say({ type: 'session-ready', expiresAtMs });
  }

  fails(code = 'model-refused', fatal = false): void {
    this.#say({ type: 'session-failed', code, message: code, fatal });
    this.breaks(1000);
  }

  /** The connection is gone. */
  breaks(code = 1006): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.events.emit({ type: 'session-closed', code, reason: '' });
  }

  /** The caller begins to speak, `audioMs` into what this session heard. */
  hearsSpeech(turn: string, audioMs = this.heardMs()): void {
    this.#say({ type: 'speech-started', turn, audioMs });
  }

  /** It answers a probe. */
  lives(): void {
    this.#say({ type: 'sign-of-life' });
  }

  /** The caller ends their turn. */
  commits(turn: string): void {
    this.#say({ type: 'speech-stopped', turn, audioMs: this.heardMs() });
    this.#say({ type: 'turn-committed', turn });
  }

  transcribes(turn: string, text: string | null, usage?: TranscriptionUsage): void {
    this.#say({ type: 'turn-transcribed', turn, text, usage });
  }

  /** A response begins: to our oldest ask, else by itself. */
  starts(response: string): void {
    const asked = this.#unanswered > 0;
    if (asked) this.#unanswered -= 1;
    this.#running = { response, asked, tools: new Set(), cancelled: false };
    this.#say({ type: 'response-started', response, asked });
  }

  /** Audio of an item, and maybe some text of it. */
  speaks(part: { readonly response: string; readonly item: string }, bytes: Uint8Array, text = ''): void {
    if (this.#phase !== 'ready' || this.#running?.cancelled === true) return;
    const { response, item: name } = part;
    const item = this.#items.get(name) ?? { response, bytes: 0, text: '', ended: false };
    this.#items.set(name, item);
    item.bytes += bytes.length;
    item.text += text;
    if (text !== '') this.#say({ type: 'agent-text', response, item: name, delta: text });
    this.#listener(bytes, name, response);
  }

  callsTool(toolCallId: string, name: string, args: object = {}): void {
    const running = this.#running;
    if (running === undefined || running.tools.has(toolCallId)) return;
    running.tools.add(toolCallId);
    const { response } = running;
    this.#say({ type: 'tool-requested', response, toolCallId, name, arguments: JSON.stringify(args) });
  }

  /** All audio of an item came. */
  endsItem(name: string): void {
    const item = this.#items.get(name);
    if (item === undefined || item.ended) return;
    item.ended = true;
    const { response, text, bytes } = item;
    this.#say({ type: 'agent-item-ended', response, item: name, text, generatedMs: bytes / this.#perMs });
  }

  /** The running response ends, and with it all its items. `text`: it was an answer in text only. */
  ends(status: ResponseStatus = 'completed', text = false, usage?: TokenUsage): void {
    const running = this.#running;
    if (running === undefined) return;
    const { response, asked, tools } = running;
    const items = [...this.#items].filter(([, item]) => item.response === response);
    for (const [name] of items) this.endsItem(name);
    this.#running = undefined;
    const spoke = items.length > 0;
    const ended = { response, asked, status, spoke, text, tools: tools.size, failure: undefined, usage };
    this.#say({ type: 'response-ended', ...ended });
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next !== undefined) this.ask(next);
  }

  /** A whole response of one item. */
  answers(response: string, bytes: Uint8Array, text = 'Yes.'): void {
    this.starts(response);
    this.speaks({ response, item: `item-of-${response}` }, bytes, text);
    this.ends();
  }

  #say(event: SessionEvent): void {
    if (this.#phase !== 'over') this.events.emit(event);
  }
}
