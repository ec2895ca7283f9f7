import { ms } from '../../../infra/brand.ts';
import type { Cancel, Clock } from '../../../infra/clock.ts';
import type { MessageSocket } from '../../../infra/message-socket.ts';
import type { ClipName } from '../voices/clips.ts';
import {
  type ClientEvent,
  type ClientItem,
  parseClientEvent,
  type Refusal,
  type ResponseRequest,
  refusal,
} from './client-events.ts';
import { applyUpdate, defaultConfig, type SessionConfig, vadSettingsOf } from './config.ts';
import { Conversation, type Item, isRefusal, type WireItem } from './conversation.ts';
import type { FaultPlan } from './faults.ts';
import type { Hear } from './hearing.ts';
import { InputAudio } from './input-audio.ts';
import type { Persona, Step } from './persona.ts';
import type { ResponseRecord, SessionRecord } from './record.ts';
import { type Pace, RunningResponse, type ServerEvent, type Stage } from './response.ts';
import { sceneOf } from './scene.ts';
import { usageOf } from './usage.ts';
import type { VadEvent } from './vad.ts';

/** What all sessions of a server share. */
export interface ModelWorld {
  readonly clock: Clock;
  readonly personas: readonly Persona[];
  readonly hear: Hear;
  readonly pace: Pace;
  readonly faults: FaultPlan;
  /** How long after a commit the transcript comes. */
  readonly transcriptMs: number;
  /** How long a session may live. */
  readonly lifeMs: number;
  newId(kind: string): string;
}

const maxAppendBytes = 15 * 1024 * 1024;

/** One Realtime session: holds the client to the protocol, listens, and lets a persona answer. */
export class ModelSession {
  readonly record: SessionRecord;
  readonly #world: ModelWorld;
  readonly #socket: MessageSocket;
  readonly #conversation = new Conversation();
  readonly #input: InputAudio;
  readonly #running = new Map<string, RunningResponse>();
  readonly #answered = new Set<string>();
  readonly #said: ClipName[] = [];
  readonly #cancelExpiry: Cancel;
  #config: SessionConfig;
  #active: RunningResponse | undefined;
  #turnItem: string | undefined;
  #muted = false;

  constructor(socket: MessageSocket, record: SessionRecord, world: ModelWorld) {
    this.#socket = socket;
    this.record = record;
    this.#world = world;
    this.#input = new InputAudio(record.appended);
    const expiresAt = Math.floor((world.clock.wall() + world.lifeMs) / 1000);
    this.#config = defaultConfig(record.id, record.model, expiresAt);
    this.#cancelExpiry = world.clock.after(ms(world.lifeMs), () => this.expire());
    socket.listen({
      message: (data, binary) => this.#receive(data, binary),
      closed: (code) => this.#closed(code),
    });
    this.#send({ type: 'session.created', session: this.#config });
  }

  /** The session object as the client last saw it. */
  get config(): SessionConfig {
    return this.#config;
  }

  /** The 60 minutes are over. */
  expire(): void {
    const message = 'Your session hit the maximum duration of 60 minutes.';
    this.#fail({ type: '', eventId: null }, refusal('session_expired', message));
    this.#socket.close(1001, 'session expired');
  }

  /** Breaks the connection without a word: 1006 at the client. */
  drop(): void {
    this.#abandonAll();
    this.#socket.abort();
  }

  /** Sends nothing any more, although the connection stays. */
  mute(): void {
    this.#muted = true;
  }

  #send(event: ServerEvent): void {
    if (this.#muted || this.record.closedAt !== undefined) return;
    this.#socket.send(JSON.stringify({ event_id: this.#world.newId('event'), ...event }));
  }

