import type { SessionEvent } from '../../agents/session.ts';
import type { Epoch, Milliseconds } from '../../infra/brand.ts';
import {
  noTokens,
  noTranscription,
  sumTokens,
  sumTranscription,
  type TokenUsage,
  type TranscriptionUsage,
  tokenKinds,
} from '../../store/context/usage.ts';
import { countUsage } from '../usage-count.ts';
import type { Seat } from './ear.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';

/** What a session used since it was last written down. */
interface Unwritten {
  readonly agent: string;
  readonly since: Milliseconds;
  readonly tokens: TokenUsage;
  readonly transcription: TranscriptionUsage;
}

/** What it needs of the house. */
type MeterHouse = Pick<CallHouse, 'clock' | 'models'> & { readonly metrics: Pick<CallHouse['metrics'], 'count'> };

/** So much use goes into one event, unless its session ends before: whoever is killed loses no more of it. */
const sumMs = 60_000;

/**
 * Sums what the sessions of a call use, and writes it into its journal: now and then, when a session ends, and when the call does. Sessions
 * that were never bound count, too.
 */
export class UsageMeter {
  readonly #house: MeterHouse;
  readonly #journal: Pick<Journal, 'note'>;
  readonly #unwritten = new Map<Epoch, Unwritten>();
  #isOver = false;

  constructor(house: MeterHouse, journal: Pick<Journal, 'note'>) {
    this.#house = house;
    this.#journal = journal;
  }

  /** Hears all that a session says, also once it has left. */
  hears(seat: Pick<Seat, 'epoch' | 'agent'>, event: SessionEvent): void {
    if (event.type === 'response-ended' && event.usage !== undefined)
      this.#used(seat, { tokens: event.usage, transcription: noTranscription });
    else if (event.type === 'turn-transcribed' && event.usage !== undefined)
      this.#used(seat, { tokens: noTokens, transcription: event.usage });
    else if (event.type === 'session-closed') this.left(seat.epoch);
  }

  /** A session is no part of the call any more. It may still be heard of. */
  left(epoch: Epoch): void {
    const used = this.#unwritten.get(epoch);
    this.#unwritten.delete(epoch);
    if (used !== undefined) this.#write(used);
  }

  /** The call leaves this process, and its log with it: what is told later is counted, and not written. */
  end(): void {
    for (const epoch of [...this.#unwritten.keys()]) this.left(epoch);
    this.#isOver = true;
  }

  #used({ epoch, agent }: Pick<Seat, 'epoch' | 'agent'>, usage: Pick<Unwritten, 'tokens' | 'transcription'>): void {
    const { metrics, clock } = this.#house;
    countUsage(metrics, { ...usage.tokens, ...usage.transcription });
    if (this.#isOver) return;
    const now = clock.now();
    const before = this.#unwritten.get(epoch) ?? { since: now, tokens: noTokens, transcription: noTranscription };
    const { since } = before;
    const tokens = sumTokens(before.tokens, usage.tokens);
    const transcription = sumTranscription(before.transcription, usage.transcription);
    this.#unwritten.set(epoch, { agent, since, tokens, transcription });
    if (now - since >= sumMs) this.left(epoch);
  }

  #write({ agent, tokens, transcription }: Unwritten): void {
    const { realtime: model, transcription: scribe } = this.#house.models;
    const { seconds, tokensIn, tokensOut } = transcription;
    const wasTranscribed = seconds + tokensIn + tokensOut > 0;
    if (!wasTranscribed && tokenKinds.every((kind) => tokens[kind] === 0)) return;
    this.#journal.note({
      type: 'model-used',
      agent,
      model,
      tokens,
      transcription: wasTranscribed ? { model: scribe, ...transcription } : null,
    });
  }
}
