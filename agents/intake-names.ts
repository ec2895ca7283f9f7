/** Most fields that a line takes from an IVR, and the longest value of one, in characters. */
export const mostIntakeFields = 20;
export const longestIntakeValue = 500;

/** The field in which a key of `POST /intakes` comes back. */
export const intakeKeyField = 'intake';

/** The folded name of RFC 7433's header, in which several fields can come at once. */
export const userToUserField = 'usertouser';

/**
 * The one rule by which names of fields are compared, however they come: `SipHeader_X-Account-Id`, `x-account-id`, `account_id` and
 * `AccountId` are all `accountId`.
 */
export const foldedName = (name: string): string =>
  name
    .slice(0, 128)
    .replace(/^sipheader_/i, '')
    .replace(/^x-/i, '')
    .replaceAll(/[-_ ]/g, '')
    .toLowerCase();

/** The fields of a line's intake: folded name -> name. */
export type FieldNames = ReadonlyMap<string, string>;

export const fieldNamesOf = (names: Iterable<string>): FieldNames =>
  new Map([...names].map((name) => [foldedName(name), name]));

const places = ['City', 'State', 'Zip', 'Country'];

/**
 * What Twilio itself puts into a voice webhook, so that a field of that name would always be there and mean something else. `Digits`,
 * `SpeechResult` and `Confidence` are not among them: they are what a `<Gather>` got from the caller, and a line may want that.
 */
const ofCarrier = [
  ...['CallSid', 'AccountSid', 'From', 'To', 'CallStatus', 'Direction', 'ApiVersion', 'ForwardedFrom', 'CallerName'],
  ...['ParentCallSid', 'CallToken', 'StirVerstat', 'StirPassportToken', 'Caller', 'Called', 'ErrorCode', 'ErrorUrl'],
  ...['SipCallId', 'SipDomain', 'SipDomainSid', 'SipSourceIp', 'bodySHA256'],
  ...['From', 'To', 'Caller', 'Called'].flatMap((whose) => places.map((place) => whose + place)),
];

/** What our own streams carry. */
const ofStreams = ['token', 'expires', 'nonce', 'cause', 'verstat'];

/** Folded names that no field may have -> who needs them. */
export const takenNames: ReadonlyMap<string, string> = new Map([
  ...ofCarrier.map((name) => [foldedName(name), `Twilio sends ${name} with every call`] as const),
  ...ofStreams.map((name) => [foldedName(name), 'our own streams carry it'] as const),
  [userToUserField, 'it is a SIP header that holds other fields'],
]);

/** `intake`, which is the key, and `intake1` and so on, which our own streams carry. */
export const isKeyName = (folded: string): boolean => /^intake\d*$/.test(folded);