  #receive(data: Buffer, binary: boolean): void {
    const parsed = parseClientEvent(binary ? '' : data.toString());
    const why = parsed.ok ? this.#handle(parsed.event) : parsed.refusal;
    if (why === undefined) return;
    const origin = parsed.ok ? { type: parsed.event.type, eventId: parsed.event.event_id ?? null } : parsed;
    this.#refuse(origin, why);
  }

  #refuse(event: { type: string; eventId: string | null }, why: Refusal): void {
    this.record.violations.push({ code: why.code, event: event.type, message: why.message });
    this.#fail(event, why);
  }

  #fail(event: { type: string; eventId: string | null }, why: Refusal): void {
    const type = why.code === 'session_expired' ? 'server_error' : 'invalid_request_error';
    this.#send({ type: 'error', error: { type, ...why, event_id: event.eventId } });
  }

  #handle(event: ClientEvent): Refusal | undefined {
    switch (event.type) {
      case 'session.update':
        return this.#update(event.session);
      case 'input_audio_buffer.append':
        return this.#append(event.audio);
      case 'input_audio_buffer.commit':
        return this.#commitByHand();
      case 'input_audio_buffer.clear':
        return this.#clear();
      case 'conversation.item.create':
        return this.#create(event.item, event.previous_item_id ?? undefined);
      case 'conversation.item.retrieve':
        return this.#retrieve(event.item_id);
      case 'conversation.item.truncate':
        return this.#truncate(event.item_id, event.audio_end_ms);
      case 'conversation.item.delete':
        return this.#delete(event.item_id);
      case 'response.create':
        return this.#createResponse(event.response);
      case 'response.cancel':
        return this.#cancelResponse(event.response_id);
    }
  }

  #update(update: Extract<ClientEvent, { type: 'session.update' }>['session']): Refusal | undefined {
    const audioEmitted = this.record.responses.some((response) => response.generatedMs > 0);
    const config = applyUpdate(this.#config, update, audioEmitted);
    if ('code' in config) return config;
    const { record, world } = { record: this.record, world: this.#world };
    this.#config = config;
    record.updates += 1;
    record.instructions = config.instructions;
    record.tools = config.tools;
    record.voice = String(config.audio.output.voice);
    record.persona = this.#persona()?.name;
    this.#input.configure(config.audio.input.format.type, vadSettingsOf(config));
    if (world.faults.take('ignore-update', record.persona) === undefined) {
      this.#send({ type: 'session.updated', session: config });
    }
    return undefined;
  }

  #persona(): Persona | undefined {
    const names = new Set(this.record.tools.map((tool) => tool.name));
    return this.#world.personas.find((persona) => persona.recognises(names));
  }

  #append(base64: string): Refusal | undefined {
    if (base64.length > maxAppendBytes) return refusal('invalid_value', 'More than 15 MiB in one event.', 'audio');
    if (this.record.updates === 0) return refusal('invalid_event', 'Audio came before the session was configured.', 'audio');
    for (const event of this.#input.append(Buffer.from(base64, 'base64'))) this.#onSpeech(event);
    this.record.appendedMs = this.#input.ms;
    return undefined;
  }

  #onSpeech(event: VadEvent): void {
    if (event.type === 'started') {
      const item = this.#world.newId('item');
      this.#turnItem = item;
      this.#send({ type: 'input_audio_buffer.speech_started', audio_start_ms: event.startMs, item_id: item });
      if (this.#config.audio.input.turn_detection?.interrupt_response !== false) this.#active?.cancel('turn_detected');
      return;
    }
    const item = this.#turnItem ?? this.#world.newId('item');
    this.#turnItem = undefined;
    this.#send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: event.endMs, item_id: item });
    this.#input.take(event.endMs);
    this.#commit(item, event.startMs, event.endMs);
    if (this.#config.audio.input.turn_detection?.create_response !== false && this.#active === undefined) {
      this.#respond(undefined, false);
    }
  }

  #commit(id: string, startMs: number, endMs: number): void {
    const { samples, rate } = this.#input.between(startMs, endMs);
    const words = this.#world.hear(samples, rate, this.record.turns.length + 1);
    this.record.turns.push({ item: id, startMs, endMs, words });
    // The model hears the audio, so the persona gets its words at once; the client gets them as a transcript, later.
    const wire: WireItem = { id, object: 'realtime.item', type: 'message', role: 'user', status: 'completed' };
    const previous = this.#conversation.append({ ...wire, content: [{ type: 'input_audio', transcript: words }] }, 'server');
    this.#send({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id: previous });
    const item = { ...wire, content: [{ type: 'input_audio', transcript: null }] };
    this.#send({ type: 'conversation.item.added', previous_item_id: previous, item });
    this.#send({ type: 'conversation.item.done', previous_item_id: previous, item });
    if (this.#config.audio.input.transcription != null) {
      this.#world.clock.after(ms(this.#world.transcriptMs), () => this.#transcribe(id, words, endMs - startMs));
    }
  }

  #transcribe(item: string, words: string | null, spanMs: number): void {
    const head = { item_id: item, content_index: 0 };
    const type = 'conversation.item.input_audio_transcription';
    if (words === null) {
      const error = {
        type: 'transcription_error',
        code: 'audio_unintelligible',
        message: 'No words were recognised.',
        param: null,
      };
      this.#send({ type: `${type}.failed`, ...head, error });
      return;
    }
    this.#send({ type: `${type}.delta`, ...head, delta: words });
    const usage = { type: 'duration', seconds: Math.ceil(spanMs / 1000) };
    this.#send({ type: `${type}.completed`, ...head, transcript: words, usage });
  }

  #commitByHand(): Refusal | undefined {
    if (this.#input.bufferedMs < 100) {
      return refusal('input_audio_buffer_commit_empty', 'Buffer too small: at least 100 ms of audio are needed.');
    }
    const from = this.#input.take();
    this.#input.forgetSpeech();
    const item = this.#turnItem ?? this.#world.newId('item');
    this.#turnItem = undefined;
    this.#commit(item, from, this.#input.ms);
    return undefined;
  }

  #clear(): undefined {
    this.#input.take();
    this.#input.forgetSpeech();
    this.#turnItem = undefined;
    this.#send({ type: 'input_audio_buffer.cleared' });
  }

  #create(item: ClientItem, after: string | undefined): Refusal | undefined {
    const created = this.#conversation.create(item.id ?? this.#world.newId('item'), item, after);
    if (isRefusal(created)) return created;
    this.record.items.push(item);
    const { previous, wire } = created;
    this.#send({ type: 'conversation.item.added', previous_item_id: previous, item: wire });
    this.#send({ type: 'conversation.item.done', previous_item_id: previous, item: wire });
    return undefined;
  }

  #retrieve(id: string): Refusal | undefined {
    const item = this.#conversation.find(id);
    if (item === undefined) return refusal('item_retrieve_invalid_item_id', `Item '${id}' does not exist.`, 'item_id');
    this.#send({ type: 'conversation.item.retrieved', item: item.wire });
    return undefined;
  }

  #truncate(id: string, audioEndMs: number): Refusal | undefined {
    const item = this.#conversation.truncate(id, audioEndMs);
    if (isRefusal(item)) return item;
    this.record.truncations.push({ item: id, audioEndMs, generatedMs: item.generatedMs });
    this.#send({ type: 'conversation.item.truncated', item_id: id, content_index: 0, audio_end_ms: audioEndMs });
    return undefined;
  }

  #delete(id: string): Refusal | undefined {
    const why = this.#conversation.remove(id);
    if (why === undefined) this.#send({ type: 'conversation.item.deleted', item_id: id });
    return why;
  }

  #createResponse(request: ResponseRequest | undefined): Refusal | undefined {
    if (request?.conversation !== 'none' && this.#active !== undefined) {
      const message = `Conversation already has an active response in progress: ${this.#active.record.id}.`;
      return refusal('conversation_already_has_active_response', message);
    }
    this.#respond(request, true);
    return undefined;
  }

  #respond(request: ResponseRequest | undefined, asked: boolean): void {
    if (this.#world.faults.take('no-response', this.record.persona) !== undefined) return;
    const outOfBand = request?.conversation === 'none';
    const record: ResponseRecord = {
      id: this.#world.newId('resp'),
      asked,
      outOfBand,
      startedAt: this.#world.clock.now(),
      words: '',
      toolCalls: [],
      generatedMs: 0,
      firstAudioAt: undefined,
      endedAt: undefined,
      status: 'in_progress',
    };
    this.record.responses.push(record);
    const steps = this.#plan(request);
    const fresh = this.#conversation.items.map((item) => item.wire.id).filter((id) => !this.#answered.has(id));
    if (!outOfBand) for (const id of fresh) this.#answered.add(id);
    const running = new RunningResponse(this.#stage(request, fresh), record);
    this.#running.set(record.id, running);
    if (!outOfBand) this.#active = running;
    running.start(steps);
  }

  /** What the persona does, within what the request allows. */
  #plan(request: ResponseRequest | undefined): Step[] {
    const { record } = this;
    const source = { items: this.#conversation.items, answered: this.#answered, said: this.#said, record };
    const steps = this.#persona()?.respond(sceneOf(source, request)) ?? [];
    const silent = (request?.tool_choice ?? this.#config.tool_choice) === 'none';
    return steps.filter((step) => step.do !== 'call' || !silent);
  }

  #stage(request: ResponseRequest | undefined, fresh: readonly string[]): Stage {
    const { clock, pace, faults, newId } = this.#world;
    const outOfBand = request?.conversation === 'none';
    const outside = (wire: WireItem): Item => ({ wire, madeBy: 'server', generatedMs: 0 });
    return {
      clock,
      pace,
      faults,
      newId,
      persona: this.record.persona,
      format: request?.audio?.output?.format?.type ?? this.#config.audio.output.format.type,
      textOnly: (request?.output_modalities ?? this.#config.output_modalities)[0] === 'text',
      send: (event) => this.#send(event),
      enter: (wire) => (outOfBand ? outside(wire) : this.#enter(wire)),
      complete: (item) => {
        if (!outOfBand) this.#complete(item);
      },
      said: (name) => this.#said.push(name),
      describe: (record, output, details) => this.#describe(record, { output, details, request }),
      drop: () => this.drop(),
      mute: () => this.mute(),
      ended: (record) => this.#ended(record, fresh),
    };
  }

  #enter(wire: WireItem): Item {
    const previous = this.#conversation.append(wire, 'server');
    this.#send({ type: 'conversation.item.added', previous_item_id: previous, item: structuredClone(wire) });
    return this.#conversation.items.at(-1) ?? { wire, madeBy: 'server', generatedMs: 0 };
  }

  #complete(item: Item): void {
    const at = this.#conversation.items.indexOf(item);
    const previous = this.#conversation.items[at - 1]?.wire.id ?? null;
    this.#send({ type: 'conversation.item.done', previous_item_id: previous, item: structuredClone(item.wire) });
  }

  #describe(
    record: ResponseRecord,
    {
      output,
      details,
      request,
    }: { output: readonly WireItem[]; details: object | null; request: ResponseRequest | undefined },
  ): object {
    const { format, voice } = this.#config.audio.output;
    return {
      object: 'realtime.response',
      id: record.id,
      status: record.status,
      status_details: details,
      output,
      conversation_id: record.outOfBand ? null : `conv_${this.record.id}`,
      output_modalities: request?.output_modalities ?? this.#config.output_modalities,
      max_output_tokens: this.#config.max_output_tokens,
      audio: { output: { format, voice } },
      usage: record.status === 'in_progress' ? null : usageOf(this.record, this.#conversation.items, record),
      metadata: request?.metadata ?? null,
    };
  }

  #ended(record: ResponseRecord, fresh: readonly string[]): void {
    this.#running.delete(record.id);
    if (this.#active?.record === record) this.#active = undefined;
    const saidNothing = record.words === '' && record.toolCalls.length === 0;
    if (record.status !== 'completed' && saidNothing) for (const id of fresh) this.#answered.delete(id);
  }

  #cancelResponse(id: string | undefined): Refusal | undefined {
    const running = id === undefined ? this.#active : this.#running.get(id);
    if (running === undefined)
      return refusal('response_cancel_not_active', 'Cancellation failed: no active response found.');
    running.cancel('client_cancelled');
    return undefined;
  }

  #abandonAll(): void {
    for (const running of this.#running.values()) running.abandon();
    this.#running.clear();
    this.#active = undefined;
  }

  #closed(code: number): void {
    this.#cancelExpiry();
    this.#abandonAll();
    this.record.closedAt = this.#world.clock.now();
    this.record.closeCode = code;
  }
}
