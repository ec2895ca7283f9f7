import { acmePersonas } from '../article.ts';
import { FakeClock, settle } from '../clock.ts';
import { joinedSockets } from '../joined-sockets.ts';
import { calls, type Persona, says, writes } from './persona.ts';
import { type Handshake, ModelServer } from './server.ts';

/** A server event as a test reads it. */
export interface ReceivedEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  readonly [field: string]: any;
}

/** A client that sends whatever a test wants and keeps all that it gets, on a clock that the test moves. */
export class TestClient {
  readonly events: ReceivedEvent[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #clock: FakeClock;
  readonly #socket;

  constructor(server: ModelServer, clock: FakeClock, handshake: Partial<Handshake> = {}) {
    this.#clock = clock;
    const [ours, theirs] = joinedSockets(clock);
    this.#socket = ours;
    ours.listen({
      message: (data) => this.events.push(JSON.parse(data.toString())),
      closed: (code, reason) => {
        this.closed = { code, reason };
      },
    });
    server.accept(theirs, {
      url: handshake.url ?? '/v1/realtime?model=gpt-realtime-2.1',
      headers: handshake.headers ?? { authorization: 'Bearer test' },
    });
  }

  /** Sends events, lets `span` ms pass, and gives what came back meanwhile. */
  async send(events: object | string | readonly object[], span = 1): Promise<ReceivedEvent[]> {
    const before = this.events.length;
    for (const event of Array.isArray(events) ? events : [events]) {
      this.#socket.send(typeof event === 'string' ? event : JSON.stringify(event));
    }
    await this.pass(span);
    return this.events.slice(before);
  }

  async pass(span: number): Promise<ReceivedEvent[]> {
    const before = this.events.length;
    await settle();
    await this.#clock.run(span);
    return this.events.slice(before);
  }

  /** Appends audio in 20 ms pieces (mu-law), in real time. */
  async speak(mulaw: Uint8Array): Promise<ReceivedEvent[]> {
    const before = this.events.length;
    for (let at = 0; at < mulaw.length; at += 160) {
      const audio = Buffer.from(mulaw.subarray(at, at + 160)).toString('base64');
      await this.send({ type: 'input_audio_buffer.append', audio }, 20);
    }
    return this.events.slice(before);
  }
}

/** Silence in mu-law. */
export const silence = (spanMs: number): Uint8Array => new Uint8Array(spanMs * 8).fill(0xff);

export const types = (events: readonly ReceivedEvent[]): string[] => events.map((event) => event.type);

/** Types in their order, each kind of delta only where it came first. */
export const order = (events: readonly ReceivedEvent[]): string[] =>
  types(events).filter((type, index, all) => !type.endsWith('.delta') || all.indexOf(type) === index);

/** The first event of a type; throws when there is none. */
export const the = (events: readonly ReceivedEvent[], type: string): ReceivedEvent => {
  const event = events.find((candidate) => candidate.type === type);
  if (event === undefined) throw new Error(`no ${type} among ${types(events).join(', ')}`);
  return event;
};

const look = {
  type: 'function',
  name: 'look',
  description: 'Looks.',
  parameters: { type: 'object', properties: { at: {} } },
};
const pcmu = { type: 'audio/pcmu' };

/** A `session.update` that makes a session the parrot, mu-law both ways. */
export const configured = (input: object = {}, tools: readonly object[] = [look]): object => ({
  type: 'session.update',
  session: {
    type: 'realtime',
    instructions: 'Be a parrot.',
    audio: { input: { format: pcmu, ...input }, output: { format: pcmu, voice: 'cedar' } },
    tools,
  },
});

/** Greets when asked, looks something up on every turn, then says that it did. */
const parrot: Persona = {
  name: 'parrot',
  recognises: (tools) => tools.has('look'),
  respond: ({ cue }) => {
    if (cue.type === 'out-of-band') return [writes('A summary.')];
    if (cue.type === 'caller-turn') return [says('supportLooksUp'), calls('look', { at: 'account' })];
    return [says(cue.type === 'asked' ? 'supportGreeting' : 'supportReset')];
  },
};

/** A server with the parrot and Acme's people, and a client whose session is configured. */
export const openSession = async (
  setup: object = configured(),
): Promise<{ server: ModelServer; client: TestClient; clock: FakeClock }> => {
  const clock = new FakeClock();
  const server = new ModelServer({ personas: [parrot, ...acmePersonas], clock });
  const client = new TestClient(server, clock);
  await client.pass(1);
  await client.send(setup);
  return { server, client, clock };
};
