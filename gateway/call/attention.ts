import type { LineDefinition } from '../../agents/definition.ts';
import { askedAgain, knownFields } from '../../agents/handoff/asked-again.ts';
import { correction } from '../../agents/handoff/briefing.ts';
import { judgeFirstWords } from '../../agents/handoff/first-words.ts';
import type { HistoryItem } from '../../agents/session.ts';
import type { Epoch } from '../../infra/brand.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { Json } from '../../store/context/event.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { Journal } from './journal.ts';

/** Whoever speaks, and can be told something silently. */
export interface Speaker {
  readonly epoch: Epoch;
  readonly agent: string;
  learn(item: HistoryItem): void;
}

export interface AttentionOptions {
  readonly line: LineDefinition;
  readonly journal: Journal;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
  /** A number that was not used on this call. */
  readonly serial: () => number;
}

/** Listens to what agents say: a specialist's first words shall show what it knows, and nobody shall ask for what is known. */
export class Attention {
  readonly #options: AttentionOptions;
  /** Sessions that have said their first words. */
  readonly #begun = new Set<Epoch>();

  constructor(options: AttentionOptions) {
    this.#options = options;
  }

  /** All of what an agent said in one go; the caller may not have heard it yet. */
  said(speaker: Speaker, words: string): void {
    if (words.trim() === '') return;
    const { line, journal } = this.#options;
    const { bundle } = journal;
    this.#judgeFirst(speaker, words, bundle);
    const found = askedAgain(words, knownFields(bundle), line.questions);
    if (found.length === 0) return;
    for (const { field, sentence } of found) {
      journal.note({ type: 'asked-again', agent: speaker.agent, field, sentence: sentence.slice(0, longestSentence) });
      this.#options.metrics.count('throughline_asked_again_total');
    }
    const known = Object.fromEntries(found.map(({ field }) => [field, knownValue(field, bundle)]));
    speaker.learn(correction(known, this.#options.serial()));
  }

  #judgeFirst({ epoch, agent }: Speaker, words: string, bundle: ContextBundle): void {
    if (this.#begun.has(epoch)) return;
    this.#begun.add(epoch);
    const { journal } = this.#options;
    // Epochs begin anew in each term; before the first is granted there is only this one.
    const handoff = bundle.handoffs.findLast((past) => past.epoch === epoch && past.term === (journal.term ?? past.term));
    if (handoff === undefined || handoff.to !== agent || handoff.outcome === 'failed') return;
    journal.note({ type: 'first-words-judged', epoch, agent, ...judgeFirstWords(words, bundle) });
  }
}

/** In characters. */
const longestSentence = 300;

const knownValue = (field: string, { facts, category, handoffs, attempts }: ContextBundle): Json => {
  if (field === 'attempts') return attempts.map(({ solution, outcome }) => ({ solution, outcome }));
  if (field === 'issue') return handoffs.at(-1)?.reason ?? category ?? null;
  return facts.find(({ key }) => key === field)?.value ?? null;
};
