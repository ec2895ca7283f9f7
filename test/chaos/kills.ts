import { systemClock } from '../../infra/clock.ts';
import { createLog } from '../../infra/log.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { type Spread, spreadOf } from '../bench/statistics.ts';
import { saysAfter } from '../scenarios/play.ts';
import { Dice } from '../sim/dice.ts';
import { type CallerStep, hangsUp } from '../world/caller.ts';
import { type Fleet, startFleet } from '../world/fleet.ts';
import { startRedis } from '../world/redis-server.ts';
import { clipOf } from '../world/voices/clips.ts';
import { type Moment, WatchedCall } from './watched-call.ts';

export interface KillsOptions {
  readonly kills: number;
  readonly seed: number;
  /** Hears how it goes. */
  readonly say?: (text: string) => void;
}

/** What became of calls whose process was killed with SIGKILL. */
export interface KillsReport {
  readonly kills: number;
  readonly calls: number;
  /** Streams that broke with a process. */
  readonly losses: number;
  /** What the calls were in the middle of when it was killed. */
  readonly moments: Readonly<Partial<Record<Moment, number>>>;
  /** Calls that ended before their caller hung up, by no rule; each with what the carrier says of it. */
  readonly dropped: readonly string[];
  /** Calls that lost their process more than twice and were ended with words, as the rule is. */
  readonly endedByRule: number;
  /** Events that the store had and that are gone or different, and gaps in logs. */
  readonly eventsLost: number;
  /** Effects of tools that can't be undone which happened more than once in a call. */
  readonly duplicateEffects: number;
  /** Calls without exactly one end in their log. */
  readonly withoutOneEnd: readonly string[];
  /** What the model server complained of: protocol errors of ours. */
  readonly complaints: readonly string[];
  /** From a break to the next sound at the caller's ear, in ms. */
  readonly silence: Spread;
}

const nodes = 2;
const workers = 4;
const liveCalls = 10;
const killEveryMs = 2_500;
const lookEveryMs = 400;
/** A call that was taken up so often is given to a person or ended with words when it is lost again (design, section 5). */
const mostResumes = 2;
/** The end of a call whose last process died is written by the sweep. */
const settleMs = Number(process.env['ZZ_SETTLE'] ?? 120_000);

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Short, middle and long calls: each kind of moment comes up often. */
const scriptOf = (dice: Dice): readonly CallerStep[] => {
  const opening = saysAfter('callerOpening', ['supportGreeting'], 500);
  const stillFails = saysAfter('callerStillFails', ['supportLooksUp'], 4_000);
  const end = hangsUp({ after: 'agent-finished', quietMs: 2_500 });
  return {
    short: [hangsUp({ after: 'agent-speaking', afterMs: 2_000 })],
    middle: [opening, end],
    long: [opening, stillFails, hangsUp({ after: 'agent-speaking', afterMs: 4_000 })],
  }[dice.weighed({ short: 1, middle: 3, long: 2 })];
};

/** Each caller has an account, so that what was done for them can be counted. */
const openAccount = ({ backOffice }: Fleet, number: number): { readonly id: string; readonly phone: string } => {
  const model = backOffice.state.accounts.get('acct_1042');
  if (model === undefined) throw new Error('the back office has no account to copy');
  const account = { ...model, id: `acct_${50_000 + number}`, phone: `+1415556${String(number).padStart(4, '0')}` };
  backOffice.state.accounts.set(account.id, { ...account, apiKey: { ...model.apiKey } });
  return account;
};

const storesAt = async (url: string): Promise<Stores> => {
  const parsed = parseStoreUrl(url);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return openStores(parsed, { clock: systemClock, log: createLog({ level: 'silent' }) });
};

interface Touched {
  readonly watched: WatchedCall;
  readonly breakAt: number;
}

/** A fleet under steady calls, whose processes are killed one after another at random moments. */
class KilledFleet {
  readonly #fleet: Fleet;
  readonly #stores: Stores;
  readonly #dice: Dice;
  readonly #watched: WatchedCall[] = [];
  readonly #accounts = new Map<WatchedCall, string>();
  readonly #moments: Partial<Record<Moment, number>> = {};
  readonly #touched: Touched[] = [];

  constructor(fleet: Fleet, stores: Stores, dice: Dice) {
    this.#fleet = fleet;
    this.#stores = stores;
    this.#dice = dice;
  }

  get live(): readonly WatchedCall[] {
    return this.#watched.filter(({ call }) => !call.over);
  }

  get losses(): number {
    return this.#touched.length;
  }

