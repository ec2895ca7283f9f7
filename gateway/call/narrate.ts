import type { WallTime } from '../../infra/brand.ts';
import type { ContextFact } from '../../store/context/event.ts';
import type { Heard } from './playback.ts';

/** A fact with the time it happened; for speech, when it started. */
export interface Dated {
  readonly fact: ContextFact;
  readonly at: WallTime;
}

/** Caller turns whose words are not known yet, and agent items that were not written down to their end. */
export interface Narration {
  readonly turns: ReadonlyMap<string, WallTime>;
  readonly items: ReadonlyMap<string, Item>;
}

interface Item {
  readonly agent: string;
  readonly text: string;
  readonly startedAt: WallTime;
  readonly ended: boolean;
  /** What was heard of it when it was cut off. */
  readonly cutAt: Heard | undefined;
  /** What was heard of it so far, while it is still generated. */
  readonly heard: Heard | undefined;
}

export type Told =
  | { readonly type: 'caller-started'; readonly turn: string; readonly at: WallTime }
  | { readonly type: 'caller-transcribed'; readonly turn: string; readonly text: string | null; readonly at: WallTime }
  /** Another session hears these words again and tells of them. */
  | { readonly type: 'caller-retold'; readonly turn: string }
  | {
      readonly type: 'agent-text';
      readonly item: string;
      readonly agent: string;
      readonly delta: string;
      readonly at: WallTime;
    }
  /** All of the item was generated; `heard` so far. */
  | {
      readonly type: 'agent-ended';
      readonly item: string;
      readonly agent: string;
      readonly text: string;
      readonly heard: Heard;
      readonly at: WallTime;
    }
  /** It is known for good what was heard of the item. */
  | { readonly type: 'agent-heard'; readonly heard: Heard };

export const noNarration: Narration = { turns: new Map(), items: new Map() };

export interface Narrated {
  readonly narration: Narration;
  readonly facts: readonly Dated[];
}

/**
 * The part of a text that was heard, by time: speech has no word marks, so the share of the audio is the share of the letters, cut
 * at a word's end.
 */
export const heardText = (text: string, heard: Heard): string => {
  if (heard.saidMs <= 0 || heard.heardMs <= 0) return '';
  if (heard.heardMs >= heard.saidMs) return text;
  const letters = Math.floor((text.length * heard.heardMs) / heard.saidMs);
  const end = text.lastIndexOf(' ', letters);
  return end <= 0 ? '' : text.slice(0, end);
};

const withEntry = <Value>(map: ReadonlyMap<string, Value>, key: string, value: Value): ReadonlyMap<string, Value> =>
  new Map(map).set(key, value);

const without = <Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> => {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
};

const agentSaid = (item: string, known: Item, heard: Heard): Dated => ({
  at: known.startedAt,
  fact: {
    type: 'agent-said',
    item,
    agent: known.agent,
    text: known.text,
    heardText: heardText(known.text, heard),
    saidMs: Math.round(heard.saidMs),
    heardMs: Math.round(heard.heardMs),
  },
});

/** Phone and session events become context events: pure. An item is written when it was generated, and again when it is known what was heard. */
export const narrate = (narration: Narration, told: Told): Narrated => {
  switch (told.type) {
    case 'caller-started':
      return { narration: { ...narration, turns: withEntry(narration.turns, told.turn, told.at) }, facts: [] };
    case 'caller-transcribed': {
      const at = narration.turns.get(told.turn) ?? told.at;
      const fact = { type: 'caller-said', turn: told.turn, text: told.text } as const;
      return { narration: { ...narration, turns: without(narration.turns, told.turn) }, facts: [{ fact, at }] };
    }
    case 'caller-retold':
      return { narration: { ...narration, turns: without(narration.turns, told.turn) }, facts: [] };
    case 'agent-text': {
      const known = narration.items.get(told.item) ?? {
        agent: told.agent,
        text: '',
        startedAt: told.at,
        ended: false,
        cutAt: undefined,
        heard: undefined,
      };
      const item = { ...known, text: known.text + told.delta };
      return { narration: { ...narration, items: withEntry(narration.items, told.item, item) }, facts: [] };
    }
    case 'agent-ended':
      return endedOf(narration, told);
    case 'agent-heard':
      return heardOf(narration, told.heard);
  }
};

const endedOf = (narration: Narration, told: Extract<Told, { type: 'agent-ended' }>): Narrated => {
  const known = narration.items.get(told.item);
  const cutAt = known?.cutAt;
  const item = {
    agent: told.agent,
    text: told.text,
    startedAt: known?.startedAt ?? told.at,
    ended: true,
    cutAt,
    heard: undefined,
  };
  const heard = cutAt === undefined ? told.heard : { ...told.heard, heardMs: cutAt.heardMs };
  const done = cutAt !== undefined || (heard.saidMs > 0 && heard.heardMs >= heard.saidMs);
  const items = done ? without(narration.items, told.item) : withEntry(narration.items, told.item, item);
  return { narration: { ...narration, items }, facts: [agentSaid(told.item, item, heard)] };
};

const heardOf = (narration: Narration, heard: Heard): Narrated => {
  const known = narration.items.get(heard.item);
  const whole = heard.heardMs >= heard.saidMs;
  // More of it may come: a mark behind the newest piece is not the end of an item that is still generated.
  if (known === undefined) return { narration, facts: [] };
  if (whole && !known.ended) {
    return { narration: { ...narration, items: withEntry(narration.items, heard.item, { ...known, heard }) }, facts: [] };
  }
  const items = known.ended
    ? without(narration.items, heard.item)
    : withEntry(narration.items, heard.item, { ...known, cutAt: heard });
  return { narration: { ...narration, items }, facts: [agentSaid(heard.item, known, heard)] };
};

/** Items that will never end, because their session is gone: what was heard of them is written. `isGone` says which. */
export const abandoned = (narration: Narration, isGone: (item: string) => boolean): Narrated => {
  const gone = [...narration.items].filter(([item]) => isGone(item));
  const facts = gone.flatMap(([item, known]) =>
    known.ended || known.cutAt !== undefined || known.heard === undefined ? [] : [agentSaid(item, known, known.heard)],
  );
  const items = new Map([...narration.items].filter(([item, { ended }]) => ended || !isGone(item)));
  return { narration: { ...narration, items }, facts };
};

/** The end: turns that were never transcribed are written without words, so the bundle knows that the caller spoke. */
export const lastFacts = (narration: Narration): readonly Dated[] =>
  [...narration.turns].map(([turn, at]) => ({ at, fact: { type: 'caller-said', turn, text: null } as const }));
