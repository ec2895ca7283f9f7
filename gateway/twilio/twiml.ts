import type { TransferRef } from '../../store/transfers.ts';
import type { NextStep, Opening, PaymentRef, PersonStep } from '../call/ports.ts';

/** Where a stream goes and where the carrier asks on. Absolute URLs. */
export interface TwimlLinks {
  readonly media: string;
  readonly after: string;
  readonly streamStatus: string;
  /** What is asked about a transfer is under it: see `transferUrl`. */
  readonly transfer: string;
  /** The same for payments: see `paymentUrl`. */
  readonly payment: string;
}

/** Who asks what about a transfer. */
export type TransferStep = 'whisper' | 'key' | 'hold' | 'left' | 'status' | 'machine' | 'wait' | 'back';

/** Where the carrier asks about a transfer. The names in it are ours, and the carrier's signature covers them. */
export const transferUrl = (
  links: Pick<TwimlLinks, 'transfer'>,
  { callId, transfer }: TransferRef,
  step: TransferStep,
): string => `${links.transfer}/${callId}/${transfer}/${step}`;

/** Where the carrier asks on after a payment. */
export const paymentUrl = (links: Pick<TwimlLinks, 'payment'>, { callId, payment }: PaymentRef): string =>
  `${links.payment}/${callId}/${payment}/back`;

/** Longest text that is spoken, in characters: keeps a document far below Twilio's 64 kB. */
const maxWords = 3_000;

