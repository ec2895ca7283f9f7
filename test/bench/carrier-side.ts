import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { frames, readFrames } from './level-marks.ts';
import type { ModelSession } from './model-side.ts';

const payloadKey = '"payload":"';
const silence = Buffer.alloc(160, 0xff).toString('base64');

/** Parameters of the `<Stream>` that a webhook answers with. */
const parametersOf = (twiml: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...twiml.matchAll(/<Parameter name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );

/** Rings at a gateway's webhook and gives the stream's parameters. */
export const ring = async (origin: string, callSid: string): Promise<Readonly<Record<string, string>>> => {
  const body = new URLSearchParams({
    CallSid: callSid,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: '+15005550006',
    To: '+15005550010',
  });
  const response = await fetch(`${origin}/twilio/voice`, { method: 'POST', body });
  return parametersOf(await response.text());
};

/** One phone call under load: sends marked frames, plays out what it gets, returns marks. */
export class LoadCall {
  /** Milliseconds from a delta of the agent to its media message. */
  readonly delays: number[] = [];
  /** Milliseconds from the model's `speech_started` to `clear`. */
  readonly clears: number[] = [];
  /** Milliseconds that `truncate` was off what was played. */
  readonly truncations: number[] = [];
  messages = 0;
  model: ModelSession | undefined;
  readonly #socket: WebSocket;
  readonly #streamSid = `MZ${randomBytes(16).toString('hex')}`;
  readonly #marks: { readonly name: string; readonly due: number }[] = [];
  #sequence = 1;
  #chunk = 0;
  #playEnd = 0;
  /** Of the item that plays: milliseconds received. */
  #received = 0;
  #item: string | undefined;
  #interruptedAt: number | undefined;
  #playedAtClear: { readonly item: string | undefined; readonly ms: number } | undefined;
  #nextFrame = 0;
  marked = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', () => {});
  }

  static async open(url: string, callSid: string, parameters: Readonly<Record<string, string>>): Promise<LoadCall> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const call = new LoadCall(socket);
    await once(socket, 'open');
    call.#start(callSid, parameters);
    return call;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === 1;
  }

  #start(callSid: string, customParameters: Readonly<Record<string, string>>): void {
    const streamSid = this.#streamSid;
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
    const accountSid = `AC${'0'.repeat(32)}`;
    const start = { accountSid, streamSid, callSid, tracks: ['inbound'], mediaFormat, customParameters };
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    this.#socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid }));
    this.#nextFrame = performance.now();
  }

  /** Sends the frames and returns the marks that are due. */
  tick(now: number): void {
    if (!this.isOpen) return;
    while (this.#nextFrame <= now) {
      this.#nextFrame += 20;
      this.#sequence += 1;
      this.#chunk += 1;
      const place = this.marked ? (this.model?.caller.send(performance.now()) ?? 0) : undefined;
      const payload = place === undefined ? silence : frames.pcmu[place];
      this.#socket.send(
        `{"event":"media","sequenceNumber":"${this.#sequence}","media":{"track":"inbound","chunk":"${this.#chunk}","timestamp":"${20 * this.#chunk}","payload":"${payload}"},"streamSid":"${this.#streamSid}"}`,
      );
    }
    while ((this.#marks[0]?.due ?? Number.POSITIVE_INFINITY) <= now) this.#returnMark();
  }

  #returnMark(): void {
    const mark = this.#marks.shift();
    if (mark === undefined) return;
    this.#sequence += 1;
    const { name } = mark;
    this.#socket.send(
      JSON.stringify({ event: 'mark', sequenceNumber: `${this.#sequence}`, streamSid: this.#streamSid, mark: { name } }),
    );
  }

  #receive(data: Buffer): void {
    const now = performance.now();
    this.messages += 1;
    const key = data.indexOf(payloadKey);
    if (key >= 0) this.#play(data, key + payloadKey.length, now);
    else {
      const message = JSON.parse(data.toString());
      if (message.event === 'mark') this.#marks.push({ name: message.mark.name, due: Math.max(now, this.#playEnd) });
      else if (message.event === 'clear') this.#clear(now);
    }
  }

  #play(data: Buffer, start: number, now: number): void {
    const audio = Buffer.from(data.toString('latin1', start, data.indexOf(0x22, start)), 'base64');
    readFrames(audio, 'pcmu', (place) => {
      const delay = this.model?.agent.receive(place, now);
      if (delay !== undefined) this.delays.push(delay);
    });
    if (this.model?.item !== undefined && this.model.item !== this.#item) {
      this.#item = this.model.item;
      this.#received = 0;
    }
    this.#received += audio.length / 8;
    this.#playEnd = Math.max(now, this.#playEnd) + audio.length / 8;
  }

  #clear(now: number): void {
    if (this.#interruptedAt !== undefined) this.clears.push(now - this.#interruptedAt);
    this.#interruptedAt = undefined;
    // Below nothing: what is left is of the item before.
    const played = Math.max(0, this.#received - Math.max(0, this.#playEnd - now));
    this.#playedAtClear = { item: this.#item, ms: played };
    this.#playEnd = now;
    while (this.#marks.length > 0) this.#returnMark();
  }

  /** Whether the caller hears the agent for at least this much longer. */
  hearsFor(now: number, milliseconds: number): boolean {
    return this.#playEnd - now > milliseconds;
  }

  /** The caller speaks over the agent. */
  interrupt(audioMs: number): void {
    const { model } = this;
    if (model === undefined) return;
    this.#interruptedAt = performance.now();
    let told: { readonly item: string; readonly ms: number } | undefined;
    model.onTruncate = (item, ms) => {
      told = { item, ms };
    };
    model.hearsSpeech(audioMs);
    setTimeout(() => {
      const played = this.#playedAtClear;
      if (told !== undefined && played?.item === told.item) this.truncations.push(told.ms - played.ms);
      this.#playedAtClear = undefined;
    }, 100);
  }

  /** The caller hangs up. */
  hangUp(): void {
    if (!this.isOpen) return;
    this.#sequence += 1;
    this.#socket.send(
      JSON.stringify({ event: 'stop', sequenceNumber: `${this.#sequence}`, streamSid: this.#streamSid, stop: {} }),
    );
    this.#socket.close();
  }

  /** The line is gone. */
  close(): void {
    this.#socket.terminate();
  }
}
