import type { Baseline, PlayedCall, Switch } from './play-call.ts';

/** n, and the values below which half and 99 of 100 are. Milliseconds or tokens. */
export interface Spread {
  readonly n: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface Way {
  /** Of what was planted and known when a session took over. */
  readonly carriedShare: number | null;
  /** The same when a session took over after a loss or a rotation. */
  readonly carriedAfterLossShare: number | null;
  readonly framesLost: number;
  readonly silenceMs: Spread;
  /** Of handoffs without a bridging sentence. */
  readonly silenceUnbridgedMs: Spread;
}

export interface HandoffFigures {
  readonly calls: number;
  readonly callMinutes: number;
  readonly handoffs: number;
  readonly rotations: number;
  readonly losses: number;
  readonly refused: number;
  readonly failed: number;
  readonly planted: number;
  readonly effectsAsked: number;
  readonly effectsRun: number;
  readonly effectsRepeated: number;
  readonly callerFrames: number;
  readonly cold: Way;
  readonly foreseen: Way;
  readonly warm: Way;
  /** Dead air at a handoff beyond what the model server took. */
  readonly addedMs: Spread;
  /** What was only said in passing, long ago: in the briefing, and found by recall. */
  readonly asides: { readonly n: number; readonly briefedShare: number | null; readonly recalledShare: number | null };
  readonly briefingTokens: Spread;
  readonly baselines: { readonly messages: Way; readonly sameSession: Way };
}

const spread = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => {
    const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    return value === undefined ? null : Math.round(value);
  };
  return { n: sorted.length, p50: at(0.5), p99: at(0.99) };
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const isHandoff = ({ cause }: Switch): boolean => cause === 'handoff';

const carriedOf = (switches: readonly Switch[], carried: (each: Switch) => number): number | null =>
  share(sum(switches.map(carried)), sum(switches.map(({ planted }) => planted)));

const wayOf = (switches: readonly Switch[], of: (each: Switch) => Omit<Baseline, 'framesLost'>, framesLost: number): Way => {
  const handoffs = switches.filter(isHandoff);
  return {
    carriedShare: carriedOf(handoffs, (each) => of(each).carried),
    carriedAfterLossShare: carriedOf(
      switches.filter((each) => !isHandoff(each)),
      (each) => of(each).carried,
    ),
    framesLost,
    silenceMs: spread(handoffs.map((each) => of(each).silenceMs)),
    silenceUnbridgedMs: spread(handoffs.filter(({ bridged }) => !bridged).map((each) => of(each).silenceMs)),
  };
};

const ours = (calls: readonly PlayedCall[], switches: readonly Switch[]): Way =>
  wayOf(
    switches,
    ({ carried, silenceMs }) => ({ carried, silenceMs: silenceMs ?? 0 }),
    sum(calls.map(({ framesLost }) => framesLost)),
  );

const baseline = (switches: readonly Switch[], of: (each: Switch) => Baseline): Way =>
  wayOf(switches, of, sum(switches.map((each) => of(each).framesLost)));

export const figuresOf = (cold: readonly PlayedCall[], warm: readonly PlayedCall[]): HandoffFigures => {
  const switches = cold.flatMap((call) => call.switches);
  const withCause = (cause: string) => switches.filter((each) => each.cause === cause);
  const handoffs = withCause('handoff');
  const asides = sum(switches.map((each) => each.asides));
  return {
    calls: cold.length,
    callMinutes: sum(cold.map(({ minutes }) => minutes)),
    handoffs: handoffs.length,
    rotations: withCause('rotation').length,
    losses: withCause('session-lost').length,
    refused: sum(cold.map(({ refused }) => refused)),
    failed: sum(cold.map(({ failed }) => failed)),
    planted: sum(switches.map(({ planted }) => planted)),
    effectsAsked: sum([...cold, ...warm].map(({ effectsAsked }) => effectsAsked)),
    effectsRun: sum([...cold, ...warm].map(({ effects }) => effects)),
    effectsRepeated: sum([...cold, ...warm].map(({ effectsRepeated }) => effectsRepeated)),
    callerFrames: sum([...cold, ...warm].map(({ framesSent }) => framesSent)),
    cold: ours(
      cold,
      switches.filter(({ foreseen }) => !foreseen),
    ),
    foreseen: ours(
      [],
      switches.filter(({ foreseen }) => foreseen),
    ),
    warm: ours(
      warm,
      warm.flatMap((call) => call.switches),
    ),
    addedMs: spread(handoffs.map(({ silenceMs = 0, modelMs }) => silenceMs - modelMs)),
    asides: {
      n: asides,
      briefedShare: share(sum(switches.map(({ asidesBriefed }) => asidesBriefed)), asides),
      recalledShare: share(sum(switches.map(({ asidesRecalled }) => asidesRecalled)), asides),
    },
    briefingTokens: spread(handoffs.map(({ briefingTokens }) => briefingTokens)),
    baselines: {
      messages: baseline(switches, ({ baselines }) => baselines.messages),
      sameSession: baseline(switches, ({ baselines }) => baselines.sameSession),
    },
  };
};

const percent = (value: number | null): string => (value === null ? '-' : `${(100 * value).toFixed(1)} %`);
const ms = (value: number | null): string => (value === null ? '-' : `${value} ms`);

const row = (name: string, way: Way): string => {
  const { silenceMs, silenceUnbridgedMs } = way;
  const shares = `${percent(way.carriedShare)} | ${percent(way.carriedAfterLossShare)} | ${way.framesLost}`;
  return `| ${name} | ${shares} | ${ms(silenceMs.p50)} | ${ms(silenceMs.p99)} | ${ms(silenceUnbridgedMs.p50)} | ${silenceMs.n} |`;
};

/** The figures as a page. */
export const inWords = (figures: HandoffFigures): string => `# What handoffs carry, lose and cost

Made by \`npm run handoffs -- --write\`. ${figures.calls} calls of 1 to 60 minutes, ${figures.callMinutes} minutes in all, each played twice, by
the real call core (machine, bridge, journal, briefing, tools) on a clock of its own. The model is a stand-in that listens and answers
at the pace of a real one: 150 to 350 ms to connect, 50 to 120 ms to configure, 350 to 850 ms to its first sound. So delays are those of the
stand-in plus what our side adds; what is carried and lost is ours alone.

In them: ${figures.handoffs} handoffs (${figures.failed} failed, ${figures.refused} refused by the policy), ${figures.rotations} rotations, ${figures.losses} lost sessions.
Planted facts, attempts and tool results that were known when a session took over: ${figures.planted}.

| way | carried at handoffs | after rotations and losses | caller frames lost | dead air p50 | p99 | p50 without bridging words | handoffs |
|---|---|---|---|---|---|---|---|
${row('throughline, cold', figures.cold)}
${row('throughline, foreseen', figures.foreseen)}
${row('throughline, warm connections', figures.warm)}
${row('new session, messages only', figures.baselines.messages)}
${row('same session, `session.update`', figures.baselines.sameSession)}

* **Dead air** at a handoff: from its request, or from the end of the old agent's words or of the caller's if that is later, to the new agent's first sound. Seven of
  ten handoffs have a bridging sentence. Rotations are unheard, and not in these columns. Beyond what the model server took our side added
  ${ms(figures.addedMs.p50)} at p50 and ${ms(figures.addedMs.p99)} at p99: waits that our code chooses, as its own work takes no time on this clock.
* **Caller frames lost**: 20 ms pieces of the caller's speech that no session heard, of ${figures.callerFrames} in both runs.
* **What can't be undone** was asked for ${figures.effectsAsked} times by models and done ${figures.effectsRun} times; done twice in the same call: ${figures.effectsRepeated}.
* **Said in passing**, never written down by anybody: ${figures.asides.n}. In the briefing of the session that took over: ${percent(figures.asides.briefedShare)}; found by its \`recall\`: ${percent(figures.asides.recalledShare)}.
* **Briefings** have ${figures.briefingTokens.p50} tokens in the middle, ${figures.briefingTokens.p99} at p99.

The last two rows are computed for the same switches, with the same delays: a new session that gets what was said as messages hears nothing until it is
configured; a session that is only told to be another agent keeps its voice, and loses everything with its connection or at its 60 minutes.
`;
