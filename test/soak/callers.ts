import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { LoadCall, ring } from '../bench/carrier-side.ts';
import { type ModelSession, type ModelSide, serveModel } from '../bench/model-side.ts';

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const newCallSid = (): string => `CA${randomBytes(16).toString('hex')}`;

/** The gateway has to end it, in five to eight seconds. */
const mustEnd = async (what: string, ended: Promise<unknown>, state: () => string): Promise<void> => {
  const late = sleep(20_000).then(() => {
    throw new Error(`${what} was not ended by the gateway: ${state()}`);
  });
  await Promise.race([ended, late]);
};

/** What callers need: where the gateway is, and a model that answers. */
export class Callers {
  readonly #port: number;
  readonly #model: ModelSide;
  readonly #sessions = new Set<ModelSession>();
  readonly #calls = new Set<LoadCall>();
  readonly #ticking: NodeJS.Timeout;

  constructor(port: number, model: ModelSide) {
    this.#port = port;
    this.#model = model;
    this.#ticking = setInterval(() => this.#tick(), 5);
    void this.#takeSessions();
  }

  async #takeSessions(): Promise<never> {
    for (;;) this.#sessions.add(await this.#model.next());
  }

  #tick(): void {
    const now = performance.now();
    for (const call of this.#calls) call.tick(now);
    for (const session of this.#sessions) {
      if (session.isOpen) session.tick(now);
      else this.#sessions.delete(session);
    }
  }

  /** Ends everything. */
  close(): void {
    clearInterval(this.#ticking);
    for (const call of this.#calls) call.close();
    this.#model.close();
  }

  get #origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get #mediaUrl(): string {
    return `ws://127.0.0.1:${this.#port}/twilio/media`;
  }

  async #tell(callSid: string): Promise<void> {
    const body = new URLSearchParams({
      CallSid: callSid,
      AccountSid: `AC${'0'.repeat(32)}`,
      From: '+15005550006',
      To: '+15005550010',
      CallStatus: 'completed',
    });
    await (await fetch(`${this.#origin}/twilio/status`, { method: 'POST', body })).text();
  }

  async #call(act: (call: LoadCall) => Promise<void>): Promise<void> {
    const callSid = newCallSid();
    const call = await LoadCall.open(this.#mediaUrl, callSid, await ring(this.#origin, callSid));
    this.#calls.add(call);
    await act(call);
    this.#calls.delete(call);
    call.close();
    await this.#tell(callSid);
  }

  /** Speech both ways, then the caller hangs up. */
  talk = (): Promise<void> =>
    this.#call(async (call) => {
      await sleep(700);
      for (const session of this.#sessions) session.commits(session.appends * 20);
      for (const session of this.#sessions) session.speak(performance.now());
      await sleep(800);
      call.hangUp();
      await sleep(50);
    });

  /** The line is cut in mid-speech. */
  isCut = (): Promise<void> => this.#call(() => sleep(600));

  /** The model is cut; another session takes over. */
  losesModel = (): Promise<void> =>
    this.#call(async (call) => {
      await sleep(400);
      [...this.#sessions].at(-1)?.cut();
      await sleep(1_000);
      call.hangUp();
      await sleep(50);
    });

  /** A stream that nobody was promised. */
  isRefused = async (): Promise<void> => {
    const parameters = { token: '0'.repeat(64), nonce: '0'.repeat(32), expires: '99999999999999', cause: 'answer' };
    const call = await LoadCall.open(this.#mediaUrl, newCallSid(), parameters);
    for (let waited = 0; call.isOpen && waited < 2_000; waited += 20) await sleep(20);
    if (call.isOpen) throw new Error('a stream without a token was not refused');
  };

  /** It rings, and no stream comes. */
  onlyRings = async (): Promise<void> => {
    const callSid = newCallSid();
    await ring(this.#origin, callSid);
    await this.#tell(callSid);
  };

  /** A socket that says nothing: the gateway has to end it. */
  saysNothing = async (): Promise<void> => {
    const socket = new WebSocket(this.#mediaUrl);
    await mustEnd('a socket that says nothing', once(socket, 'close'), () => `state ${socket.readyState}`);
  };

  /** Half a request: the same. */
  stopsHalfway = async (): Promise<void> => {
    const socket = connect(this.#port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST /twilio/voice HTTP/1.1\r\nHost: x\r\nContent-Le');
    socket.resume();
    await mustEnd('half a request', once(socket, 'close'), () => `${socket.readyState}, ${socket.bytesRead} bytes read`);
  };
}

export const startModel = (): Promise<ModelSide> => serveModel({ format: 'pcm', deltaMs: 100, pace: 3, talkMs: 1_500 });

export type Kind = 'talk' | 'isCut' | 'losesModel' | 'isRefused' | 'onlyRings' | 'saysNothing' | 'stopsHalfway';

/** Of twenty calls. */
export const mixture: readonly Kind[] = [
  ...Array<Kind>(9).fill('talk'),
  ...Array<Kind>(3).fill('isCut'),
  ...Array<Kind>(2).fill('losesModel'),
  ...Array<Kind>(2).fill('isRefused'),
  ...Array<Kind>(2).fill('onlyRings'),
  'saysNothing',
  'stopsHalfway',
];
