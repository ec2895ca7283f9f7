import { ms } from '../../../infra/brand.ts';
import type { Cancel, Clock } from '../../../infra/clock.ts';
import { type ClipName, clip, clipOf } from '../voices/clips.ts';
import { bytesPerMs, inFormat, type WireFormat } from './audio.ts';
import type { Item, WireItem } from './conversation.ts';
import type { FaultPlan } from './faults.ts';
import type { Step } from './persona.ts';
import type { ResponseRecord } from './record.ts';

/** An event to the client, but for its `event_id`. */
export type ServerEvent = { readonly type: string; readonly [field: string]: unknown };

/** How fast the model is. */
export interface Pace {
  /** From the request to the first output, in ms. */
  readonly thinkMs: number;
  /** How many times faster than real time audio is generated. */
  readonly speed: number;
}

/** What a response needs of its session. */
export interface Stage {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly format: WireFormat;
  /** Text instead of speech was asked for. */
  readonly textOnly: boolean;
  readonly persona: string | undefined;
  readonly faults: FaultPlan;
  newId(kind: string): string;
  send(event: ServerEvent): boolean;
  /** Puts an item into the conversation and announces it. */
  enter(wire: WireItem): Item;
  /** Announces that an item is final. */
  complete(item: Item): void;
  said(name: ClipName): void;
  /** The `response` object of `response.created` and `response.done`. */
  describe(record: ResponseRecord, output: readonly WireItem[], details: object | null): object;
  drop(): void;
  mute(): void;
  ended(record: ResponseRecord): void;
  /** The client was told of its end. */
  told(record: ResponseRecord): void;
}

interface Speaking {
  readonly item: Item;
  readonly head: object;
  readonly transcript: string;
  readonly audio: Buffer;
  sent: number;
  told: number;
}

/** Chunk lengths in bytes: 50 to 500 ms, odd ones too, the same in every run. */
const chunkBytes = (sequence: number, format: WireFormat): number =>
  1 + Math.floor((50 + ((sequence * 137) % 450)) * bytesPerMs(format));

/** One response on its way: sends its events at the pace of a model, until it ends or is cancelled. */
export class RunningResponse {
  readonly record: ResponseRecord;
  readonly #stage: Stage;
  readonly #output: WireItem[] = [];
  #speaking: Speaking | undefined;
  #cancelStep: Cancel = () => {};
  #chunks = 0;
  #over = false;

  constructor(stage: Stage, record: ResponseRecord) {
    this.#stage = stage;
    this.record = record;
  }

  start(steps: readonly Step[]): void {
    const { clock, send, describe } = this.#stage;
    send({ type: 'response.created', response: describe(this.record, [], null) });
    const run = this.#perform(steps);
    const go = (): void => {
      if (this.#over) return;
      const { value, done } = run.next();
      if (done !== true) this.#cancelStep = clock.after(ms(value), go);
    };
    go();
  }

  /** Ends it early. `turn_detected` lets one late delta go out, as the real server does. */
  cancel(reason: 'turn_detected' | 'client_cancelled'): void {
    if (this.#over) return;
    const speaking = this.#speaking;
    if (speaking !== undefined) {
      if (reason === 'turn_detected') this.#delta(speaking);
      this.#finishSpeech(speaking, 'incomplete');
    }
    this.#end('cancelled', { type: 'cancelled', reason });
  }

  /** Ends it without a word: the connection is gone. */
  abandon(): void {
    this.#over = true;
    this.#cancelStep();
  }

  *#perform(steps: readonly Step[]): Generator<number, void> {
    const { faults, persona, pace, newId, send, mute } = this.#stage;
    yield pace.thinkMs;
    if (faults.take('mute', persona) !== undefined) mute();
    if (faults.take('stray-done', persona) !== undefined) {
      const stray = { object: 'realtime.response', id: newId('resp'), status: 'cancelled', output: [], usage: null };
      send({ type: 'response.done', response: stray });
    }
    const failed = faults.take('fail-response', persona);
    if (failed !== undefined) {
      const error = { type: 'server_error', code: failed.code, message: 'The response failed.' };
      return this.#end('failed', { type: 'failed', error });
    }
    for (const step of steps) yield* this.#step(step);
    this.#end('completed', null);
  }

  *#step(step: Step): Generator<number, void> {
    if (step.do === 'call') yield* this.#call(step.tool, step.arguments);
    else if (step.do === 'write') yield* this.#write(step.text);
    else if (this.#writesInstead()) yield* this.#write(step.clips.map((name) => clipOf(name).text).join(' '));
    else yield* this.#say(step.clips);
  }

  #writesInstead(): boolean {
    const { textOnly, faults, persona } = this.#stage;
    return textOnly || faults.take('answer-in-text', persona) !== undefined;
  }

