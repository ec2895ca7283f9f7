/** A message of the gateway as Twilio takes it, or why it doesn't: exactly the documented fields, nothing more. */
export type GatewayMessage =
  | { readonly kind: 'media'; readonly mulaw: Uint8Array }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'clear' }
  | { readonly kind: 'refused'; readonly code: 31950 | 31951; readonly why: string };

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;

const refused = (why: string): GatewayMessage => ({ kind: 'refused', code: 31951, why });
const malformed = (why: string): GatewayMessage => ({ kind: 'refused', code: 31950, why });

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What is wrong with the names of an object's fields, or undefined. */
const misnamed = (where: string, fields: Fields, expected: readonly string[]): string | undefined => {
  const missing = expected.find((name) => !(name in fields));
  if (missing !== undefined) return `${where}${missing} is missing`;
  const extra = Object.keys(fields).find((name) => !expected.includes(name));
  return extra === undefined ? undefined : `${where}${extra} is not a field of it`;
};

const readInner = (event: 'media' | 'mark', value: unknown): GatewayMessage => {
  const inner = fieldsOf(value);
  if (inner === undefined) return refused(`${event} is not an object`);
  const field = event === 'media' ? 'payload' : 'name';
  const wrong = misnamed(`${event}.`, inner, [field]);
  if (wrong !== undefined) return refused(wrong);
  const text = inner[field];
  if (typeof text !== 'string') return refused(`${event}.${field} is not a string`);
  if (event === 'mark') return { kind: 'mark', name: text };
  return base64.test(text) ? { kind: 'media', mulaw: Buffer.from(text, 'base64') } : refused('media.payload is not base64');
};

const parse = (data: Buffer): unknown => {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
};

/** Reads one WebSocket message of the gateway on the stream `streamSid`. */
export const readGatewayMessage = (data: Buffer, binary: boolean, streamSid: string): GatewayMessage => {
  if (binary) return malformed('a binary message');
  const fields = fieldsOf(parse(data));
  if (fields === undefined) return malformed('not a JSON object');
  const event = fields['event'];
  if (event !== 'media' && event !== 'mark' && event !== 'clear') return refused(`unknown event ${JSON.stringify(event)}`);
  const wrong = misnamed('', fields, event === 'clear' ? ['event', 'streamSid'] : ['event', 'streamSid', event]);
  if (wrong !== undefined) return refused(wrong);
  if (fields['streamSid'] !== streamSid) return refused('streamSid is not the sid of this stream');
  return event === 'clear' ? { kind: 'clear' } : readInner(event, fields[event]);
};