// XML 1.0 holds no control characters but these three, no lone surrogate and neither U+FFFE nor U+FFFF.
const illegal = /(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** The same text without the characters that no XML document can hold. */
export const legalText = (text: string): string => text.replace(illegal, '');

const escaped = (text: string): string =>
  legalText(text).replace(/[&<>"'\t\n\r]/g, (character) => references[character] ?? '');

interface Element {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly content?: string | readonly Element[];
}

const serialize = ({ name, attributes = {}, content = '' }: Element): string => {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const inner = typeof content === 'string' ? escaped(content) : content.map(serialize).join('');
  return inner === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inner}</${name}>`;
};

const say = (words: string, language?: string): Element => ({
  name: 'Say',
  ...(language === undefined ? {} : { attributes: { language } }),
  content: words.slice(0, maxWords),
});
const pause = (seconds: number): Element => ({ name: 'Pause', attributes: { length: String(seconds) }, content: '' });
const hangUp: Element = { name: 'Hangup' };

const connect = (links: TwimlLinks, parameters: Readonly<Record<string, string>>): Element => ({
  name: 'Connect',
  attributes: { action: links.after, method: 'POST' },
  content: [
    {
      name: 'Stream',
      attributes: {
        url: links.media,
        name: 'agent',
        statusCallback: links.streamStatus,
        statusCallbackMethod: 'POST',
      },
      content: Object.entries(parameters).map(([name, value]) => ({ name: 'Parameter', attributes: { name, value } })),
    },
  ],
});

/** With `answerOnBridge` a call that is not answered yet rings on, and costs nothing, until somebody takes it. */
const dial = (links: TwimlLinks, content: Element['content']): Element => ({
  name: 'Dial',
  attributes: { answerOnBridge: 'true', action: links.after, method: 'POST' },
  ...(content === undefined ? {} : { content }),
});

/** Both may end the room: the agent is not in it, and nobody may be left there alone. No verb follows: what is next is asked for. */
const room = (links: TwimlLinks, ref: TransferRef, who: 'caller' | 'person'): Element => ({
  name: 'Dial',
  attributes: {
    action: transferUrl(links, ref, who === 'caller' ? 'back' : 'left'),
    method: 'POST',
    ...(who === 'person' ? { hangupOnStar: 'true' } : {}),
  },
  content: [
    {
      name: 'Conference',
      attributes: {
        beep: 'false',
        startConferenceOnEnter: who === 'person' ? 'true' : 'false',
        endConferenceOnExit: 'true',
        participantLabel: who,
        waitUrl: transferUrl(links, ref, who === 'person' ? 'hold' : 'wait'),
        waitMethod: 'POST',
      },
      content: `${ref.callId}-${ref.transfer}`,
    },
  ],
});

/** A person who is rung with the caller on the line. */
const ring = (links: TwimlLinks, { ref, address, callerId, ringSeconds }: Extract<NextStep, { kind: 'ring' }>): Element => ({
  name: 'Dial',
  attributes: {
    action: transferUrl(links, ref, 'back'),
    method: 'POST',
    timeout: String(ringSeconds),
    ...(callerId === undefined ? {} : { callerId }),
  },
  content: [{ name: address.startsWith('sip') ? 'Sip' : 'Number', content: address }],
});

/**
 * A card by keypad, asked for and charged by the carrier. No `statusCallback`: what it tells of the single fields is no business of ours.
 * In the account's PCI mode the carrier redacts its own logs, too.
 */
const pay = (links: TwimlLinks, { ref, charge }: Extract<NextStep, { kind: 'pay' }>): Element => ({
  name: 'Pay',
  attributes: {
    input: 'dtmf',
    paymentMethod: 'credit-card',
    chargeAmount: charge.amount,
    currency: charge.currency,
    ...(charge.description === undefined ? {} : { description: charge.description }),
    ...(charge.connector === undefined ? {} : { paymentConnector: charge.connector }),
    action: paymentUrl(links, ref),
  },
});

/** How long a person may think before the question comes again, in seconds. */
const thinkSeconds = '6';

const asksForKey = (links: TwimlLinks, ref: TransferRef, words: string): Element => ({
  name: 'Gather',
  attributes: {
    input: 'dtmf',
    numDigits: '1',
    timeout: thinkSeconds,
    action: transferUrl(links, ref, 'key'),
    method: 'POST',
  },
  content: [say(words)],
});

const keys = 'Press 1 to take the call. Press 2 if you cannot.';

const personVerbs = (step: PersonStep, links: TwimlLinks): readonly Element[] => {
  switch (step.kind) {
    case 'whisper':
      return [
        asksForKey(links, step.ref, `${step.words} ${keys}`),
        asksForKey(links, step.ref, keys),
        { name: 'Redirect', attributes: { method: 'POST' }, content: transferUrl(links, step.ref, 'key') },
      ];
    case 'host':
      // The agent says its last words meanwhile.
      return [say('One moment, please.'), room(links, step.ref, 'person')];
    case 'goodbye':
      return [say(step.words), hangUp];
  }
};

/** The document of the wait in the room: quiet, and a look whether somebody comes, again and again. */
const waiting = (links: TwimlLinks, { ref, step, looks }: Wait): readonly Element[] => [
  pause(2),
  { name: 'Redirect', attributes: { method: 'POST' }, content: `${transferUrl(links, ref, step)}?looks=${looks + 1}` },
];

/** With a workflow the queue is TaskRouter's choice, by the task's attributes. */
const enqueue = (
  links: TwimlLinks,
  { queue, workflow, attributes, ref }: Extract<NextStep, { kind: 'enqueue' }>,
): Element => ({
  name: 'Enqueue',
  attributes: {
    action: ref === undefined ? links.after : transferUrl(links, ref, 'back'),
    method: 'POST',
    ...(workflow === undefined ? {} : { workflowSid: workflow }),
  },
  content: workflow === undefined ? queue : [{ name: 'Task', content: attributes ?? JSON.stringify({ queue }) }],
});

const redirect = (url: string): Element => ({ name: 'Redirect', attributes: { method: 'POST' }, content: url });

const said = (words: string | undefined): readonly Element[] => (words === undefined ? [] : [say(words)]);

/** A verb of its own, before the stream: the caller hears it out, and no model has a say in it. */
const disclosed = (opening: Opening | undefined): readonly Element[] =>
  opening === undefined ? [] : [say(opening.words, opening.tag)];

const verbs = (step: NextStep, links: TwimlLinks, parameters: Readonly<Record<string, string>>): readonly Element[] => {
  switch (step.kind) {
    case 'connect':
      return [...disclosed(step.opening), connect(links, parameters)];
    case 'wait':
      return [say(step.words), pause(step.seconds), redirect(links.after)];
    case 'goodbye':
      return [say(step.words), hangUp];
    case 'dial':
      return [...said(step.words), dial(links, step.number)];
    case 'dial-sip':
      return [...said(step.words), dial(links, [{ name: 'Sip', content: step.address }])];
    case 'enqueue':
      return [...said(step.words), enqueue(links, step)];
    case 'redirect':
      return [...said(step.words), redirect(step.url)];
    case 'join':
      return [room(links, step.ref, 'caller')];
    case 'ring':
      return [ring(links, step)];
    case 'pay':
      return [pay(links, step)];
    case 'hang-up':
      return [hangUp];
  }
};

const document = (content: readonly Element[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>${serialize({ name: 'Response', content })}`;

/** The same for the leg of a person. */
export const personTwiml = (step: PersonStep, links: TwimlLinks): string => document(personVerbs(step, links));

/** Who waits in the room: `wait` the caller, `hold` the person; and how often they were looked after. */
export interface Wait {
  readonly ref: TransferRef;
  readonly step: 'wait' | 'hold';
  readonly looks: number;
}

/** What somebody hears who is in the room before the other. */
export const waitingTwiml = (links: TwimlLinks, wait: Wait): string => document(waiting(links, wait));

/** The TwiML document that makes the carrier take `step`. `parameters` travel with a stream and are ignored by other steps. */
export const twiml = (step: NextStep, links: TwimlLinks, parameters: Readonly<Record<string, string>> = {}): string =>
  document(verbs(step, links, parameters));
