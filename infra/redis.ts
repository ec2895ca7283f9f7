import { createHash } from 'node:crypto';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { type Milliseconds, ms } from './brand.ts';
import type { Clock } from './clock.ts';
import { messageOf, ThroughlineError } from './errors.ts';
import type { Log } from './log.ts';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface RedisAccess {
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
}

/** Where a Redis is: one server, a Cluster's seed nodes, or the Sentinels that know the primary of a name. */
export type RedisTarget = RedisAccess &
  (
    | { readonly kind: 'single'; readonly node: RedisNode; readonly db: number }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }
    | { readonly kind: 'sentinel'; readonly nodes: readonly RedisNode[]; readonly primary: string; readonly db: number }
  );

export type RedisClient = Redis | Cluster;

export interface RedisSetup {
  readonly target: RedisTarget;
  /** Shown in `CLIENT LIST` and in logs: what this connection is for. */
  readonly role: string;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** For BullMQ, which brings its own retries: commands wait for the connection instead of failing with it. */
  readonly patient?: boolean;
}

/** Script text with its SHA-1, which `EVALSHA` asks for. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

export const redisScript = (lua: string): RedisScript => ({ lua, sha1: createHash('sha1').update(lua).digest('hex') });

/** How long a call on a store may take before it rejects with `store-unavailable`. */
const deadline: Milliseconds = ms(2_000);

/** A job client waits for ten seconds at most for a job; a server that says nothing for longer is gone. */
const patientSilenceMs = ms(30_000);

/** A primary that was demoted, or that lost its replicas, which may have another by now. */
const isNoPrimary = /^(READONLY|NOREPLICAS|MASTERDOWN)/;

/** Reconnects for ever: at first at once, later once a second, with jitter so that a fleet doesn't return as one. */
const reconnectDelay = (times: number): number => Math.min(1_000, 25 * 2 ** Math.min(times, 6)) + Math.random() * 100;

/**
 * An impatient client never keeps a command for later: one that was given up must not run when Redis is back, or an old `claim`
 * would take a call from its new owner.
 */
const optionsOf = ({ target, role, patient }: RedisSetup): Omit<RedisOptions, 'replyMapping'> => ({
  connectionName: `throughline-${role}`,
  connectTimeout: 2_000,
  keepAlive: 10_000,
  ...(patient === true
    ? { maxRetriesPerRequest: null, socketTimeout: patientSilenceMs }
    : {
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
        commandTimeout: deadline,
        socketTimeout: 2 * deadline,
      }),
  reconnectOnError: (error) => isNoPrimary.test(error.message), // ask again who is the primary
  ...(target.username === undefined ? {} : { username: target.username }),
  ...(target.password === undefined ? {} : { password: target.password }),
  ...(target.tls ? { tls: {} } : {}),
});

/** One ioredis client. It connects by itself and for ever; errors go to the log, one line per outage. */
export const redisClient = (setup: RedisSetup): RedisClient => {
  const client = newClient(setup);
  let isDown = false;
  client.on('error', (error: Error) => {
    if (!isDown) setup.log.warn({ role: setup.role, error: error.message }, 'redis connection lost');
    isDown = true;
  });
  client.on('ready', () => {
    if (isDown) setup.log.info({ role: setup.role }, 'redis connection is back');
    isDown = false;
  });
  return client;
};

const newClient = (setup: RedisSetup): RedisClient => {
  const { target } = setup;
  const options = optionsOf(setup);
  const enableOfflineQueue = setup.patient === true;
  switch (target.kind) {
    case 'single':
      return new Redis({ ...options, ...target.node, db: target.db, retryStrategy: reconnectDelay, enableOfflineQueue });
    case 'cluster':
      return new Cluster([...target.nodes], {
        redisOptions: options,
        clusterRetryStrategy: reconnectDelay,
        enableOfflineQueue,
        slotsRefreshTimeout: 2_000,
        dnsLookup: (address, done) => done(null, address), // a certificate names the host, not its address
      });
    case 'sentinel':
      return new Redis({
        ...options,
        sentinels: target.nodes.map((node) => ({ ...node })),
        name: target.primary,
        db: target.db,
        retryStrategy: reconnectDelay,
        sentinelRetryStrategy: reconnectDelay,
        enableTLSForSentinelMode: target.tls,
        ...(target.tls ? { sentinelTLS: {} } : {}),
        // No `failoverDetector`: news of a failover that come while ioredis asks a Sentinel end its client for good. Silence and errors tell the same.
        enableOfflineQueue,
      });
  }
};

/** One connection, with calls that answer in time or reject with `store-unavailable`, and that recover by themselves. */
export class RedisLink {
  readonly client: RedisClient;
  readonly #setup: RedisSetup;
  /** Calls that wait for the connection. One that is given up is taken out, so an outage keeps nothing alive. */
  readonly #waiting = new Set<() => void>();
  readonly #onReturn = new Set<() => void>();
  #hasBeenReady = false;

  constructor(setup: RedisSetup) {
    this.#setup = setup;
    this.client = redisClient(setup);
    for (const change of ['ready', 'end']) this.client.on(change, () => this.#wakeAll());
    this.client.on('ready', () => this.#ready());
    // A Cluster's client stays ready when one of its nodes goes, and another takes its place.
    if (setup.target.kind === 'cluster') this.client.on('-node', () => this.#returns());
  }

  /** Calls `listener` whenever a connection was lost and may lead to another server now, which may not have all that the last one took. */
  onReturn(listener: () => void): void {
    this.#onReturn.add(listener);
  }

  #ready(): void {
    if (this.#hasBeenReady) this.#returns();
    this.#hasBeenReady = true;
  }

  #returns(): void {
    for (const listener of this.#onReturn) listener();
  }

  /** Runs `command` once the connection is ready. `what` names the call in the error. */
  async call<Result>(what: string, command: (client: RedisClient) => Promise<Result>): Promise<Result> {
    const giveUp = new AbortController();
    const cancel = this.#setup.clock.after(deadline, () => giveUp.abort(new Error(`no answer in ${deadline} ms`)));
    try {
      return await orAborted(
        giveUp.signal,
        this.#whenReady(giveUp.signal).then(() => command(this.client)),
      );
    } catch (cause) {
      throw this.#unavailable(what, cause);
    } finally {
      cancel();
      giveUp.abort();
    }
  }

  /** `EVALSHA`, with `EVAL` where the server does not know the script yet. `keys` share a slot. */
  script(
    what: string,
    { lua, sha1 }: RedisScript,
    input: { keys: readonly string[]; values: readonly string[] },
  ): Promise<unknown> {
    const rest = [...input.keys, ...input.values];
    return this.call(what, async (client) => {
      try {
        return await client.evalsha(sha1, input.keys.length, ...rest);
      } catch (error) {
        if (!messageOf(error).includes('NOSCRIPT')) throw error;
        return await client.eval(lua, input.keys.length, ...rest);
      }
    });
  }

  close(): void {
    this.client.disconnect();
  }

  /** Resolves at the next `ready` or `end`; a command then sent to an ended client rejects by itself. */
  #whenReady(signal: AbortSignal): Promise<void> {
    if (this.client.status === 'ready' || this.client.status === 'end') return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => {
        this.#waiting.delete(resolve);
        reject(signal.reason);
      });
    });
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #unavailable(what: string, cause: unknown): ThroughlineError {
    const { role } = this.#setup;
    return new ThroughlineError('store-unavailable', `Redis could not ${what}: ${messageOf(cause)}`, {
      facts: { role, what },
      cause,
    });
  }
}

const orAborted = <Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
