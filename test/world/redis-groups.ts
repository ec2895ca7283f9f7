import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { FaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis, startSentinel } from './redis-server.ts';

/** Says one thing to one server, whoever it is in its group. */
export const tell = async (port: number, ...command: readonly [string, ...string[]]): Promise<unknown> => {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: null });
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.call(...command);
  } finally {
    client.disconnect();
  }
};

/** Waits until `isSo`, for half a minute at most: a loaded machine takes its time. */
export const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isSo().catch(() => false)) return;
    await wait(50);
  }
  throw new Error(`this did not come true: ${what}`);
};

const says = async (port: number, section: string, line: string): Promise<boolean> =>
  String(await tell(port, 'INFO', section)).includes(line);

/** A primary with one replica, which gets its copy over a network that can fail, and a Sentinel that watches them. */
export interface Replicated {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** From the primary to the replica. */
  readonly copying: FaultProxy;
  /** `STORE`, by way of the Sentinel. */
  readonly url: string;
  /** Waits until the replica is the primary. */
  promoted(): Promise<void>;
  stop(): Promise<void>;
}

export const startReplicated = async (config: Readonly<Record<string, string>> = {}): Promise<Replicated> => {
  const primary = await startRedis({ config: { 'repl-diskless-sync-delay': '0', ...config } });
  const copying = await FaultProxy.start(primary.port);
  const replica = await startRedis({ config: { replicaof: `127.0.0.1 ${copying.port}`, ...config } });
  await until('the replica has a copy', () => says(replica.port, 'replication', 'master_link_status:up'));
  const sentinel = await startSentinel({ primary: 'calls', port: primary.port, downAfterMs: 500 });
  const known = async () => Array.isArray(await tell(sentinel.port, 'SENTINEL', 'replicas', 'calls'));
  await until('the Sentinel knows the replica', async () =>
    (await known())
      ? String(await tell(sentinel.port, 'SENTINEL', 'replicas', 'calls')).includes(String(replica.port))
      : false,
  );
  return {
    primary,
    replica,
    copying,
    url: `redis+sentinel://127.0.0.1:${sentinel.port}/calls`,
    promoted: () => until('the replica is the primary', () => says(replica.port, 'replication', 'role:master')),
    stop: async () => {
      primary.thaw();
      await Promise.all([sentinel.stop(), primary.stop(), replica.stop(), copying.close()]);
    },
  };
};

/** Three masters, each with a replica. */
export interface RedisCluster {
  readonly url: string;
  /** The server that has a key's slot now. */
  ownerOf(key: string): Promise<RedisServer>;
  /** Another master than that. */
  otherThan(server: RedisServer): Promise<RedisServer>;
  slotOf(key: string): Promise<string>;
  idOf(server: RedisServer): Promise<string>;
  stop(): Promise<void>;
}

const slots = 16_384;

export const startCluster = async (): Promise<RedisCluster> => {
  const servers = await Promise.all(
    Array.from({ length: 6 }, async () =>
      startRedis({
        config: {
          'cluster-enabled': 'yes',
          'cluster-port': String(await freePort()),
          'cluster-announce-ip': '127.0.0.1',
          'cluster-node-timeout': '1500',
          'cluster-require-full-coverage': 'no',
          'repl-diskless-sync-delay': '0',
        },
      }),
    ),
  );
  const masters = servers.slice(0, 3);
  const idOf = async ({ port }: RedisServer): Promise<string> => String(await tell(port, 'CLUSTER', 'MYID'));
  const first = masters[0];
  if (first === undefined) throw new Error('no servers');
  for (const [index, { port }] of servers.entries()) {
    await tell(port, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    if (index >= 3) continue;
    const [from, to] = [Math.ceil((index * slots) / 3), Math.ceil(((index + 1) * slots) / 3) - 1];
    await tell(port, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
  }
  for (const { port } of servers.slice(1)) {
    const bus = String(await tell(port, 'CONFIG', 'GET', 'cluster-port')).split(',')[1] ?? '';
    await tell(first.port, 'CLUSTER', 'MEET', '127.0.0.1', String(port), bus);
  }
  for (const server of servers)
    await until('all know each other', async () =>
      says(server.port, 'server', 'redis_mode:cluster').then(async () =>
        String(await tell(server.port, 'CLUSTER', 'INFO')).includes('cluster_known_nodes:6'),
      ),
    );
  for (const [index, server] of servers.slice(3).entries()) {
    const master = masters[index];
    if (master !== undefined) await tell(server.port, 'CLUSTER', 'REPLICATE', await idOf(master));
  }
  for (const { port } of servers)
    await until('the cluster is there', async () =>
      String(await tell(port, 'CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
  for (const { port } of servers.slice(3))
    await until('replicas have a copy', () => says(port, 'replication', 'master_link_status:up'));

  const alive = async (): Promise<readonly RedisServer[]> => {
    const each = await Promise.all(
      servers.map((server) =>
        idOf(server).then(
          () => [server],
          () => [],
        ),
      ),
    );
    return each.flat();
  };
  const slotOf = async (key: string): Promise<string> => {
    const [one] = await alive();
    return String(await tell(one?.port ?? 0, 'CLUSTER', 'KEYSLOT', key));
  };
  const isMaster = (server: RedisServer) => says(server.port, 'replication', 'role:master');
  return {
    url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    slotOf,
    idOf,
    async ownerOf(key) {
      const slot = Number(await slotOf(key));
      const [one] = await alive();
      const ranges = await tell(one?.port ?? 0, 'CLUSTER', 'SLOTS');
      const range = (Array.isArray(ranges) ? ranges : []).find(([from, to]) => Number(from) <= slot && slot <= Number(to));
      const owner = servers.find(({ port }) => port === Number(range?.[2]?.[1]));
      if (owner === undefined) throw new Error(`nobody has slot ${slot}`);
      return owner;
    },
    async otherThan(server) {
      for (const other of await alive()) if (other !== server && (await isMaster(other))) return other;
      throw new Error('there is no other master');
    },
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
};