  fill(): void {
    while (this.live.length < liveCalls) {
      const account = openAccount(this.#fleet, this.#watched.length);
      const call = this.#fleet.carrier.call({ from: account.phone });
      const watched = new WatchedCall(call, scriptOf(this.#dice), this.#stores.contexts);
      this.#watched.push(watched);
      this.#accounts.set(watched, account.id);
    }
  }

  async look(): Promise<void> {
    await Promise.all(this.live.map((watched) => watched.look()));
  }

  /** Kills one serving process, and notes whose stream broke with it. */
  async kill(): Promise<boolean> {
    const pids = this.#fleet.nodes.flatMap((node) => node.workers());
    const victim = this.#dice.pick(pids);
    // Until the supervisor has started it again there is nobody to kill.
    if (victim === undefined || pids.length < nodes * workers) return false;
    const before = this.live.map((watched) => ({ watched, moment: watched.moment(), at: watched.call.record.now }));
    process.kill(victim, 'SIGKILL');
    await sleep(500);
    for (const { watched, moment, at } of before) {
      const breakAt = watched.brokenSince(at);
      if (breakAt === undefined) continue;
      this.#moments[moment] = (this.#moments[moment] ?? 0) + 1;
      this.#touched.push({ watched, breakAt });
    }
    return true;
  }

  /** Waits until the logs of all calls have their end. */
  async settle(): Promise<void> {
    await Promise.all(this.#watched.map(({ outcome, call }) => Promise.all([outcome, call.ended])));
    const until = Date.now() + settleMs;
    let open = this.#watched;
    while (open.length > 0 && Date.now() < until) {
      await Promise.all(open.map((watched) => watched.look()));
      open = open.filter(({ events }) => events.length > 0 && !events.some(({ type }) => type === 'call-ended'));
      if (open.length > 0) await sleep(1_000);
    }
    await Promise.all(this.#watched.map((watched) => watched.look()));
  }

  async report(kills: number): Promise<KillsReport> {
    const all = await Promise.all(this.#watched.map(async (watched) => ({ watched, outcome: await watched.outcome })));
    const cut = all.filter(({ outcome }) => outcome !== 'finished').map(({ watched }) => watched);
    const byRule = cut.filter((watched) => resumesIn(watched) >= mostResumes);
    const silences = this.#touched.flatMap(({ watched, breakAt }) => watched.silenceAfter(breakAt) ?? []);
    return {
      kills,
      calls: all.length,
      losses: this.losses,
      moments: this.#moments,
      dropped: cut.filter((watched) => !byRule.includes(watched)).map((watched) => this.#story(watched)),
      endedByRule: byRule.length,
      eventsLost: this.#sum((watched) => watched.changed + gapsIn(watched)),
      duplicateEffects: this.#sum((watched) => Math.max(0, this.#resetsOf(watched) - 1)),
      withoutOneEnd: this.#watched
        .filter(({ events }) => events.length > 0 && events.filter(({ type }) => type === 'call-ended').length !== 1)
        .map((watched) => this.#story(watched)),
      complaints: this.#fleet.model.records.flatMap(({ violations }) =>
        violations.map((violation) => JSON.stringify(violation)),
      ),
      silence: spreadOf(silences),
    };
  }

  #sum(count: (watched: WatchedCall) => number): number {
    return this.#watched.reduce((sum, watched) => sum + count(watched), 0);
  }

  #lossesOf(watched: WatchedCall): number {
    return this.#touched.filter((touched) => touched.watched === watched).length;
  }

  #resetsOf(watched: WatchedCall): number {
    const account = this.#accounts.get(watched);
    return [...this.#fleet.backOffice.state.resets.keys()].filter((key) => key.startsWith(`${account} `)).length;
  }

  #story(watched: WatchedCall): string {
    const { call } = watched;
    const said = call.record.said.map((text) => `"${text}"`).join(' ');
    const log = watched.events.map((event) => (event.type === 'bound' ? `bound(${event.cause})` : event.type)).join(' ');
    return `${call.sid}: ${call.record.end?.reason}, lost ${this.#lossesOf(watched)} processes ${said} [${log}]`;
  }
}

const resumesIn = ({ events }: WatchedCall): number =>
  events.filter((event) => event.type === 'bound' && event.cause === 'resume').length;

const gapsIn = ({ events }: WatchedCall): number => events.filter(({ seq }, at) => seq !== at + 1).length;

/** Kills serving processes of a fleet of two gateways with four processes each, under ten calls at a time, over real sockets. */
export const runKills = async ({ kills, seed, say = () => {} }: KillsOptions): Promise<KillsReport> => {
  clipOf('callerOpening'); // clips are read once, before time counts
  const redis = await startRedis();
  const stores = await storesAt(redis.url);
  const fleet = await startFleet({ nodes, store: redis.url, settings: { THROUGHLINE_WORKERS: String(workers) } });
  const scene = new KilledFleet(fleet, stores, new Dice(seed));
  let done = false;
  const looking = (async () => {
    while (!done) {
      await scene.look();
      await sleep(lookEveryMs);
    }
  })();
  try {
    scene.fill();
    let killed = 0;
    while (killed < kills) {
      await sleep(killEveryMs - 500);
      scene.fill();
      if (await scene.kill()) killed += 1;
      if (killed % 20 === 0) say(`${killed} of ${kills} processes killed, ${scene.losses} streams broken`);
    }
    await scene.settle();
    return await scene.report(killed);
  } finally {
    if (process.env['ZZ_LOG'])
      (await import('node:fs')).writeFileSync(process.env['ZZ_LOG'], fleet.nodes.map((n) => n.output()).join('\n=====\n'));
    done = true;
    await looking;
    await fleet.close();
    await stores.close();
    await redis.stop();
  }
};
