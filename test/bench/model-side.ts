import { type WebSocket, WebSocketServer } from 'ws';
import { type Format, FrameWatch, frames, readFrames } from './level-marks.ts';

/** How the model speaks under load. */
export interface ModelPlan {
  readonly format: Format;
  /** Length of one delta, in ms: a multiple of 20. */
  readonly deltaMs: number;
  /** Speech generated per second of time; 1: as it is heard. */
  readonly pace: number;
  /** The agent speaks so long, then the caller so long. */
  readonly talkMs: number;
}

export interface ModelSide {
  readonly url: string;
  /** The next session that connects. */
  next(): Promise<ModelSession>;
  close(): void;
}

const appendKey = '"audio":"';

/** One session of the simulated model: light, for load; `test/world/model` is the strict one. */
export class ModelSession {
  readonly caller = new FrameWatch();
  readonly agent = new FrameWatch();
  /** Milliseconds from a frame of the caller to its append, since the last restart. */
  readonly delays: number[] = [];
  /** The same of the newest frame in each append: it waited for no other. */
  readonly latenesses: number[] = [];
  appends = 0;
  ready = false;
  /** Called with what the client says was heard of an item. */
  onTruncate: (item: string, audioEndMs: number) => void = () => {};
  readonly #socket: WebSocket;
  readonly #plan: ModelPlan;
  #serial = 0;
  #response: { readonly id: string; readonly item: string } | undefined;
  #leftMs = 0;
  #nextDelta = 0;

  constructor(socket: WebSocket, plan: ModelPlan) {
    this.#socket = socket;
    this.#plan = plan;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', () => {});
    this.#say({ type: 'session.created', session: { type: 'realtime' } });
  }

  /** The connection is gone. */
  cut(): void {
    this.#socket.terminate();
  }

  get isOpen(): boolean {
    return this.#socket.readyState === 1;
  }

  get item(): string | undefined {
    return this.#response?.item;
  }

  #say(event: object): void {
    if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify({ event_id: `event_${this.#serial++}`, ...event }));
  }

  #receive(data: Buffer): void {
    const key = data.indexOf(appendKey);
    if (key >= 0 && data.includes('input_audio_buffer.append')) {
      const now = performance.now();
      this.appends += 1;
      const start = key + appendKey.length;
      const audio = Buffer.from(data.toString('latin1', start, data.indexOf(0x22, start)), 'base64');
      let newest: number | undefined;
      readFrames(audio, this.#plan.format, (place) => {
        newest = this.caller.receive(place, now);
        if (newest !== undefined) this.delays.push(newest);
      });
      if (newest !== undefined) this.latenesses.push(newest);
      return;
    }
    const event = JSON.parse(data.toString());
    switch (event.type) {
      case 'session.update':
        this.#say({ type: 'session.updated', session: { type: 'realtime' } });
        this.ready = true;
        break;
      case 'response.create':
        this.speak(performance.now(), event.response?.metadata);
        break;
      case 'response.cancel':
        this.#end('cancelled');
        break;
      case 'conversation.item.truncate':
        this.onTruncate(event.item_id, event.audio_end_ms);
        this.#say({ type: 'conversation.item.truncated', item_id: event.item_id, content_index: 0, audio_end_ms: 0 });
        break;
      default:
    }
  }

  /** A response begins. */
  speak(now: number, metadata: object | null = null): void {
    if (this.#response !== undefined) return;
    this.#serial += 1;
    const id = `resp_${this.#serial}`;
    const item = `item_${this.#serial}`;
    this.#response = { id, item };
    this.#leftMs = this.#plan.talkMs;
    this.#nextDelta = now;
    this.#say({ type: 'response.created', response: { id, status: 'in_progress', metadata } });
    this.#say({
      type: 'response.output_item.added',
      response_id: id,
      output_index: 0,
      item: { id: item, object: 'realtime.item', type: 'message', status: 'in_progress', role: 'assistant', content: [] },
    });
  }

  /** The caller is noticed, as a VAD does; what runs is cut off. */
  hearsSpeech(audioMs: number): void {
    this.#say({ type: 'input_audio_buffer.speech_started', item_id: `turn_${this.#serial}`, audio_start_ms: audioMs });
    this.#end('cancelled');
  }

  /** The caller's turn is over. */
  commits(audioMs: number): void {
    const turn = `turn_${this.#serial}`;
    this.#say({ type: 'input_audio_buffer.speech_stopped', item_id: turn, audio_end_ms: audioMs });
    this.#say({ type: 'input_audio_buffer.committed', item_id: turn, previous_item_id: null });
  }

  /** Sends what is due of the running response. */
  tick(now: number): void {
    const { deltaMs, pace, format } = this.#plan;
    while (this.#response !== undefined && this.#nextDelta <= now) {
      if (this.#leftMs <= 0) {
        this.#end('completed');
        return;
      }
      this.#sendDelta(this.#response, Math.min(deltaMs, this.#leftMs), format);
      this.#leftMs -= deltaMs;
      this.#nextDelta += deltaMs / pace;
    }
  }

  #sendDelta({ id, item }: { readonly id: string; readonly item: string }, length: number, format: Format): void {
    const now = performance.now();
    const places = Array.from({ length: length / 20 }, () => this.agent.send(now));
    const delta =
      places.length === 1
        ? (frames[format][places[0] ?? 0] ?? '')
        : Buffer.concat(places.map((place) => Buffer.from(frames[format][place] ?? '', 'base64'))).toString('base64');
    if (this.#socket.readyState !== 1) return;
    this.#serial += 1;
    this.#socket.send(
      `{"type":"response.output_audio.delta","event_id":"event_${this.#serial}","response_id":"${id}","item_id":"${item}","output_index":0,"content_index":0,"delta":"${delta}"}`,
    );
  }

  #end(status: 'completed' | 'cancelled'): void {
    const response = this.#response;
    if (response === undefined) return;
    this.#response = undefined;
    const { id, item } = response;
    const ended = status === 'completed' ? status : 'incomplete';
    const content = [{ type: 'output_audio', transcript: '' }];
    const message = { id: item, object: 'realtime.item', type: 'message', role: 'assistant', status: ended, content };
    this.#say({ type: 'response.output_audio.done', response_id: id, item_id: item, output_index: 0, content_index: 0 });
    this.#say({ type: 'response.output_item.done', response_id: id, output_index: 0, item: message });
    this.#say({ type: 'response.done', response: { id, status, output: [message], metadata: null } });
  }
}

/** Serves the model on a port of its own. */
export const serveModel = async (plan: ModelPlan): Promise<ModelSide> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await new Promise((done) => server.once('listening', done));
  const waiting: ((session: ModelSession) => void)[] = [];
  const sessions: ModelSession[] = [];
  server.on('connection', (socket) => {
    const session = new ModelSession(socket, plan);
    const first = waiting.shift();
    if (first === undefined) sessions.push(session);
    else first(session);
  });
  const { port } = server.address() as { readonly port: number };
  return {
    url: `http://127.0.0.1:${port}/v1`,
    next: () => {
      const session = sessions.shift();
      return session === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(session);
    },
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
};
