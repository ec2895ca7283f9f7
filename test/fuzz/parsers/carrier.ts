import { isDeepStrictEqual } from 'node:util';
import { decodeBase64 } from '../../../agents/openai/decode-base64.ts';
import type { NextStep } from '../../../gateway/call/ports.ts';
import { decodeAnyMessage, decodeMessage } from '../../../gateway/twilio/decode.ts';
import { phoneLeg, type ServedPhoneLeg } from '../../../gateway/twilio/phone-leg.ts';
import { legalText, twiml } from '../../../gateway/twilio/twiml.ts';
import { base64Length, decodeBase64Into, encodeBase64Into } from '../../../infra/base64.ts';
import { streamId } from '../../../infra/brand.ts';
import { SameText } from '../../../infra/byte-scan.ts';
import { FakeClock } from '../../world/clock.ts';
import { callIdOf } from '../../world/scripted-phone.ts';
import { readTwiml } from '../../world/twiml-document.ts';
import { filled, must, type Parser } from '../parser.ts';
import { damaged, messageBytes, type Random, text } from '../random.ts';

const stream = `MZ${'2'.repeat(32)}`;
const otherStream = `MZ${'3'.repeat(32)}`;

const messages: readonly [object, ...object[]] = [
  { event: 'connected', protocol: 'Call', version: '1.0.0' },
  {
    event: 'media',
    sequenceNumber: '3',
    media: { track: 'inbound', chunk: '1', timestamp: '5', payload: Buffer.alloc(160, 0xd5).toString('base64') },
    streamSid: stream,
  },
  {
    event: 'media',
    sequenceNumber: '3',
    media: { track: 'inbound', chunk: '1', timestamp: '5', payload: '//8=' },
    streamSid: stream,
  },
  {
    event: 'start',
    sequenceNumber: '1',
    start: { streamSid: stream, callSid: 'CA1', accountSid: 'AC1', customParameters: { token: 'x', from: '+1' } },
    streamSid: stream,
  },
  { event: 'dtmf', streamSid: stream, sequenceNumber: '4', dtmf: { track: 'inbound_track', digit: '1' } },
  { event: 'mark', sequenceNumber: '4', streamSid: stream, mark: { name: 'm' } },
  { event: 'stop', sequenceNumber: '5', streamSid: stream, stop: { accountSid: 'AC1', callSid: 'CA1' } },
];

const isJson = (written: string): boolean => {
  try {
    JSON.parse(written);
    return true;
  } catch {
    return false;
  }
};

const legOf = (number: number, id: string, told: unknown[]): ServedPhoneLeg => {
  const leg = phoneLeg({
    socket: { bufferedAmount: 0, send() {}, close() {}, abort() {}, listen() {} },
    callId: callIdOf(number),
    streamId: streamId(id),
    ticket: 't',
    clock: new FakeClock(),
    count() {},
  });
  leg.events.listen((event) => told.push(event));
  leg.onAudio((mulaw) => told.push(Buffer.from(mulaw).toString('hex')));
  return leg;
};

const sid = new SameText(stream);
const othersWords: unknown[] = [];
const other = legOf(2, otherStream, othersWords);
let othersFrames = 0;
/** The other call says one frame, and hears that one alone. */
const otherSpeaks = (): void => {
  const speech = Buffer.alloc(160, (othersFrames % 100) + 1);
  const place = { event: 'media', sequenceNumber: String(othersFrames + 2) };
  const media = {
    track: 'inbound',
    chunk: String(othersFrames + 1),
    timestamp: String(20 * othersFrames),
    payload: speech.toString('base64'),
  };
  other.receive(Buffer.from(JSON.stringify({ ...place, media, streamSid: otherStream })), false);
  othersFrames += 1;
  must(
    isDeepStrictEqual(othersWords.splice(0), [speech.toString('hex')]),
    'the other call hears its own frame, and nothing else',
  );
};

const twilioMessage: Parser = {
  name: 'Twilio message',
  cases: 100_000,
  play: (random) => {
    const data = messageBytes(random, messages);
    const decoded = decodeMessage(data, sid);
    if (decoded.kind === 'media') {
      must(decoded.mulaw.length > 0 && decoded.mulaw.length <= 1_600, 'at most 200 ms');
      must(decoded.timestampMs === undefined || Number.isSafeInteger(decoded.timestampMs), 'a time is a whole number');
    }
    if (decoded.kind !== 'bad') must(isJson(data.toString('utf8')), 'what is no JSON is no message');
    must(isDeepStrictEqual(plain(decoded), plain(decodeAnyMessage(data))), 'the same on the fast and the slow way');
    if ('streamSid' in decoded) must(/^[A-Za-z0-9]{1,64}$/.test(decoded.streamSid), 'a plain id');
    if (decoded.kind === 'start')
      must(
        Object.values(decoded.parameters).every((value) => value.length <= 500),
        'parameters of at most 500 characters',
      );
    legOf(1, stream, []).receive(data, random.oneIn(50));
    otherSpeaks();
  },
  large: (size) => {
    // What a socket takes is at most 64 KiB.
    const most = Math.min(size, 65_536);
    for (const piece of ['[', '{"a":', '"', '\\', 'a', '{}', '\u202e', '\\u0000'])
      decodeMessage(Buffer.from(`{"event":"media","media":{"payload":"${filled(piece, most)}`));
    decodeMessage(Buffer.from(`{"event":"x","a":[${filled('{},', most)}{}]}`));
    decodeMessage(Buffer.from(`{"event":"start","a":{${Array.from({ length: most / 8 }, (_, at) => `"${at}":1`).join()}}}`));
  },
};

