import type { CallId } from '../../infra/brand.ts';
import type { BundleTransfer, ContextBundle } from '../../store/context/bundle.ts';
import type { TransferNews, TransferRef, TransferState } from '../../store/transfers.ts';
import type { PersonsWord, ScreenDesk, ScreenView } from './ports.ts';
import { letPersonGo, type TransferHouse } from './transfer-news.ts';

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
    const [bundle, newest] = await Promise.all([bundleOf(ref.callId), house.transfers.of(ref.callId)]);
    const known = bundle?.transfers.find(({ transfer }) => transfer === ref.transfer);
    if (bundle === undefined || known === undefined) return undefined;
    const state = newest?.transfer === ref.transfer ? newest : undefined;
    const { to, from, reason, requestedAt } = known;
    return {
      bundle,
      transfer: { to, from, reason, requestedAt },
      phase: phaseOf(known, state),
      notes: state?.notes ?? known.notes ?? null,
      outcome: state?.verdict ?? known.verdict ?? null,
    };
  }

  async word(ref: TransferRef, { notes, outcome, next }: PersonsWord): Promise<'done' | 'over'> {
    const written = await this.#tell(ref, { type: 'noted', notes: notes ?? null, verdict: outcome ?? null });
    if (next === undefined) return 'done';
    if (written === undefined) return 'over';
    return next === 'give-back' ? this.#givesBack(written) : this.#ends(written);
  }

  /** Before they have the caller, somebody who gives them back does not take them. */
  async #givesBack(state: TransferState): Promise<'done' | 'over'> {
    const isAsked = state.phase === 'ringing' || state.phase === 'whispering' || state.phase === 'accepted';
    const news: TransferNews =
      isAsked && state.way === 'warm' ? { type: 'person-missed', why: 'declined' } : { type: 'given-back' };
    const after = await this.#tell(await this.#meeting(state), news);
    if (after?.outcome !== 'given-back' && after?.outcome !== 'declined') return 'over';
    await this.#partThem(after);
    return 'done';
  }

  async #ends(state: TransferState): Promise<'done' | 'over'> {
    const after = await this.#tell(await this.#meeting(state), { type: 'finished' });
    if (after?.outcome !== 'finished') return 'over';
    await this.#partThem(after);
    return 'done';
  }

  /** Who is rung or queued without us is with the caller by the time at which they use the page. */
  async #meeting(state: TransferState): Promise<TransferState> {
    if (state.way === 'warm' || state.phase !== 'ringing') return state;
    return (await this.#tell(state, { type: 'caller-joined' })) ?? state;
  }

  /** The room ends with the person's leg, and the caller asks what is next; from anywhere else the caller is taken back. */
  async #partThem(state: TransferState): Promise<void> {
    const { house } = this.#options;
    if (state.way === 'warm') await letPersonGo(house, state, false);
    else await house.orders?.takeBack(state);
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
