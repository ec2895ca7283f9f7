import type { CallId } from '../../infra/brand.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { BundleTransfer, ContextBundle } from '../../store/context/bundle.ts';
import type { TransferNews, TransferRef, TransferState } from '../../store/transfers.ts';
import type { PersonsWord, ScreenDesk, ScreenView, WordResult } from './ports.ts';
import { letPersonGo, orderTakeBack, type TransferHouse } from './transfer-news.ts';

export interface PersonScreenOptions {
  readonly house: TransferHouse;
  /** All that is known of the call; rejects when the store is away. */
  readonly bundle: (callId: CallId) => Promise<ContextBundle | undefined>;
  /** A transfer has gone on, or the person has written something. */
  readonly onNews: (state: TransferState) => void;
}

/** The page of a person: what they see of the call, and what they write and ask for. */
export class PersonScreen implements ScreenDesk {
  readonly #options: PersonScreenOptions;

  constructor(options: PersonScreenOptions) {
    this.#options = options;
  }

  async view(ref: TransferRef): Promise<ScreenView | undefined> {
    const { bundle: bundleOf, house } = this.#options;
    const [bundle, state] = await Promise.all([bundleOf(ref.callId), house.transfers.named(ref)]);
    const known = bundle?.transfers.find(({ transfer }) => transfer === ref.transfer);
    if (bundle === undefined || known === undefined) return undefined;
    const { to, from, reason, requestedAt } = known;
    return {
      bundle,
      transfer: { to, from, reason, requestedAt },
      phase: phaseOf(known, state),
      notes: state?.notes ?? known.notes ?? null,
      outcome: state?.verdict ?? known.verdict ?? null,
    };
  }

  async word(ref: TransferRef, { notes, outcome, next }: PersonsWord): Promise<WordResult> {
    const written = await this.#tell(ref, { type: 'noted', notes: notes ?? null, verdict: outcome ?? null });
    if (written === undefined) throw new ThroughlineError('transfer-forgotten', 'The store does not know this transfer.');
    if (next === undefined) return 'done';
    // Whoever presses the button twice, or on an old page, has no caller any more.
    if (written.phase === 'over') return 'over';
    return this.#part(await this.#meeting(written), next);
  }

  /** Before they have the caller, somebody who gives them back does not take them. */
  async #part(state: TransferState, next: 'give-back' | 'end-call'): Promise<WordResult> {
    const declines = next === 'give-back' && state.phase !== 'joined';
    const wish: TransferNews = next === 'give-back' ? { type: 'given-back' } : { type: 'finished' };
    const after = await this.#tell(state, declines ? { type: 'person-missed', why: 'declined' } : wish);
    const isDone = after?.outcome === (declines ? 'declined' : wish.type);
    if (after === undefined || !isDone) return 'over';
    return (await this.#partThem(after)) ? 'done' : 'stuck';
  }

  /** Who is rung or queued without us is with the caller by the time at which they use the page. */
  async #meeting(state: TransferState): Promise<TransferState> {
    if (state.way === 'warm' || state.phase !== 'ringing') return state;
    return (await this.#tell(state, { type: 'caller-joined' })) ?? state;
  }

  /** The room ends with the person's leg, and the caller asks what is next; from anywhere else the caller is taken back. */
  async #partThem(state: TransferState): Promise<boolean> {
    const { house } = this.#options;
    if (state.way === 'warm') return letPersonGo(house, state, false);
    return orderTakeBack(house, state);
  }

  async #tell(ref: TransferRef, news: TransferNews): Promise<TransferState | undefined> {
    const { transfers, clock } = this.#options.house;
    const state = await transfers.tell(ref, news, clock.wall());
    if (state !== undefined) this.#options.onNews(state);
    return state;
  }
}

const phaseOf = (known: BundleTransfer, state: TransferState | undefined): ScreenView['phase'] => {
  if (state?.phase === 'over' || known.state === 'failed' || known.state === 'ended') return 'over';
  if (state === undefined) return 'over';
  return state.phase === 'joined' || state.way !== 'warm' ? 'talking' : 'waiting';
};