/** Bytes are compared as a list: the fast way decodes into memory that is shared. */
const plain = (decoded: object): object =>
  'mulaw' in decoded && decoded.mulaw instanceof Uint8Array ? { ...decoded, mulaw: decoded.mulaw.toString() } : decoded;

const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const room = Buffer.alloc(600);
const written = Buffer.alloc(800);

const base64: Parser = {
  name: 'base64',
  cases: 100_000,
  play: (random) => {
    const bytes = random.bytes(random.oneIn(3) ? 330 : 12);
    const whole = bytes.toString('base64');
    must(encodeBase64Into(bytes, written, 0) === base64Length(bytes.length), 'as long as is said');
    must(written.toString('latin1', 0, whole.length) === whole, 'the same as Node writes');
    const candidate = random.oneIn(3) ? whole : random.oneIn(6) ? text(random) : damaged(random, whole);
    const isClean = strict.test(candidate);
    const expected = Buffer.from(candidate, 'base64');
    const asText = decodeBase64(candidate);
    must(isClean ? asText !== undefined && expected.equals(asText) : asText === undefined, `text: clean is ${isClean}`);
    const raw = Buffer.from(candidate);
    const length = decodeBase64Into(raw, { from: 0, to: raw.length }, room);
    const fits = isClean && raw.length > 0 && (raw.length / 4) * 3 <= room.length;
    must(fits ? expected.equals(room.subarray(0, length)) : length === -1, `bytes: clean is ${isClean}, length ${length}`);
  },
  large: (size) => {
    const out = Buffer.alloc(size);
    for (const piece of ['A', '=', '-', '@', ' ']) {
      decodeBase64(filled(piece, size));
      decodeBase64Into(Buffer.from(filled(piece, size)), { from: 0, to: size }, out);
    }
  },
};

const links = {
  media: 'wss://gw.example.com/twilio/media',
  after: 'https://gw.example.com/twilio/after?a=1&b=2',
  streamStatus: 'https://gw.example.com/s',
  transfer: 'https://gw.example.com/t',
  payment: 'https://gw.example.com/p',
};
const references: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  '#9': '\t',
  '#10': '\n',
  '#13': '\r',
};
/** Reads what an element or an attribute holds, as XML 1.0 has it; undefined: not well-formed. */
const unescaped = (content: string): string | undefined =>
  /[<>"]|&(?!(?:amp|lt|gt|quot|apos|#9|#10|#13);)/.test(content)
    ? undefined
    : content.replaceAll(/&([^;]+);/g, (_, name: string) => references[name] ?? '');

/** What somebody can have a say in, with the words that must be in the document. */
const stepWith = (random: Random, words: string): readonly [NextStep, string] => {
  const steps: readonly [readonly [NextStep, string], ...(readonly [NextStep, string])[]] = [
    [{ kind: 'goodbye', words }, words.slice(0, 3_000)],
    [{ kind: 'wait', words, seconds: 3 }, words.slice(0, 3_000)],
    [{ kind: 'dial', number: words }, words],
    [{ kind: 'dial-sip', address: words }, words],
    [{ kind: 'enqueue', queue: words }, words],
    [{ kind: 'enqueue', queue: 'q', workflow: 'WW1', attributes: words }, words],
    [{ kind: 'redirect', url: words }, words],
  ];
  return random.pick(steps);
};

const elements: Readonly<Record<string, string>> = { dial: 'Dial', 'dial-sip': 'Sip', redirect: 'Redirect' };

/** What stands in the element that a step puts its words into; an empty one has no end tag. */
const wordsIn = (document: string, step: NextStep['kind']): string | undefined => {
  const name = step === 'enqueue' ? (document.includes('workflowSid') ? 'Task' : 'Enqueue') : (elements[step] ?? 'Say');
  const [, content, empty] = new RegExp(`<${name}(?: [^>]*?)?(?:>([^<]*)</${name}>|(/>))`).exec(document) ?? [];
  return empty === undefined ? content : '';
};

const twimlWriter: Parser = {
  name: 'TwiML writer',
  cases: 100_000,
  play: (random) => {
    const words = random.oneIn(3) ? damaged(random, 'Hello, <you> & "me".') : `${text(random)}${text(random)}`;
    const isStream = random.oneIn(4);
    const [step, expected] = isStream ? [{ kind: 'connect', cause: 'answer' } as const, words] : stepWith(random, words);
    const document = twiml(step, links, { token: words });
    must(document.isWellFormed(), 'no lone surrogate');
    const found = isStream ? /<Parameter name="token" value="([^"]*)"\/>/.exec(document)?.[1] : wordsIn(document, step.kind);
    must(found !== undefined && unescaped(found) === legalText(expected), `the same words, not ${found}`);
    // Twilio's own reading of it, as we know it: much slower than the rest.
    if (random.oneIn(10)) must(readTwiml('text/xml', document).kind === 'document', 'a document that the carrier takes');
  },
  large: (size) => {
    for (const piece of ['<', '&', ']]>', '\u0000', '\ud800', "'", 'a'])
      twiml({ kind: 'redirect', url: filled(piece, size) }, links);
  },
};

export const carrierParsers: readonly Parser[] = [twilioMessage, base64, twimlWriter];
