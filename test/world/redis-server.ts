import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';

export interface RedisOptions {
  /** Write each change to the append-only file at once, so that a killed server loses nothing. */
  readonly appendonly?: boolean;
  /** More lines of redis.conf, such as `{ 'cluster-enabled': 'yes' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** A private Redis, on a free port, with its files in a directory of its own. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it and removes its files. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill9(): Promise<void>;
  /** SIGSTOP and SIGCONT: connections stay up, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same port and files, killing it first if it runs. */
  restart(): Promise<void>;
  /** Bytes of its append-only file, of `appendonly`. */
  written(): number;
  /** The machine died: what was appended behind so many bytes never reached the disk. Call it between `kill9` and `restart`. */
  forgetBehind(bytes: number): void;
}

const redisBinary = (): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

let hasSaid = false;

/** Whether a Redis can be started here. Says loudly what is left out when not; in CI that is a failure. */
export const redisAvailable = (): boolean => {
  if (redisBinary() !== undefined) return true;
  const text = 'no redis-server on PATH: install it (apt-get install redis-server, brew install redis)';
  if (process.env['CI'] !== undefined) throw new Error(`${text}; in CI the Redis half must run.`);
  if (!hasSaid) process.stderr.write(`\n!!! ${text}. THE REDIS HALF OF THE TESTS IS SKIPPED.\n\n`);
  hasSaid = true;
  return false;
};

export const startRedis = async (options: RedisOptions = {}): Promise<RedisServer> => {
  const binary = redisBinary();
  if (binary === undefined) throw new Error('no redis-server on PATH');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'throughline-redis-'));
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: options.appendonly === true ? 'yes' : 'no',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    ...options.config,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const run = (): Promise<ChildProcess> => startProcess({ binary, args, port });
  let server = await run();

  const kill9 = async (): Promise<void> => {
    if (hasEnded(server)) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    kill9,
    stop: async () => {
      await kill9();
      rmSync(folder, { recursive: true, force: true });
    },
    freeze: () => server.kill('SIGSTOP'),
    thaw: () => server.kill('SIGCONT'),
    restart: async () => {
      await kill9();
      server = await run();
    },
    written: () => statSync(appendFile(folder)).size,
    forgetBehind: (bytes) => truncateSync(appendFile(folder), bytes),
  };
};

/** The one that it appends to: nothing here is ever rewritten. */
const appendFile = (folder: string): string => join(folder, 'appendonlydir', 'appendonly.aof.1.incr.aof');

/** A Sentinel that watches one primary. */
export const startSentinel = async (watched: {
  readonly primary: string;
  readonly port: number;
  /** A primary that does not answer for so long is down. */
  readonly downAfterMs?: number;
}): Promise<Pick<RedisServer, 'port' | 'stop'>> => {
  const binary = redisBinary();
  if (binary === undefined) throw new Error('no redis-server on PATH');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'throughline-sentinel-'));
  const file = join(folder, 'sentinel.conf'); // it writes what it learns into its own configuration
  const { primary, downAfterMs = 30_000 } = watched;
  const lines = [
    `port ${port}`,
    `dir ${folder}`,
    `sentinel monitor ${primary} 127.0.0.1 ${watched.port} 1`,
    `sentinel down-after-milliseconds ${primary} ${downAfterMs}`,
    `sentinel failover-timeout ${primary} 5000`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const sentinel = await startProcess({ binary, args: [file, '--sentinel'], port });
  return {
    port,
    stop: async () => {
      if (!hasEnded(sentinel)) {
        sentinel.kill('SIGKILL');
        await once(sentinel, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const hasEnded = (server: ChildProcess): boolean => server.exitCode !== null || server.signalCode !== null;

interface Start {
  readonly binary: string;
  readonly args: readonly string[];
  readonly port: number;
}

const startProcess = async ({ binary, args, port }: Start): Promise<ChildProcess> => {
  const server = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const output of [server.stdout, server.stderr])
    output.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-2_000);
    });
  for (let tries = 0; tries < 400; tries += 1) {
    if (hasEnded(server)) throw new Error(`redis-server ended at once:\n${said}`);
    if (await answersPing(port)) return server;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  server.kill('SIGKILL');
  throw new Error(`redis-server did not answer in 10 s:\n${said}`);
};

/** True once it answers PING, or asks for a password; while it loads its files it answers with another error. */
const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (reply) => {
      resolve(/^(\+PONG|-NOAUTH)/.test(reply.toString()));
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(false));
  });
