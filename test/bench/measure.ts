import { peers } from './peers.ts';
import { measureProfile, type TimeShares } from './profile.ts';
import { type Measured, runLoad, type System } from './run-load.ts';
import { mostThatHolds } from './search.ts';
import { medianOf } from './statistics.ts';

export interface Plan {
  readonly calls: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Also what others made. */
  readonly withPeers: boolean;
}

const ours = (name: string, format: System['format'], appendMs: string): System => ({
  name,
  file: 'gateway/main.ts',
  target: 'gateway',
  format,
  env: { THROUGHLINE_APPEND_MS: appendMs },
});

const transcoding = ours('throughline, transcoding, 20 ms appends', 'pcm', '20');
const plainPcm: System = {
  name: 'plain PCM bridge',
  file: 'test/bench/peers/pcm-bridge.ts',
  target: 'bridge',
  format: 'pcm',
};

/** Systems under the same load; the first bridge is what the others are compared with. */
const ownSystems: readonly System[] = [
  plainPcm,
  transcoding,
  ours('throughline, transcoding, 100 ms appends', 'pcm', '100'),
  ours('throughline, pass-through, 20 ms appends', 'pcmu', '20'),
  { name: 'plain pass-through bridge', file: 'test/bench/peers/pass-through-bridge.ts', target: 'bridge', format: 'pcmu' },
];

const systemsOf = ({ withPeers }: Pick<Plan, 'withPeers'>): readonly System[] =>
  withPeers ? [...ownSystems, ...peers] : ownSystems;

const plainLoad = { deltaMs: 20, pace: 1, interrupts: false } as const;

/** The medians of several runs of one system. */
export interface Row {
  readonly name: string;
  /** CPU time as a share of the plain PCM bridge's in the same round: the median over the rounds. */
  readonly ratio: number;
  readonly cpu: number;
  readonly kernel: number;
  readonly megabytesPerCall: number;
  readonly toModel: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly toPhone: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** How late the event loop was. */
  readonly loopDelay: { readonly p50: number; readonly p99: number };
  /** Of all rounds. */
  readonly lost: number;
  readonly frames: number;
  /** The highest: above 0.9 the load generator was the limit, and delays say nothing. */
  readonly generatorBusy: number;
}

const rowOf = (name: string, runs: readonly Measured[], references: readonly Measured[]): Row => {
  const median = (read: (run: Measured) => number) => medianOf(runs.map(read));
  const spread = (read: (run: Measured) => Measured['toModel']) => ({
    p50: median((run) => read(run).p50),
    p95: median((run) => read(run).p95),
    p99: median((run) => read(run).p99),
  });
  return {
    name,
    ratio: medianOf(runs.map(({ cpu }, round) => cpu / (references[round]?.cpu ?? Number.NaN))),
    cpu: median(({ cpu }) => cpu),
    kernel: median(({ kernel }) => kernel),
    megabytesPerCall: median(({ megabytesPerCall }) => megabytesPerCall),
    toModel: spread(({ toModel }) => toModel),
    toPhone: spread(({ toPhone }) => toPhone),
    loopDelay: { p50: median(({ loopDelay }) => loopDelay.p50), p99: median(({ loopDelay }) => loopDelay.p99) },
    lost: runs.reduce((sum, { lostToModel, lostToPhone }) => sum + lostToModel + lostToPhone, 0),
    frames: runs.reduce((sum, { toModel, toPhone }) => sum + toModel.n + toPhone.n, 0),
    generatorBusy: Math.max(...runs.map(({ generatorBusy }) => generatorBusy)),
  };
};

/** Every system in every round, one after another, so that a slow minute of the machine hits all of them. */
export const measureGateway = async (plan: Plan, say: (text: string) => void): Promise<readonly Row[]> => {
  const systems = systemsOf(plan);
  const runs = new Map<string, Measured[]>(systems.map(({ name }) => [name, []]));
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const system of systems) {
      say(`round ${round} of ${plan.rounds}: ${system.name}, ${plan.calls} calls`);
      const load = { calls: plan.calls, seconds: plan.seconds, ...plainLoad };
      runs.get(system.name)?.push(await runLoad(system, load));
    }
  }
  const references = runs.get(plainPcm.name) ?? [];
  return systems.map(({ name }) => rowOf(name, runs.get(name) ?? [], references));
};

export interface BargeIn {
  readonly name: string;
  readonly clear: Measured['clear'];
  /** How far `audio_end_ms` was from what the carrier had played, without sign. */
  readonly truncation: Measured['truncation'];
}

/** Callers who interrupt an agent that was generated five times as fast as it is heard. */
export const measureBargeIn = async (plan: Plan, say: (text: string) => void): Promise<readonly BargeIn[]> => {
  const rows: BargeIn[] = [];
  for (const system of [transcoding, plainPcm, ...(plan.withPeers ? peers : [])]) {
    say(`barge-in: ${system.name}`);
    const load = { calls: Math.min(50, plan.calls), seconds: plan.seconds, deltaMs: 100, pace: 5, interrupts: true };
    const { name, clear, truncation } = await runLoad(system, load);
    rows.push({ name, clear, truncation });
  }
  return rows;
};

/** Where the time of our serving process goes. */
export const measureTime = (plan: Plan, say: (text: string) => void): Promise<TimeShares> => {
  say(`profile: ${transcoding.name}`);
  return measureProfile(transcoding, { calls: plan.calls, seconds: plan.seconds, ...plainLoad });
};

export interface Capacity {
  readonly name: string;
  readonly calls: number;
  /** The load generator was the limit, not the system. */
  readonly isAtLeast: boolean;
}

/** What one core must hold: speech at most this much later, and nothing lost. */
const latestMs = 20;
const busyGenerator = 0.92;

/** How many calls a core holds with p99 of 20 ms both ways and no frame lost, by system. */
export const measureCapacity = async (plan: Plan, say: (text: string) => void): Promise<readonly Capacity[]> => {
  const capacities: Capacity[] = [];
  for (const system of [...systemsOf(plan), ours('throughline, transcoding, appends as it likes', 'pcm', 'auto')]) {
    let wasBusy = false;
    const isLate = ({ late, toPhone }: Measured) => late.p99 > latestMs || toPhone.p99 > latestMs;
    const holds = async (calls: number): Promise<boolean> => {
      const run = await runLoad(system, { calls, seconds: plan.seconds, ...plainLoad });
      const good = run.calls === calls && run.lostToModel + run.lostToPhone === 0 && !isLate(run);
      wasBusy = !good && run.generatorBusy > busyGenerator;
      say(
        `search: ${system.name}, ${calls} calls: ${good ? 'holds' : 'does not hold'}, p99 ${Math.round(run.late.p99)} and ${Math.round(run.toPhone.p99)} ms`,
      );
      return good;
    };
    const calls = await mostThatHolds(holds, { from: 80, to: 1_000 });
    capacities.push({ name: system.name, calls, isAtLeast: wasBusy });
  }
  return capacities;
};
