import { XMLParser, XMLValidator } from 'fast-xml-parser';

export interface TwimlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly TwimlElement[];
}

export type TwimlProblemCode = 11750 | 11770 | 12100 | 12300;

export type Twiml =
  | {
      readonly kind: 'document';
      readonly verbs: readonly TwimlElement[];
      /** 12200: what is not in the schema. It was left out. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'unusable'; readonly code: TwimlProblemCode; readonly message: string };

interface Shape {
  readonly attributes: readonly string[];
  readonly children: readonly string[];
}

const shape = (attributes: string, children = ''): Shape => ({
  attributes: attributes.split(' '),
  children: children.split(' '),
});

const recording = 'record recordingStatusCallback recordingStatusCallbackEvent recordingStatusCallbackMethod trim';
const speech = 'break emphasis lang p phoneme prosody s say-as sub w';
const detection =
  'machineDetection machineDetectionTimeout machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout amdStatusCallback amdStatusCallbackMethod';
const callbacks = 'statusCallback statusCallbackEvent statusCallbackMethod';

/** The part of TwiML's schema that a voice gateway can use. `anything` inside: what is there is not looked at. */
const shapes: Readonly<Record<string, Shape | 'anything'>> = {
  Response: shape('', 'Connect Dial Enqueue Gather Hangup Leave Pause Pay Play Record Redirect Refer Reject Say Start Stop'),
  Connect: shape('action method', 'Stream ConversationRelay Room VirtualAgent'),
  Stream: shape('url name track statusCallback statusCallbackMethod', 'Parameter'),
  Parameter: shape('name value'),
  Say: shape('voice language loop', speech),
  ...Object.fromEntries(speech.split(' ').map((name) => [name, 'anything' as const])),
  Play: shape('loop digits'),
  Pause: shape('length'),
  Redirect: shape('method'),
  Hangup: shape(''),
  Leave: shape(''),
  Reject: shape('reason'),
  Dial: shape(
    `action method answerOnBridge callerId events hangupOnStar passports recordingTrack referUrl referMethod ringTone sequential timeLimit timeout ${recording}`,
    'Number Client Sip Conference Queue Sim WhatsApp Application',
  ),
  Number: shape(`url method sendDigits byoc ${callbacks} ${detection}`),
  Sip: shape(`url method username password ${callbacks} ${detection}`),
  Client: shape(`url method ${callbacks}`, 'Identity Parameter'),
  Conference: shape(
    `startConferenceOnEnter endConferenceOnExit beep muted waitUrl waitMethod maxParticipants participantLabel coach jitterBufferSize region eventCallbackUrl ${callbacks} ${recording}`,
  ),
  Queue: shape('url method reservationSid postWorkActivitySid'),
  Enqueue: shape('action method waitUrl waitUrlMethod maxQueueSize workflowSid', 'Task'),
  Task: shape('priority timeout'),
  Gather: shape(
    'input action method timeout finishOnKey numDigits actionOnEmptyResult bargeIn language hints profanityFilter partialResultCallback partialResultCallbackMethod speechTimeout speechModel maxSpeechTime enhanced debug',
    'Say Play Pause',
  ),
  Pay: shape(
    'input action bankAccountType chargeAmount currency description language maxAttempts minPostalCodeLength paymentConnector paymentMethod postalCode securityCode statusCallback statusCallbackMethod timeout tokenType validCardTypes',
    'Prompt Parameter',
  ),
  Prompt: shape('for errorType cardType attempt requireMatchingInputs', 'Say Play Pause'),
  Record: 'anything',
  Refer: 'anything',
  Start: 'anything',
  Stop: 'anything',
};

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
});

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

const textOf = (nodes: readonly unknown[]): string =>
  nodes
    .flatMap((node) => entriesOf(node))
    .filter(([name]) => name === '#text')
    .map(([, text]) => String(text))
    .join('');

/** Turns the parser's ordered nodes into elements; declarations, comments and text are left out. */
const elementsOf = (nodes: readonly unknown[]): TwimlElement[] =>
  nodes.flatMap((node) => {
    const fields = entriesOf(node);
    const attributes = Object.fromEntries(
      entriesOf(fields.find(([name]) => name === ':@')?.[1]).map(([name, value]) => [name, String(value)]),
    );
    return fields
      .filter(([name]) => /^[A-Za-z]/.test(name))
      .map(([name, inner]) => {
        const children: readonly unknown[] = Array.isArray(inner) ? inner : [];
        return { name, attributes, text: textOf(children), children: elementsOf(children) };
      });
  });

/** Drops what the schema doesn't know, noting it in `warnings`. */
const pruned = (element: TwimlElement, warnings: string[]): TwimlElement => {
  const known = shapes[element.name];
  if (known === undefined || known === 'anything') return element;
  const attributes = Object.entries(element.attributes).filter(([name]) => {
    const fits = known.attributes.includes(name);
    if (!fits) warnings.push(`<${element.name}> has no attribute ${name}`);
    return fits;
  });
  const children = element.children.filter((child) => {
    const fits = known.children.includes(child.name);
    if (!fits) warnings.push(`<${child.name}> can't stand in <${element.name}>`);
    return fits;
  });
  return {
    ...element,
    attributes: Object.fromEntries(attributes),
    children: children.map((child) => pruned(child, warnings)),
  };
};

const unusable = (code: TwimlProblemCode, message: string): Twiml => ({ kind: 'unusable', code, message });

/** Reads a TwiML document as strictly as Twilio's debugger does. */
export const readTwiml = (contentType: string | undefined, body: string): Twiml => {
  const size = Buffer.byteLength(body);
  if (size > 64 * 1024) return unusable(11750, 'the document is larger than 64 kB');
  if (body.trim() === '') return unusable(11770, 'the document is empty');
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'text/xml' && mediaType !== 'application/xml')
    return unusable(12300, `content type ${contentType ?? 'missing'}`);
  const checked = XMLValidator.validate(body);
  if (checked !== true) return unusable(12100, `line ${checked.err.line}: ${checked.err.msg}`);
  const parsed: unknown = parser.parse(body);
  const [root] = elementsOf(Array.isArray(parsed) ? parsed : []);
  if (root?.name !== 'Response') return unusable(12100, 'the root element is not <Response>');
  const warnings: string[] = [];
  return { kind: 'document', verbs: pruned(root, warnings).children, warnings };
};
