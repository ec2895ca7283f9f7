import { networkInterfaces } from 'node:os';
import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Log } from '../../infra/log.ts';
import type { Stores } from '../../store/stores.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { Heartbeat } from './heartbeat.ts';
import { answersProbe, ProbeAnswer } from './probe.ts';
import { Reaper } from './reaper.ts';

export interface FleetOptions {
  /** This process, as an owner of calls. */
  readonly node: string;
  /** Where the others reach it, without a port; `undefined`: found out. */
  readonly host: string | undefined;
  readonly stores: Pick<Stores, 'nodes' | 'contexts'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
  /** Has the carrier ask what is next of a call; `undefined`: there is no account to do so. */
  readonly askAgain: ((callId: CallId) => Promise<'done' | 'gone'>) | undefined;
  /** The carrier says that a call of a dead process is over. */
  readonly onOver: (callId: CallId) => void;
  /** The others took this process for dead: it must end now. */
  readonly onTaken: () => void;
}

/** The first address of this machine that others can reach. */
const ownAddress = (): string => {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
};

/** The serving processes that share a store, from the view of one: who is there, and what becomes of the calls of those who are not. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #heart: Heartbeat;
  readonly #probe: ProbeAnswer;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { node, stores, clock, log, metrics, askAgain, onOver, onTaken } = options;
    const reaper = new Reaper({
      ...{ nodes: stores.nodes, contexts: stores.contexts, clock, log, onOver },
      answers: answersProbe,
      redirect: askAgain ?? (async () => 'done'),
      count: (what) => metrics.count('throughline_fleet_total', { what }),
    });
    // Where nobody can tell the carrier, the calls of a dead process wait until it asks by itself.
    const onSilent = (sign: Parameters<Reaper['suspects']>[0]) => void reaper.suspects(sign);
    this.#heart = new Heartbeat({ node, nodes: stores.nodes, clock, log, onSilent, onTaken });
    this.#probe = new ProbeAnswer(node);
  }

  async start(): Promise<void> {
    const port = await this.#probe.start();
    this.#heart.start(`${this.#options.host ?? ownAddress()}:${port}`);
  }

  /** No new calls come here any more; the others hear of it. */
  drain(): void {
    this.#heart.drain();
  }

  async stop(): Promise<void> {
    await this.#heart.stop();
    this.#probe.stop();
  }

  /** Whether another process takes new calls. */
  get hasOthers(): boolean {
    return this.#heart.hasOthers;
  }

  /** Whether an owner of calls is there; `undefined`: not known yet. */
  isThere(owner: string): boolean | undefined {
    return this.#heart.isThere(owner);
  }

  has(callId: CallId): void {
    this.#heart.has(callId);
  }

  lets(callId: CallId): void {
    this.#heart.lets(callId);
  }
}
