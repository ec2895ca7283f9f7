import { type CallId, ms } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { TransferFailure } from '../../store/context/event.ts';
import type { TransferNews, TransferRef, TransferState } from '../../store/transfers.ts';
import type { LegStatus, PeopleDesk, PersonStep } from './ports.ts';
import { letPersonGo, orderTakeBack, stateOf, type TransferHouse, tellTransfer } from './transfer-news.ts';

export interface PersonDeskOptions {
  readonly house: TransferHouse;
  /** All that is known of the call; rejects when the store is away. */
  readonly bundle: (callId: CallId) => Promise<ContextBundle | undefined>;
  /** What the person hears of the call before they take it. */
  readonly whisper: (bundle: ContextBundle, ref: TransferRef) => string;
  /** A transfer has gone on: the call may be served here. */
  readonly onNews: (state: TransferState) => void;
}

const goodbye = (words: string): PersonStep => ({ kind: 'goodbye', words });
const callerGone = goodbye('The caller has hung up. Goodbye.');
const notNeeded = goodbye('The caller does not need you any more. Thank you. Goodbye.');
const declined = goodbye('Thank you. Goodbye.');
const givenBack = goodbye('The caller is with the assistant again. Thank you. Goodbye.');

const statuses: Readonly<Partial<Record<LegStatus, TransferFailure>>> = {
  busy: 'busy',
  'no-answer': 'no-answer',
  failed: 'unreachable',
  canceled: 'cancelled',
};

/** After so many looks, one in two seconds, the caller waits in the room for nobody. */
const mostLooksOfCaller = 5;
/** The same for the person: the agent's last words may take ten seconds, and a call may have to be taken up by another process first. */
const mostLooksOfPerson = 15;
/** How long a person who left the room waits to hear why: the caller waits, too. */
const carrierPatienceMs = 800;

/** Transfers as the legs of the people see them: any process answers, the store knows how each goes. */
export class PersonDesk implements PeopleDesk {
  readonly #options: PersonDeskOptions;

  constructor(options: PersonDeskOptions) {
    this.#options = options;
  }

  async answered(ref: TransferRef, leg: CallId): Promise<PersonStep> {
    await this.#tell(ref, { type: 'person-dialled', leg });
    const state = await this.#tell(ref, { type: 'person-answered' });
    if (state?.phase === 'over') return state.outcome === 'caller-gone' ? callerGone : notNeeded;
    return { kind: 'whisper', ref, words: await this.#whisper(ref) };
  }

  async pressed(ref: TransferRef, digit: string | undefined): Promise<PersonStep> {
    if (digit === '1') {
      const state = await this.#tell(ref, { type: 'person-accepted' });
      if (state?.phase === 'accepted' || state?.phase === 'joined') return { kind: 'host', ref };
      return state?.outcome === 'caller-gone' ? callerGone : notNeeded;
    }
    // Somebody who presses nothing is no person, or one who does not want to be.
    await this.#tell(ref, { type: 'person-missed', why: digit === undefined ? 'voicemail' : 'declined' });
    return declined;
  }

  /** They pressed the star, or the caller left: only the caller's leg tells which. */
  async leftRoom(ref: TransferRef): Promise<PersonStep> {
    if ((await this.#isCallerGone(ref)) === true) {
      await this.#tell(ref, { type: 'caller-gone' });
      return callerGone;
    }
    const state = await this.#tell(ref, { type: 'given-back' });
    return state?.outcome === 'given-back' ? givenBack : notNeeded;
  }

  async legEnded(ref: TransferRef, status: LegStatus): Promise<void> {
    const why = statuses[status];
    await this.#tell(ref, why === undefined ? { type: 'person-left' } : { type: 'person-missed', why });
  }

  async machineAnswered(ref: TransferRef, leg: CallId): Promise<void> {
    const state = await this.#tell(ref, { type: 'person-missed', why: 'voicemail' });
    if (state?.outcome === 'voicemail') await letPersonGo(this.#options.house, { ...state, personLeg: leg }, false);
  }

  /** Nobody may be left in an empty room. */
  async callerWaits(ref: TransferRef, looks: number): Promise<void> {
    const { house } = this.#options;
    const isOver = await this.#isOver(ref);
    if (!isOver && looks < mostLooksOfCaller) return;
    if (!isOver) await this.#tell(ref, { type: 'person-left' });
    await orderTakeBack(house, ref);
  }

  async personWaits(ref: TransferRef, leg: CallId, looks: number): Promise<void> {
    const isOver = await this.#isOver(ref);
    if (!isOver && looks < mostLooksOfPerson) return;
    if (!isOver) await this.#tell(ref, { type: 'caller-gone' });
    const { callId, transfer } = ref;
    await letPersonGo(this.#options.house, { callId, transfer, personLeg: leg }, true);
  }

  async #isOver(ref: TransferRef): Promise<boolean> {
    return (await stateOf(this.#options.house, ref))?.phase === 'over';
  }

  /** Undefined: the carrier does not say, or not in time. */
  async #isCallerGone({ callId }: TransferRef): Promise<boolean | undefined> {
    const { orders, clock, log } = this.#options.house;
    const late = new Promise<undefined>((resolve) => clock.after(ms(carrierPatienceMs), () => resolve(undefined)));
    try {
      return await Promise.race([orders?.isOver(callId), late]);
    } catch (error) {
      log.warn({ callId, error: messageOf(error) }, 'the carrier could not say whether the caller is there');
      return undefined;
    }
  }

  async #tell(ref: TransferRef, news: TransferNews): Promise<TransferState | undefined> {
    const state = await tellTransfer(this.#options.house, ref, news);
    if (state !== undefined) this.#options.onNews(state);
    return state;
  }

  /** A person is told that somebody is there even when nobody knows who. */
  async #whisper(ref: TransferRef): Promise<string> {
    const { house, bundle, whisper } = this.#options;
    try {
      const known = await bundle(ref.callId);
      if (known !== undefined) return whisper(known, ref);
    } catch (error) {
      house.log.warn(
        { callId: ref.callId, error: messageOf(error) },
        'a person hears nothing of the call, as the store is away',
      );
    }
    return 'A caller asks for you.';
  }
}
