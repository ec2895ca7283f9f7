import type { Elsewhere } from '../../agents/pilot.ts';
import type { NextStep } from './ports.ts';

/** Who takes callers whom no agent serves. */
export interface People {
  /** Where the line says that they go. */
  readonly otherwise: Elsewhere | undefined;
  /** E.164. */
  readonly fallbackNumber: string | undefined;
}

const toPersonWords = 'One moment please, I am connecting you with a colleague.';
const onwardWords = 'One moment, please.';
/** For a caller of whom nothing else is known than that nobody is there. */
export const sorryWords = 'We are sorry, our line is not available at the moment. Please call again in a few minutes.';

/** A caller who goes to another application hears that one greet, and no promise of a person. */
const stepTo = (place: Elsewhere, words: { readonly words?: string }): NextStep => {
  if ('number' in place) return { kind: 'dial', ...words, number: place.number };
  if ('sip' in place) return { kind: 'dial-sip', ...words, address: place.sip };
  if ('url' in place) return { kind: 'redirect', ...('words' in words ? { words: onwardWords } : {}), url: place.url };
  const { queue, workflow } = place;
  return { kind: 'enqueue', ...words, queue, ...(workflow === undefined ? {} : { workflow }) };
};

const numberIn = ({ fallbackNumber }: People): Elsewhere | undefined =>
  fallbackNumber === undefined ? undefined : { number: fallbackNumber };

/** By plan: where the line says, else to the fallback number; the caller notices nothing of us, so not a word is said. Else `sorryWords`. */
export const asPlanned = (people: People): NextStep => {
  const place = people.otherwise ?? numberIn(people);
  return place === undefined ? { kind: 'goodbye', words: sorryWords } : stepTo(place, {});
};

/** As we can't go on: to the fallback number, else where the line says; only when there is neither, `sorry` and the end. */
export const inNeed = (people: People, sorry: string): NextStep => {
  const place = numberIn(people) ?? people.otherwise;
  return place === undefined ? { kind: 'goodbye', words: sorry } : stepTo(place, { words: toPersonWords });
};

/** The same people, but for a place that just failed: another application whose URL the carrier could not get. */
export const without = (people: People, failedUrl: string): People => {
  const { otherwise } = people;
  const isIt = otherwise !== undefined && 'url' in otherwise && failedUrl.startsWith(otherwise.url.replace(/#.*/, ''));
  return isIt ? { ...people, otherwise: undefined } : people;
};

/** Where a step takes the caller, for the figures. */
export const whereTo = ({ kind }: NextStep): 'number' | 'sip' | 'queue' | 'url' | 'words' =>
  kind === 'dial'
    ? 'number'
    : kind === 'dial-sip'
      ? 'sip'
      : kind === 'enqueue'
        ? 'queue'
        : kind === 'redirect'
          ? 'url'
          : 'words';