  *#say(clips: readonly ClipName[]): Generator<number, void> {
    const { format, pace, faults, persona, drop, said } = this.#stage;
    const fault = faults.take('drop-in-audio', persona);
    const flood = faults.take('flood', persona);
    const once = Buffer.concat(clips.map((name) => inFormat(clip(name), format)));
    const times = flood === undefined ? 1 : Math.ceil((flood.ms * bytesPerMs(format)) / once.length);
    const audio = Buffer.concat(Array.from({ length: times }, () => once));
    const speed = flood === undefined ? pace.speed : flood.ms / 1_000;
    const transcript = clips.map((name) => clipOf(name).text).join(' ');
    for (const name of clips) said(name);
    const { item, head } = this.#openMessage({ type: 'audio', transcript: '' }, { type: 'output_audio', transcript: '' });
    const speaking: Speaking = { item, head, transcript, audio, sent: 0, told: 0 };
    this.#speaking = speaking;
    while (speaking.sent < audio.length) {
      const sent = this.#delta(speaking);
      if (fault !== undefined && item.generatedMs >= fault.afterMs) return drop();
      yield sent / bytesPerMs(format) / speed;
    }
    this.#finishSpeech(speaking, 'completed');
  }

  *#write(text: string): Generator<number, void> {
    const { send } = this.#stage;
    const { item, head } = this.#openMessage({ type: 'text', text: '' }, { type: 'output_text', text: '' });
    this.record.words = `${this.record.words} ${text}`.trim();
    for (const word of text.split(/(?<= )/)) {
      send({ type: 'response.output_text.delta', ...head, delta: word });
      yield 15;
    }
    item.wire.content = [{ type: 'output_text', text }];
    send({ type: 'response.output_text.done', ...head, text });
    send({ type: 'response.content_part.done', ...head, part: { type: 'text', text } });
    this.#close(item, 'completed');
  }

  *#call(name: string, input: string): Generator<number, void> {
    const { send, newId, enter, faults, persona } = this.#stage;
    const args = faults.take('break-arguments', persona) === undefined ? input : input.slice(0, -1);
    const callId = newId('call');
    const wire: WireItem = { ...this.#wire('function_call'), name, call_id: callId, arguments: '' };
    const place = this.#place(wire);
    send({ type: 'response.output_item.added', ...place, item: structuredClone(wire) });
    const item = enter(wire);
    const head = { ...place, item_id: wire.id, call_id: callId };
    for (const delta of [args.slice(0, args.length >> 1), args.slice(args.length >> 1)]) {
      yield 20;
      send({ type: 'response.function_call_arguments.delta', ...head, delta });
    }
    wire.arguments = args;
    this.record.toolCalls.push({ callId, name, arguments: args });
    const repeats = faults.take('announce-twice', persona) === undefined ? 1 : 2;
    for (let time = 0; time < repeats; time += 1) {
      send({ type: 'response.function_call_arguments.done', ...head, name, arguments: args });
    }
    this.#close(item, 'completed');
    if (repeats > 1) send({ type: 'response.output_item.done', ...place, item: structuredClone(wire) });
  }

  #wire(type: string): WireItem {
    return { id: this.#stage.newId('item'), object: 'realtime.item', type, status: 'in_progress' };
  }

  #place(wire: WireItem): { response_id: string; output_index: number } {
    return { response_id: this.record.id, output_index: this.#output.push(wire) - 1 };
  }

  #openMessage(part: object, content: NonNullable<WireItem['content']>[number]): { item: Item; head: object } {
    const { send, enter } = this.#stage;
    const wire: WireItem = { ...this.#wire('message'), role: 'assistant', content: [] };
    const place = this.#place(wire);
    send({ type: 'response.output_item.added', ...place, item: structuredClone(wire) });
    const item = enter(wire);
    const head = { ...place, item_id: wire.id, content_index: 0 };
    send({ type: 'response.content_part.added', ...head, part });
    wire.content = [content];
    return { item, head };
  }

  /** Sends the next piece of audio, words a little ahead of it, and gives its bytes. */
  #delta(speaking: Speaking): number {
    const { format, send, clock } = this.#stage;
    const { audio, head, transcript, item } = speaking;
    this.#chunks += 1;
    const size = Math.min(chunkBytes(this.#chunks, format), audio.length - speaking.sent);
    if (size === 0) return 0;
    const end = speaking.sent + size;
    const ahead = transcript.indexOf(' ', Math.min(transcript.length, (1.15 * end * transcript.length) / audio.length));
    const told = ahead < 0 ? transcript.length : Math.max(speaking.told, ahead + 1);
    if (told > speaking.told) {
      const delta = transcript.slice(speaking.told, told);
      send({ type: 'response.output_audio_transcript.delta', ...head, delta });
      this.record.words += speaking.told === 0 && this.record.words !== '' ? ` ${delta}` : delta;
    }
    this.record.firstAudioAt ??= clock.now();
    const delta = audio.subarray(speaking.sent, end).toString('base64');
    send({ type: 'response.output_audio.delta', ...head, delta });
    speaking.told = told;
    speaking.sent = end;
    item.generatedMs = end / bytesPerMs(format);
    this.record.generatedMs += size / bytesPerMs(format);
    return size;
  }

  #finishSpeech(speaking: Speaking, status: 'completed' | 'incomplete'): void {
    const { send } = this.#stage;
    const { head, item } = speaking;
    this.#speaking = undefined;
    const transcript = speaking.transcript.slice(0, speaking.told);
    send({ type: 'response.output_audio.done', ...head });
    send({ type: 'response.output_audio_transcript.done', ...head, transcript });
    send({ type: 'response.content_part.done', ...head, part: { type: 'audio', transcript } });
    item.wire.content = [{ type: 'output_audio', transcript }];
    this.#close(item, status);
  }

  #close(item: Item, status: string): void {
    const { send, complete } = this.#stage;
    item.wire.status = status;
    const place = { response_id: this.record.id, output_index: this.#output.indexOf(item.wire) };
    send({ type: 'response.output_item.done', ...place, item: structuredClone(item.wire) });
    complete(item);
  }

  #end(status: ResponseRecord['status'], details: object | null): void {
    if (this.#over) return;
    this.abandon();
    const { clock, send, describe, ended, told } = this.#stage;
    this.record.status = status;
    this.record.endedAt = clock.now();
    ended(this.record);
    if (send({ type: 'response.done', response: describe(this.record, this.#output, details) })) told(this.record);
    send({
      type: 'rate_limits.updated',
      rate_limits: [
        { name: 'requests', limit: 1000, remaining: 999, reset_seconds: 60 },
        { name: 'tokens', limit: 200_000, remaining: 199_000, reset_seconds: 60 },
      ],
    });
  }
}
