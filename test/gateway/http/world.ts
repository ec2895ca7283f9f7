import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type {
  Brought,
  CallDesk,
  NextStep,
  PeopleDesk,
  PersonStep,
  PhoneEvent,
  PhoneLeg,
} from '../../../gateway/call/ports.ts';
import { hardenedServer, publicApp } from '../../../gateway/http/app.ts';
import type { HttpDeps } from '../../../gateway/http/deps.ts';
import { attachMediaSocket } from '../../../gateway/http/media-socket.ts';
import { expectedSignature } from '../../../gateway/twilio/signature.ts';
import { StreamTokens } from '../../../gateway/twilio/token.ts';
import { FakeClock } from '../../world/clock.ts';

export const account = `AC${'a'.repeat(32)}`;
export const call = `CA${'1'.repeat(32)}`;
export const stream = `MZ${'2'.repeat(32)}`;
const origin = 'https://gw.example.com';

/** A desk that remembers what it was told and takes every stream unless told otherwise. */
export class FakeDesk implements CallDesk {
  readonly told: string[] = [];
  readonly events: PhoneEvent[] = [];
  readonly heard: number[] = [];
  leg: PhoneLeg | undefined;
  /** What the last call brought along. */
  brought: Brought | undefined;
  willing = true;
  step: NextStep = { kind: 'connect', cause: 'answer' };

  ring: CallDesk['ring'] = async ({ from }) => {
    this.told.push(`ring ${from}`);
    return this.step;
  };
  accept: CallDesk['accept'] = (leg, { from, brought }, cause) => {
    this.brought = brought;
    this.told.push(`accept ${from} ${cause}`);
    if (!this.willing) return false;
    this.leg = leg;
    leg.events.listen((event) => this.events.push(event));
    leg.onAudio((mulaw, inserted) => this.heard.push(mulaw.length, inserted ? 1 : 0));
    return true;
  };
  rescue: CallDesk['rescue'] = async (_call, failedUrl) => {
    this.told.push(failedUrl === undefined ? 'rescue' : `rescue ${failedUrl}`);
    return this.step;
  };
  next: CallDesk['next'] = async (_call, ticket) => {
    this.told.push(ticket === undefined ? 'next' : `next ${ticket}`);
    return { kind: 'connect', cause: 'resume' };
  };
  ended: CallDesk['ended'] = (_callId, status) => {
    this.told.push(`ended ${status}`);
  };
  back: CallDesk['back'] = async (_call, { transfer }, report) => {
    this.told.push(`back from ${transfer} ${Object.values(report).join(' ')}`.trim());
    return { kind: 'connect', cause: 'return' };
  };
  paid: CallDesk['paid'] = async (_call, { payment }, report) => {
    this.told.push(`back from ${payment} ${JSON.stringify(report)}`);
    return { kind: 'connect', cause: 'return' };
  };
}

/** People's legs, as far as they were heard of. */
export class FakePeople implements PeopleDesk {
  readonly told: string[] = [];
  step: PersonStep = { kind: 'goodbye', words: 'Goodbye.' };

  answered: PeopleDesk['answered'] = async ({ transfer }) => this.#asked(`answered ${transfer}`);
  pressed: PeopleDesk['pressed'] = async (_ref, digit) => this.#asked(`pressed ${digit ?? 'nothing'}`);
  leftRoom: PeopleDesk['leftRoom'] = async () => this.#asked('left the room');
  legEnded: PeopleDesk['legEnded'] = async (_ref, status) => {
    this.told.push(`leg ${status}`);
  };
  machineAnswered: PeopleDesk['machineAnswered'] = async () => {
    this.told.push('machine');
  };
  personWaits: PeopleDesk['personWaits'] = async (_ref, _leg, looks) => {
    this.told.push(`person waits ${looks}`);
  };
  callerWaits: PeopleDesk['callerWaits'] = async (_ref, looks) => {
    this.told.push(`waits ${looks}`);
  };

  #asked(what: string): PersonStep {
    this.told.push(what);
    return this.step;
  }
}

const noLog = { info() {}, warn() {}, error() {} };

/** A public port on loopback, with signatures checked against a made-up public host. */
export const openPort = async (overrides: Partial<HttpDeps> = {}) => {
  const clock = new FakeClock();
  const desk = new FakeDesk();
  const people = new FakePeople();
  const tokens = new StreamTokens(['secret'], clock);
  const counted: string[] = [];
  const deps: HttpDeps = {
    publicUrl: new URL(origin),
    accountSid: account,
    authTokens: ['12345'],
    tokens,
    desk,
    people,
    clock,
    count: (name, labels) => counted.push([name, ...Object.values(labels ?? {})].join(' ')),
    log: noLog,
    lastResort: { kind: 'goodbye', words: 'We are sorry.' },
    ...overrides,
  };
  const server: Server = hardenedServer(publicApp(deps));
  attachMediaSocket(server, deps);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { clock, desk, people, tokens, counted, server, port, url: `http://127.0.0.1:${port}` };
};

export type Port = Awaited<ReturnType<typeof openPort>>;

export const fields = {
  CallSid: call,
  AccountSid: account,
  From: '+15005550006',
  To: '+15005550010',
  CallStatus: 'ringing',
};

/** POSTs a form signed as Twilio would sign it. */
export const post = (port: Port, path: string, form: Readonly<Record<string, string>> = fields): Promise<Response> =>
  fetch(port.url + path, {
    method: 'POST',
    headers: { 'X-Twilio-Signature': expectedSignature('12345', origin + path, Object.entries(form)) },
    body: new URLSearchParams(form),
  });

export const mediaSignature = expectedSignature('12345', 'wss://gw.example.com/twilio/media', []);

/** Sends raw bytes and gives all that came back until the end, at most 2 s. */
export const raw = (port: Port, request: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(port.port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
