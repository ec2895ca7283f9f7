import { isDeepStrictEqual } from 'node:util';
import { foldCall } from '../../../store/context/fold.ts';
import { seal, sealingKey, unseal } from '../../../store/context/seal.ts';
import { decodeEvent, decodeLog, encodeEvent } from '../../../store/context/wire.ts';
import { eventsFrom, newCallId } from '../../contracts/context-store.ts';
import { filled, must, type Parser } from '../parser.ts';
import { damaged, disturbed, jsonText, type Random, text } from '../random.ts';
import { keepsItsKeys } from '../runs.ts';

const place = { v: 1, seq: 1, term: 1, at: 1_767_225_600_000 };
const events: readonly [object, ...object[]] = [
  { ...place, type: 'call-started', from: '+1', to: '+2', line: 'l', ivr: { a: 'b' } },
  { ...place, type: 'bound', agent: 'support', epoch: 1, cause: 'answer' },
  { ...place, type: 'caller-said', turn: 't', text: null },
  { ...place, type: 'tool-called', tool: 'look', toolCallId: 'c', agent: 'support', arguments: { a: 1 }, effect: 'reads' },
  { ...place, type: 'fact-learned', key: 'tier', value: 'Pro', source: 'tool', verified: true },
  { ...place, type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false },
];
const callId = newCallId();
const good = eventsFrom(1, 6).map(encodeEvent);
const goodBundle = JSON.stringify(foldCall(callId, decodeLog(good).events));

const stored = (random: Random): string => {
  const way = random.below(12);
  if (way === 0) return text(random);
  if (way === 1) return jsonText(random);
  const one: Record<string, unknown> = { ...random.pick(events) };
  if (way === 2) return JSON.stringify({ ...one, v: random.pick([2, 99, 0, -1, 1.5]) });
  return way < 8 ? JSON.stringify(disturbed(random, one)) : damaged(random, JSON.stringify(one));
};

const key = sealingKey(Buffer.alloc(32, 7));
const sealed = seal(key, { text: '{"secret":"of a caller"}', place: 'event|a|1', nonce: Buffer.alloc(12, 1) });

/** One bit, one character or one piece is another: it may not open, and never as something else. */
const openDamaged = (random: Random): void => {
  const at = random.below(sealed.length);
  const flipped =
    sealed.slice(0, at) + String.fromCharCode(sealed.charCodeAt(at) ^ (1 << random.below(7))) + sealed.slice(at + 1);
  const changed = random.oneIn(2) ? flipped : damaged(random, sealed);
  const opened = unseal(key, changed, 'event|a|1');
  must((opened.kind === 'text') === (changed === sealed), 'what is changed does not open');
  must(unseal(key, sealed, random.pick(['event|a|2', 'event|b|1', text(random)])).kind === 'damaged', 'nor what is moved');
};

const bundle: Parser = {
  name: 'bundle',
  cases: 100_000,
  play: (random) => {
    const one = stored(random);
    const event = decodeEvent(one);
    if ('bad' in event) must(/\w/.test(event.bad), 'words for what is wrong');
    else {
      const again = encodeEvent(event);
      if (keepsItsKeys(again)) must(isDeepStrictEqual(decodeEvent(again), event), 'an event can be written again');
    }
    const at = random.below(good.length + 1);
    const log: (string | undefined)[] = [...good];
    log[at] = random.oneIn(4) ? undefined : one;
    const { events: read, damage } = decodeLog(log);
    must(read.length + (damage?.unreadable ?? 0) === log.length, 'each is read or counted');
    JSON.stringify(foldCall(callId, read));
    if (random.oneIn(4)) openDamaged(random);
    // The bundle of a call that nobody touched.
    if (random.oneIn(16))
      must(JSON.stringify(foldCall(callId, decodeLog(good).events)) === goodBundle, 'another bundle is as it was');
  },
  large: (size) => {
    for (const piece of ['[', '"', '{"a":', '\\', 'a']) decodeEvent(filled(piece, size));
    decodeEvent(JSON.stringify({ ...place, type: 'caller-said', turn: 't', text: filled('a', size) }));
    unseal(key, `tls1.${filled('A', size)}`, 'event|a|1');
    unseal(key, `tls1.${filled('-', size)}`, 'event|a|1');
  },
};

export const storedParsers: readonly Parser[] = [bundle];
