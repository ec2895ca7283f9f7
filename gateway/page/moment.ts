import type { CallEntry, Speech } from './call-entry.ts';
import { inShort, inWords } from './in-short.ts';

/** Call time as people write it: 0:07.3 */
export const momentText = (ms: number): string => {
  const tenths = Math.max(0, Math.round(ms / 100));
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
};

/** Something that was known from a moment on. */
export interface Known {
  readonly at: number;
  readonly key: string;
  readonly value: string;
  readonly source: string;
  /** When a later value took its place; undefined: never. */
  readonly until: number | undefined;
}

const fromEntry = (entry: CallEntry): Omit<Known, 'until'> | undefined => {
  if (entry.kind === 'ring') return { at: entry.at, key: 'callerNumber', value: entry.from, source: 'the phone network' };
  if (entry.kind === 'learned') {
    return { at: entry.at, key: entry.key, value: inShort(entry.value), source: entry.source };
  }
  if (entry.kind === 'wrote') return { at: entry.at, key: 'personWrote', value: entry.notes, source: 'the person' };
  if (entry.kind === 'tried')
    return { at: entry.at, key: `tried: ${entry.solution}`, value: entry.outcome, source: 'agent' };
  return undefined;
};

/** All that became known, in order; what only repeats what is known is left out. */
export const knownOver = (entries: readonly CallEntry[]): Known[] => {
  const known: { at: number; key: string; value: string; source: string; until: number | undefined }[] = [];
  for (const entry of entries) {
    const found = fromEntry(entry);
    if (found === undefined) continue;
    const before = known.findLast(({ key }) => key === found.key);
    if (before?.value === found.value) continue;
    if (before !== undefined) before.until = found.at;
    known.push({ ...found, until: undefined });
  }
  return known;
};

export const knownName = (key: string): string => (key.startsWith('tried: ') ? key : inWords(key));

/** Who is heard on the agents' side, from when to when; together they cover the whole call. */
export interface Reign {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

export const reignsOf = (entries: readonly CallEntry[], endMs: number): Reign[] => {
  const speeches = entries.filter((entry): entry is Speech => entry.kind === 'speech' && entry.who !== 'caller');
  const starts = speeches.filter(({ who }, at) => speeches[at - 1]?.who !== who);
  return starts.map(({ who, at }, number) => ({
    agent: who,
    from: number === 0 ? 0 : at,
    to: starts[number + 1]?.at ?? endMs,
  }));
};
