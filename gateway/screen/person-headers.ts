import { callerCard } from '../../agents/handoff/caller-card.ts';
import { cleanText } from '../../agents/tools/safe-json.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { ScreenView } from '../call/ports.ts';

/** What travels with a call to a person's system. */
export interface PersonContext {
  readonly bundle: ContextBundle;
  readonly transfer: Pick<ScreenView['transfer'], 'to' | 'reason'>;
  /** To the page of the person. */
  readonly link: string;
}

/** Twilio: all headers of a SIP address together, as they are written in it. */
const mostCharacters = 1_024;

/** Of the JSON in `User-to-User`: as hex twice as many characters, so half of all there is. */
const mostUserBytes = 256;
const longestReason = 160;
const longestWords = 60;

interface Header {
  readonly name: string;
  readonly value: string;
}

const written = ({ name, value }: Header): string => `${name}=${encodeURIComponent(value)}`;

/** One line of printable ASCII: an INVITE with anything else may be refused on its way, and then nobody is rung. */
const asciiLine = (text: string, longest: number): string =>
  shortened(
    cleanText(text, 4 * longest)
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[‘’]/g, "'")
      .replaceAll(/[^\x20-\x7e]+/g, ' '),
    longest,
  );

/** Cut behind a word where there is one. */
const shortened = (text: string, longest: number): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= longest) return line;
  const start = line.slice(0, longest).toWellFormed();
  const end = line.charAt(longest) === ' ' ? start.length : start.lastIndexOf(' ');
  return (end > longest / 2 ? start.slice(0, end) : start).replace(/[\s\ufffd]+$/, '');
};

const oneLine = (text: string, longest: number): string => shortened(cleanText(text, 4 * longest), longest);

const bytesOf = (value: object): number => Buffer.byteLength(JSON.stringify(value));

/** The fields that fit, in order of importance: one that is too long doesn't keep later ones out. */
const fitting = (
  fields: readonly (readonly [name: string, value: string | undefined])[],
  mostBytes: number,
): Readonly<Record<string, string>> => {
  let kept: Readonly<Record<string, string>> = {};
  for (const [name, value = ''] of fields) {
    const more = { ...kept, [name]: value };
    if (value !== '' && bytesOf(more) <= mostBytes) kept = more;
  }
  return kept;
};

/** RFC 7433: hex of a compact JSON, so any script survives; it is what most exchanges pass on. */
const userToUser = ({ bundle, transfer, link }: PersonContext, room: number): Header => {
  const frame = written({ name: 'User-to-User', value: ';encoding=hex' }).length;
  const fields = [
    ['call', bundle.callId],
    ['screen', link],
    ['reason', oneLine(transfer.reason, longestWords)],
    ['mood', oneLine(bundle.sentiment ?? '', longestWords)],
    ['name', oneLine(callerCard(bundle).name?.text ?? '', longestWords)],
  ] as const;
  const known = fitting(fields, Math.min(mostUserBytes, Math.floor((room - frame) / 2)));
  const hex = Buffer.from(JSON.stringify(known)).toString('hex');
  return { name: 'User-to-User', value: Object.keys(known).length === 0 ? '' : `${hex};encoding=hex` };
};

/** What the headers say, the most important first. */
const headersOf = (person: PersonContext): readonly ((room: number) => Header)[] => {
  const { bundle, transfer, link } = person;
  const header = (name: string, value: string) => () => ({ name: `X-Throughline-${name}`, value });
  const card = callerCard(bundle);
  return [
    header('Screen', link),
    header('Call', bundle.callId),
    (room) => userToUser(person, room),
    header('Reason', asciiLine(transfer.reason, longestReason)),
    header('Caller', asciiLine(card.name?.text ?? '', longestWords)),
    header('Mood', asciiLine(bundle.sentiment ?? '', longestWords)),
    header('Tier', asciiLine(card.tier?.text ?? '', longestWords)),
  ];
};

/**
 * What a SIP target learns of the call before it rings: `X-Throughline-…` and `User-to-User` headers, percent-encoded, as the query of its
 * address. At most `room` characters in all: what doesn't fit is left out, the least important first. Pure.
 */
export const personHeaders = (person: PersonContext, room = mostCharacters): string => {
  let query = '';
  for (const make of headersOf(person)) {
    const separator = query === '' ? '' : '&';
    const left = room - query.length - separator.length;
    const header = make(left);
    const text = written(header);
    if (header.value !== '' && text.length <= left) query += separator + text;
  }
  return query;
};

/** A SIP address with the headers behind those that it has already; what it has counts towards the limit. Pure. */
export const withPersonHeaders = (address: string, person: PersonContext): string => {
  const mark = address.indexOf('?');
  const taken = mark === -1 ? '' : address.slice(mark + 1);
  const separator = taken === '' ? '' : '&';
  const more = personHeaders(person, mostCharacters - taken.length - separator.length);
  if (more === '') return address;
  return `${mark === -1 ? address : address.slice(0, mark)}?${taken}${separator}${more}`;
};
