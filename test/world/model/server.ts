import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../../infra/clock.ts';
import { type MessageSocket, overWebSocket } from '../../../infra/message-socket.ts';
import type { ModelWorld } from './core.ts';
import { type Fault, FaultPlan } from './faults.ts';
import { type Hear, recogniseClips } from './hearing.ts';
import type { Persona } from './persona.ts';
import type { SessionRecord } from './record.ts';
import type { Pace } from './response.ts';
import { ModelSession } from './session.ts';

export interface ModelServerOptions {
  /** Who sessions can turn out to be; the first that recognises its tools is it. */
  readonly personas: readonly Persona[];
  readonly clock?: Clock;
  readonly hear?: Hear;
  readonly pace?: Partial<Pace>;
  readonly transcriptMs?: number;
  readonly lifeMs?: number;
  /** The only key that is accepted; without it any is. */
  readonly apiKey?: string;
}

/** The part of an HTTP upgrade that the server looks at. `url` is path and query; names of headers are in lower case. */
export interface Handshake {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Why a handshake is refused: the HTTP status, and OpenAI's error body. */
export interface HandshakeRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** In seconds. */
  readonly retryAfter?: number;
}

const betaRefusal = {
  type: 'error',
  error: {
    type: 'invalid_request_error',
    code: 'beta_api_shape_disabled',
    message: 'The beta Realtime API is no longer available. Use the GA API.',
    param: null,
    event_id: null,
  },
};

const named = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(', ') : value;

const handshakeOf = (request: IncomingMessage): Handshake => ({
  url: request.url ?? '/',
  headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, named(value)])),
});

/**
 * The simulated OpenAI Realtime API, GA over WebSocket, as strict as the real one is by OpenAI's Realtime API reference.
 * `listen` serves it on a real port; `admit` and `accept` serve a socket that is joined in memory.
 */
export class ModelServer {
  /** All sessions, in the order in which they were opened. */
  readonly sessions: ModelSession[] = [];
  /** Handshakes that were refused. */
  readonly refused: HandshakeRefusal[] = [];
  /** Every handshake is refused with 503 until this is over. */
  isDown = false;
  readonly #faults = new FaultPlan();
  readonly #world: ModelWorld;
  readonly #apiKey: string | undefined;
  readonly #http = createServer((_, response) => response.writeHead(404).end());
  readonly #upgrades = new WebSocketServer({ noServer: true });
  #lastId = 0;

  constructor(options: ModelServerOptions) {
    this.#apiKey = options.apiKey;
    this.#world = {
      clock: options.clock ?? systemClock,
      personas: options.personas,
      hear: options.hear ?? recogniseClips,
      pace: { thinkMs: 300, speed: 4, ...options.pace },
      faults: this.#faults,
      transcriptMs: options.transcriptMs ?? 900,
      lifeMs: options.lifeMs ?? 3_600_000,
      newId: (kind) => {
        this.#lastId += 1;
        return `${kind}_${this.#lastId.toString().padStart(6, '0')}`;
      },
    };
  }

  get records(): readonly SessionRecord[] {
    return this.sessions.map((session) => session.record);
  }

  /** Sessions that are open now. */
  get open(): readonly ModelSession[] {
    return this.sessions.filter((session) => session.record.closedAt === undefined);
  }

  /** The newest session of a persona. */
  sessionOf(persona: string): ModelSession | undefined {
    return this.sessions.findLast((session) => session.record.persona === persona);
  }

  /** Plans a fault; it happens once, at the next occasion, to a session of `persona` when one is named. */
  inject(fault: Fault, persona?: string): void {
    this.#faults.add(fault, persona);
  }

  /** Whether a connection may be made; undefined is yes. Counts refusals. */
  admit(handshake: Handshake): HandshakeRefusal | undefined {
    const refusal = this.#judge(handshake);
    if (refusal !== undefined) this.refused.push(refusal);
    return refusal;
  }

  /** Serves a connection that was admitted. Call it in the tick in which the socket opened. */
  accept(socket: MessageSocket, handshake: Handshake): void {
    const { clock, newId } = this.#world;
    if (handshake.headers['openai-beta'] !== undefined) {
      this.refused.push({ status: 101, code: betaRefusal.error.code, message: betaRefusal.error.message });
      socket.listen({ message: () => {}, closed: () => {} });
      socket.send(JSON.stringify({ event_id: newId('event'), ...betaRefusal }));
      socket.close(4000, 'beta_api_shape_disabled');
      return;
    }
    const record: SessionRecord = {
      id: newId('sess'),
      openedAt: clock.now(),
      closedAt: undefined,
      closeCode: undefined,
      headers: handshake.headers,
      model: new URL(handshake.url, 'ws://model').searchParams.get('model') ?? '',
      persona: undefined,
      instructions: '',
      tools: [],
      voice: '',
      updates: 0,
      items: [],
      itemTimes: [],
      appendedMs: 0,
      appended: [],
      turns: [],
      responses: [],
      usages: [],
      transcriptions: [],
      truncations: [],
      violations: [],
    };
    this.sessions.push(new ModelSession(socket, record, this.#world));
  }

  /** Listens on loopback and resolves to the base URL, e.g. `http://127.0.0.1:4242/v1`. */
  listen(port = 0): Promise<string> {
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, '127.0.0.1', () => {
        const { port: bound } = this.#http.address() as AddressInfo;
        resolve(`http://127.0.0.1:${bound}/v1`);
      });
    });
  }

  /** Drops all connections and stops listening. */
  async close(): Promise<void> {
    for (const session of this.open) session.drop();
    for (const client of this.#upgrades.clients) client.terminate();
    if (!this.#http.listening) return;
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #judge({ url, headers }: Handshake): HandshakeRefusal | undefined {
    if (this.isDown) return { status: 503, code: 'server_error', message: 'The server is down.' };
    const fault = this.#faults.take('refuse-handshake');
    if (fault !== undefined) {
      const { status, code = status === 429 ? 'rate_limit_exceeded' : 'server_error', retryAfter } = fault;
      const when = retryAfter === undefined ? {} : { retryAfter };
      return { status, code, message: 'The server refuses, as it was told to.', ...when };
    }
    const { pathname, searchParams } = new URL(url, 'ws://model');
    if (pathname !== '/v1/realtime') return { status: 404, code: 'not_found', message: `Unknown path ${pathname}.` };
    const key = headers['authorization']?.match(/^Bearer (\S+)$/)?.[1];
    if (key === undefined || (this.#apiKey !== undefined && key !== this.#apiKey)) {
      return { status: 401, code: 'invalid_api_key', message: 'Missing or wrong API key.' };
    }
    if (!searchParams.get('model')) return { status: 400, code: 'missing_model', message: 'The query must name a model.' };
    return undefined;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const handshake = handshakeOf(request);
    const refusal = this.admit(handshake);
    if (refusal === undefined) {
      this.#upgrades.handleUpgrade(request, socket, head, (client: WebSocket) =>
        this.accept(overWebSocket(client), handshake),
      );
      return;
    }
    const { status, code, message, retryAfter = 1 } = refusal;
    const body = JSON.stringify({ error: { type: 'invalid_request_error', code, message, param: null } });
    const retry = status === 429 ? `Retry-After: ${retryAfter}\r\n` : '';
    const fields = `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\n${retry}`;
    socket.end(`${fields}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  }
}
