import type { MessageSocket } from '../../../infra/message-socket.ts';
import { Carrier, type CarrierOptions, type IncomingCall } from '../carrier.ts';
import { FakeClock } from '../clock.ts';
import { joinedSockets } from '../joined-sockets.ts';
import type { HttpAnswer, HttpRequest } from './http.ts';
import type { PhoneCall } from './phone-call.ts';
import type { RestAnswer } from './rest-form.ts';
import { levelAt } from './tones.ts';
import type { Track } from './track.ts';

export const xml = (verbs: string): HttpAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`,
});

export const connect = (attributes = '', parameters = ''): string =>
  `<Connect ${attributes}><Stream url="wss://gw.example.com/twilio/media" statusCallback="https://gw.example.com/stream">${parameters}</Stream></Connect>`;

/** The gateway's end of one stream: all that came, as parsed JSON, and a way to answer. */
export interface GatewayEnd {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly socket: MessageSocket;
  readonly messages: Readonly<Record<string, unknown>>[];
  readonly closes: number[];
  /** Sends a message with the sid of this stream. */
  say(message: Readonly<Record<string, unknown>>): void;
  /** Messages of one event. */
  of(event: string): Readonly<Record<string, unknown>>[];
}

type Answerer = HttpAnswer | Error | ((request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>);

/** A carrier on a fake clock with the application and the gateway in memory. Answers by path; `/voice` is the number's URL. */
export class Scene {
  readonly clock: FakeClock;
  readonly requests: HttpRequest[] = [];
  readonly gateways: GatewayEnd[] = [];
  readonly carrier: Carrier;

  constructor(answers: Readonly<Record<string, Answerer>>, options: Partial<CarrierOptions> = {}, clock = new FakeClock()) {
    this.clock = clock;
    this.carrier = new Carrier({
      accountSid: 'AC00000000000000000000000000000001',
      authToken: '12345',
      number: { voiceUrl: 'https://gw.example.com/voice', statusCallback: 'https://gw.example.com/status' },
      clock: this.clock,
      http: async (request) => {
        this.requests.push(request);
        const answer = answers[new URL(request.url).pathname] ?? { status: 204, headers: {}, body: '' };
        if (answer instanceof Error) throw answer;
        return typeof answer === 'function' ? answer(request) : answer;
      },
      openStream: async (url, headers) => {
        const [carrierEnd, gatewayEnd] = joinedSockets(this.clock);
        this.gateways.push(gatewayOf(url, headers, gatewayEnd));
        return carrierEnd;
      },
      ...options,
    });
  }

  /** Rings and lets the first document start. */
  async call(incoming: IncomingCall = {}): Promise<PhoneCall> {
    const call = this.carrier.call(incoming);
    await this.clock.run(1, 1);
    await this.clock.run(1, 1);
    return call;
  }

  /** Asks the REST API: of a leg by its sid, or to create a call. Values that are lists repeat the parameter. */
  rest(sid: string | undefined, form: Readonly<Record<string, string | readonly string[]>>): RestAnswer {
    const { accountSid, authToken } = this.carrier;
    const fields = Object.entries(form).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    );
    return this.carrier.rest({
      method: 'POST',
      path: `/2010-04-01/Accounts/${accountSid}/Calls${sid === undefined ? '' : `/${sid}`}.json`,
      authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** Creates a call. The answer: the leg that rings somebody. */
  create(form: Readonly<Record<string, string | readonly string[]>>): PhoneCall {
    const { status, json } = this.rest(undefined, { From: '+15005550010', ...form });
    const leg = this.carrier.legs.get(String(json['sid']));
    if (status !== 201 || leg === undefined) throw new Error(JSON.stringify(json));
    return leg;
  }

  /** Forms of the requests to one path, in order. */
  formsOf(path: string): Readonly<Record<string, string>>[] {
    return this.asked.filter((asked) => asked.path === path).map(({ form }) => form);
  }

  /** Path and form of every request so far. */
  get asked(): { readonly path: string; readonly form: Readonly<Record<string, string>> }[] {
    return this.requests.map(({ url, body }) => ({
      path: new URL(url).pathname,
      form: Object.fromEntries(new URLSearchParams(body)),
    }));
  }
}

const parseMessage = (data: Buffer): Readonly<Record<string, unknown>> => {
  const parsed: unknown = JSON.parse(data.toString());
  return typeof parsed === 'object' && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
};

const gatewayOf = (url: string, headers: Readonly<Record<string, string>>, socket: MessageSocket): GatewayEnd => {
  const messages: Readonly<Record<string, unknown>>[] = [];
  const closes: number[] = [];
  socket.listen({
    message: (data) => messages.push(parseMessage(data)),
    closed: (code) => closes.push(code),
  });
  const of = (event: string) => messages.filter((message) => message['event'] === event);
  return {
    url,
    headers,
    socket,
    messages,
    closes,
    of,
    say: (message) => socket.send(JSON.stringify({ streamSid: of('start')[0]?.['streamSid'], ...message })),
  };
};

/** Whether a tone is in a track, between two times in ms. A tone of `tone()` has -20 dBFS. */
export const sounds = (track: Track, hertz: number, [from, to]: readonly [number, number]): boolean =>
  levelAt(track.slice(Math.round(from * 8), Math.round(to * 8)), hertz) > -30;
