import { ms } from '../../../infra/brand.ts';
import type { Cancel } from '../../../infra/clock.ts';
import type { MessageSocket } from '../../../infra/message-socket.ts';
import { Answering } from './answering.ts';
import { type ClientEvent, type ClientItem, parseClientEvent, type Refusal, refusal } from './client-events.ts';
import { applyUpdate, defaultConfig, type SessionConfig } from './config.ts';
import { Conversation, isRefusal } from './conversation.ts';
import type { ModelWorld, SessionCore } from './core.ts';
import { Listening } from './listening.ts';
import type { Persona } from './persona.ts';
import type { SessionRecord } from './record.ts';
import type { ServerEvent } from './response.ts';

/** One Realtime session: holds the client to the protocol, listens, and lets a persona answer. */
export class ModelSession implements SessionCore {
  readonly record: SessionRecord;
  readonly world: ModelWorld;
  readonly conversation = new Conversation();
  readonly #socket: MessageSocket;
  readonly #answering: Answering;
  readonly #listening: Listening;
  readonly #cancelExpiry: Cancel;
  #config: SessionConfig;
  #muted = false;

  constructor(socket: MessageSocket, record: SessionRecord, world: ModelWorld) {
    this.#socket = socket;
    this.record = record;
    this.world = world;
    this.#answering = new Answering(this);
    this.#listening = new Listening(this, this.#answering);
    const expiresAt = Math.floor((world.clock.wall() + world.lifeMs) / 1000);
    this.#config = defaultConfig(record.id, record.model, expiresAt);
    this.#cancelExpiry = world.clock.after(ms(world.lifeMs), () => this.expire());
    socket.listen({
      message: (data, binary) => this.#receive(data, binary),
      closed: (code) => this.#closed(code),
    });
    this.send({ type: 'session.created', session: this.#config });
  }

  /** The session object as the client last saw it. */
  get config(): SessionConfig {
    return this.#config;
  }

  get persona(): Persona | undefined {
    const names = new Set(this.record.tools.map((tool) => tool.name));
    return this.world.personas.find((persona) => persona.recognises(names));
  }

  /** The 60 minutes are over. */
  expire(): void {
    const message = 'Your session hit the maximum duration of 60 minutes.';
    this.#fail({ type: '', eventId: null }, refusal('session_expired', message));
    this.#socket.close(1001, 'session expired');
  }

  /** Breaks the connection without a word: 1006 at the client. */
  drop(): void {
    this.#answering.abandonAll();
    this.#socket.abort();
  }

  /** Sends nothing any more, although the connection stays. */
  mute(): void {
    this.#muted = true;
  }

  send(event: ServerEvent): boolean {
    if (this.#muted || this.record.closedAt !== undefined) return false;
    this.#socket.send(JSON.stringify({ event_id: this.world.newId('event'), ...event }));
    return true;
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
    this.send({ type: 'error', error: { type, ...why, event_id: event.eventId } });
  }

  #handle(event: ClientEvent): Refusal | undefined {
    if (this.world.faults.takeRejection(event.type, this.record.persona))
      return refusal('invalid_value', 'The server refuses this event, as it was told to.');
    switch (event.type) {
      case 'session.update':
        return this.#update(event.session);
      case 'input_audio_buffer.append':
        return this.#listening.append(event.audio);
      case 'input_audio_buffer.commit':
        return this.#listening.commit();
      case 'input_audio_buffer.clear':
        return this.#listening.clear();
      case 'conversation.item.create':
        return this.#create(event.item, event.previous_item_id ?? undefined);
      case 'conversation.item.retrieve':
        return this.#retrieve(event.item_id);
      case 'conversation.item.truncate':
        return this.#truncate(event.item_id, event.audio_end_ms);
      case 'conversation.item.delete':
        return this.#delete(event.item_id);
      case 'response.create':
        return this.#answering.create(event.response);
      case 'response.cancel':
        return this.#answering.cancel(event.response_id);
    }
  }

  #update(update: Extract<ClientEvent, { type: 'session.update' }>['session']): Refusal | undefined {
    const audioEmitted = this.record.responses.some((response) => response.generatedMs > 0);
    const config = applyUpdate(this.#config, update, audioEmitted);
    if ('code' in config) return config;
    const { record, world } = this;
    this.#config = config;
    record.updates += 1;
    record.instructions = config.instructions;
    record.tools = config.tools;
    record.voice = String(config.audio.output.voice);
    record.persona = this.persona?.name;
    this.#listening.configure();
    if (world.faults.take('ignore-update', record.persona) === undefined) {
      this.send({ type: 'session.updated', session: config });
    }
    return undefined;
  }

  #create(item: ClientItem, after: string | undefined): Refusal | undefined {
    const created = this.conversation.create(item.id ?? this.world.newId('item'), item, after);
    if (isRefusal(created)) return created;
    this.record.items.push(item);
    this.record.itemTimes.push(this.world.clock.now());
    const { previous, wire } = created;
    this.send({ type: 'conversation.item.added', previous_item_id: previous, item: wire });
    this.send({ type: 'conversation.item.done', previous_item_id: previous, item: wire });
    return undefined;
  }

  #retrieve(id: string): Refusal | undefined {
    const item = this.conversation.find(id);
    if (item === undefined) return refusal('item_retrieve_invalid_item_id', `Item '${id}' does not exist.`, 'item_id');
    this.send({ type: 'conversation.item.retrieved', item: item.wire });
    return undefined;
  }

  #truncate(id: string, audioEndMs: number): Refusal | undefined {
    const item = this.conversation.truncate(id, audioEndMs);
    if (isRefusal(item)) return item;
    this.record.truncations.push({ item: id, audioEndMs, generatedMs: item.generatedMs });
    this.send({ type: 'conversation.item.truncated', item_id: id, content_index: 0, audio_end_ms: audioEndMs });
    return undefined;
  }

  #delete(id: string): Refusal | undefined {
    const why = this.conversation.remove(id);
    if (why === undefined) this.send({ type: 'conversation.item.deleted', item_id: id });
    return why;
  }

  #closed(code: number): void {
    this.#cancelExpiry();
    this.#answering.abandonAll();
    this.record.closedAt = this.world.clock.now();
    this.record.closeCode = code;
  }
}
