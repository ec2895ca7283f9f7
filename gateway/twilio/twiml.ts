import type { NextStep } from '../call/ports.ts';

/** Where a stream goes and where the carrier asks on. Absolute URLs. */
export interface TwimlLinks {
  readonly media: string;
  readonly after: string;
  readonly streamStatus: string;
}

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

const say = (words: string): Element => ({ name: 'Say', content: words.slice(0, maxWords) });
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

/** With a workflow the queue is TaskRouter's choice, by the task's attributes. */
const enqueue = (links: TwimlLinks, { queue, workflow }: Extract<NextStep, { kind: 'enqueue' }>): Element => ({
  name: 'Enqueue',
  attributes: { action: links.after, method: 'POST', ...(workflow === undefined ? {} : { workflowSid: workflow }) },
  content: workflow === undefined ? queue : [{ name: 'Task', content: JSON.stringify({ queue }) }],
});

const redirect = (url: string): Element => ({ name: 'Redirect', attributes: { method: 'POST' }, content: url });

const said = (words: string | undefined): readonly Element[] => (words === undefined ? [] : [say(words)]);

const verbs = (step: NextStep, links: TwimlLinks, parameters: Readonly<Record<string, string>>): readonly Element[] => {
  switch (step.kind) {
    case 'connect':
      return [connect(links, parameters)];
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
    case 'hang-up':
      return [hangUp];
  }
};

/** The TwiML document that makes the carrier take `step`. `parameters` travel with a stream and are ignored by other steps. */
export const twiml = (step: NextStep, links: TwimlLinks, parameters: Readonly<Record<string, string>> = {}): string =>
  `<?xml version="1.0" encoding="UTF-8"?>${serialize({ name: 'Response', content: verbs(step, links, parameters) })}`;
