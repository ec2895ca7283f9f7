/** A way to hand over, as `docs/handoffs.md` measured it. */
export interface Measured {
  /** The row of its table. */
  readonly way: string;
  /** Of what was known, what the next agent had. */
  readonly carried: number;
  /** Dead air in ms: in the middle, at p99, and in the middle where no sentence bridges it. */
  readonly deadAirMs: { readonly p50: number; readonly p99: number; readonly unbridged: number };
}

/** One of the two ways in which the line of the sample week hands over. */
export interface Arm {
  /** What figures show. */
  readonly line: string;
  readonly isWithContext: boolean;
  readonly handsOver: Measured;
  /** The same, when the handoff was foreseen; undefined: nothing is. */
  readonly foreseen: Measured | undefined;
}

/** Every line of a sample week begins like this, so that nobody takes its calls for calls. */
export const sampleLine = 'sample-week (synthetic)';

/** A new session is given what was said, as messages, and nothing else. */
export const without: Arm = {
  line: `${sampleLine}, without context handoff`,
  isWithContext: false,
  handsOver: {
    way: 'new session, messages only',
    carried: 0.419,
    deadAirMs: { p50: 7, p99: 1_197, unbridged: 812 },
  },
  foreseen: undefined,
};

export const withContext: Arm = {
  line: `${sampleLine}, with context handoff`,
  isWithContext: true,
  handsOver: { way: 'throughline, cold', carried: 1, deadAirMs: { p50: 6, p99: 1_197, unbridged: 831 } },
  foreseen: { way: 'throughline, foreseen', carried: 1, deadAirMs: { p50: 8, p99: 821, unbridged: 390 } },
};

/** What else `docs/handoffs.md` says: how many were foreseen, how many had a bridging sentence, and the pace of its model, in ms. */
export const pace = {
  foreseen: 62 / 671,
  bridged: 0.7,
  connectMs: [150, 350],
  configureMs: [50, 120],
  firstSoundMs: [350, 850],
} as const;

/** What nobody measured. */
export const assumed = {
  /** Of what is known at a handoff, what the specialist needs; each that was not carried is asked for. */
  needed: 2,
  /** How long such a question and its answer take. */
  questionMs: [7_000, 16_000],
  /** A specialist asks for something although it has it. */
  asksAnyway: 0.03,
  /** What each question takes from the chance that the problem is solved. */
  lostPerQuestion: 0.06,
  /** Callers who hang up while the next agent is on its way. */
  abandons: 0.012,
  /** Callers who call again within the week: unsolved, and solved. */
  callsAgain: { unsolved: 0.35, solved: 0.04 },
  /** Calls in which a tool can tell whether the problem is solved. */
  verified: 0.8,
} as const;

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
const seconds = ([from, to]: readonly [number, number]): string => `${from / 1_000} to ${to / 1_000} s`;

/** What the difference between the two arms comes from, in words. */
export const grounds: readonly string[] = [
  `measured (docs/handoffs.md, on a stand-in model): what a handoff carries (${percent(without.handsOver.carried)} of what is known as "${without.handsOver.way}", ${percent(withContext.handsOver.carried)} with context handoff), dead air, the pace of a new session`,
  `assumed, not measured: a specialist needs ${assumed.needed} of the things that are known, and asks for each that it was not given`,
  `assumed, not measured: each such question and its answer take ${seconds(assumed.questionMs)}`,
  `assumed, not measured: each takes ${percent(assumed.lostPerQuestion)} from the chance that the problem is solved`,
  `assumed, not measured: ${percent(assumed.asksAnyway)} of specialists ask for something that they were given, in both`,
  `assumed, not measured: ${percent(assumed.callsAgain.unsolved)} of callers whose problem is not solved call again within the week, and ${percent(assumed.callsAgain.solved)} of the others`,
  'assumed, not measured: everything else, the same in both: categories, who hands over what, times of day, tools, what callers say',
];
