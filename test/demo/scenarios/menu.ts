import { publicUrl } from '../../world/stage.ts';
import { type ClipName, clip, clipNames, clipOf } from '../../world/voices/clips.ts';

/** Where the number leads: an application that is not ours. */
export const menuUrl = 'https://menu.acme.example/start';

/** What a caller presses for it to know them. */
export const keysToBilling = { department: '2', account: '1042#', month: '03' } as const;

const departments: Readonly<Record<string, string>> = { '1': 'support', '2': 'billing' };
/** Of the newest invoice; the menu asks for its month only. */
const invoiceYear = 2026;

const attribute = (text: string): string => text.replaceAll('&', '&amp;');

const says = (name: ClipName): string => `<Say>${clipOf(name).text}</Say>`;

const asks = (name: ClipName, keys: string, action: string): string =>
  `<Gather ${keys} action="${attribute(action)}">${says(name)}</Gather>`;

/** The verbs for one request. What was entered so far travels in the URL. */
const verbsFor = (path: string, known: URLSearchParams, digits: string): string => {
  if (path === '/start') return asks('menuDepartment', 'numDigits="1"', '/account');
  if (path === '/account') {
    known.set('department', departments[digits] ?? 'support');
    return asks('menuAccount', 'finishOnKey="#"', `/month?${known}`);
  }
  if (path === '/month') {
    known.set('accountId', `acct_${digits}`);
    return asks('menuMonth', 'numDigits="2"', `/connect?${known}`);
  }
  known.set('invoiceMonth', `${invoiceYear}-${digits}`);
  return `${says('menuConnects')}<Redirect>${attribute(`${publicUrl}/twilio/voice?${known}`)}</Redirect>`;
};

/** A menu as any TwiML application can have it: asks for three things and sends the call to us with what it got. */
export const menu = async (url: string, form: URLSearchParams): Promise<string | undefined> => {
  const { origin, pathname, searchParams } = new URL(url);
  if (origin !== new URL(menuUrl).origin) return undefined;
  return `<Response>${verbsFor(pathname, searchParams, form.get('Digits') ?? '')}</Response>`;
};

const spoken = new Map(
  clipNames.filter((name) => clipOf(name).speaker === 'menu').map((name) => [clipOf(name).text, clip(name)]),
);

/** The menu's voice; undefined for words that are not its own. */
export const menuVoice = (text: string): Uint8Array | undefined => spoken.get(text);
