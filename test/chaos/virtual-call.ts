import { ms } from '../../infra/brand.ts';
import { eventsOf, type Played, type PlayOptions, play } from '../scenarios/play.ts';
import type { CallFact } from '../world/carrier/call-record.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import type { Stage } from '../world/stage.ts';
import { type ChaosRow, inMs } from './row.ts';

/** What ends with a call has so long to do so, in virtual time. */
const settleMs = 5_000;

/** Something that was looked at, in words, and whether it is as it must be. */
export type Proof = readonly [words: string, holds: boolean];

export interface VirtualRow extends Pick<ChaosRow, 'row' | 'fault' | 'expected'> {
  /** The longest silence at the caller's ear after the fault while it is the agent's turn, in ms. */
  readonly boundMs: number;
  /** How the call goes. `hit` is called in the moment of the fault; without it the whole call counts. */
  readonly plan: (hit: () => void) => PlayOptions;
  /** What else must hold of this fault. */
  readonly proofs?: (played: Played) => readonly Proof[];
  /** Whether the call may end by our rule for calls that can't be helped. */
  readonly mayGiveUp?: boolean;
}

/** Runs `act` in the first moment in which `when` holds. */
export const at = (stage: Stage, when: () => boolean, act: () => void): void => {
  const look = () => {
    if (when()) act();
    else stage.clock.after(ms(20), look);
  };
  look();
};

/** The caller has been speaking for so long, in their n-th utterance. */
export const callerSpoke = (call: PhoneCall, forMs: number, utterance = 1): boolean => {
  const starts = call.record.facts.filter(({ type }) => type === 'caller-started');
  const begun = starts[utterance - 1];
  return begun !== undefined && call.record.now >= begun.at + forMs;
};

/** What must hold of every call, whatever happened: the invariants of the catalogue that one call can show. */
export const lawsOf = ({ stage, call, events, outcome }: Played, mayGiveUp: boolean): readonly Proof[] => {
  const ends = eventsOf(events, 'call-ended');
  const isKept = outcome === 'finished' || ends.some(({ reason }) => reason === 'agent-ended');
  const violations = stage.model.records.flatMap((record) => record.violations);
  return [
    [`call ended early (${call.record.end?.reason})`, isKept || mayGiveUp],
    ['events missing or doubled', events.every(({ seq }, index) => seq === index + 1)],
    [`${ends.length} ends in the log`, ends.length === 1],
    [`${stage.backOffice.state.resets.size} resets of one key`, stage.backOffice.state.resets.size <= 1],
    [`refused by the model server: ${JSON.stringify(violations)}`, violations.length === 0],
    ['a session was left open', stage.model.records.every(({ closedAt }) => closedAt !== undefined)],
  ];
};

/** A row that one call in virtual time tries out: milliseconds are those of the call, not of this machine. */
export const virtualRow = ({ plan, proofs = () => [], boundMs, mayGiveUp = false, ...head }: VirtualRow): ChaosRow => ({
  ...head,
  isQuick: true,
  run: async () => {
    let hitAt: number | undefined;
    let now: PhoneCall | undefined;
    const options = plan(() => {
      hitAt ??= now?.record.now;
    });
    const played = await play({
      patienceMs: 90_000,
      ...options,
      direct: (stage, call) => {
        now = call;
        options.direct?.(stage, call);
      },
      after: async (stage) => {
        await options.after?.(stage);
        await stage.play(new Promise<void>((done) => void stage.clock.after(ms(settleMs), done)));
      },
    });
    const { record } = played.call;
    const isHit = hitAt !== undefined;
    const { from, to } = record.deadAir({ from: Math.floor((hitAt ?? 0) / 10) * 10, to: record.now });
    const broken = lawsOf(played, mayGiveUp).flatMap(([words, holds]) => (holds ? [] : [words]));
    const shown = proofs(played);
    const pass = isHit && to - from <= boundMs && broken.length === 0 && shown.every(([, holds]) => holds);
    const words = [
      isHit ? `dead air ${inMs(to - from)}` : 'THE FAULT DID NOT HAPPEN',
      ...shown.map(([text, holds]) => (holds ? text : `NOT: ${text}`)),
      ...broken.map((text) => `BROKEN: ${text}`),
    ];
    return { measured: words.join(', '), pass };
  },
});

/** Facts of one kind at the carrier, in order. */
export const factsOf = <Type extends CallFact['type']>({ call }: Played, type: Type) =>
  call.record.facts.filter((fact): fact is Extract<CallFact, { type: Type }> => fact.type === type);

/** Why sessions took the call, in order. */
export const causesOf = ({ events }: Played): readonly string[] => eventsOf(events, 'bound').map(({ cause }) => cause);
