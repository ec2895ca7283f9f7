import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Tests start private servers of their own; all they need is the program. `how`: how to get it. */
export type RedisServer = { readonly kind: 'present' } | { readonly kind: 'missing'; readonly how: string };

const how =
  'Install it (Debian, Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`) and run `npm test` again: ' +
  'the embedded SQLite store is tested without it, the Redis store is not.';

const works = (): boolean => spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;

const policyFile = '/usr/sbin/policy-rc.d';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Debian's packages start their service when installed, unless this file says no. An existing one is left alone. Ours must not
 * stay behind: a signal ends apt-get, not us, until the file is gone.
 */
const withoutStartingServices = <Result>(action: () => Result): Result => {
  if (existsSync(policyFile)) return action();
  const ignore = (): void => {};
  for (const signal of signals) process.on(signal, ignore);
  try {
    writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    return action();
  } finally {
    rmSync(policyFile, { force: true });
    for (const signal of signals) process.off(signal, ignore);
  }
};

const aptGet = (...words: readonly string[]): SpawnSyncReturns<Buffer> =>
  spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...words], {
    stdio: ['ignore', 'ignore', 2], // apt is chatty on standard output
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 300_000,
  });

const canInstall = (): boolean => process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** Makes sure of `redis-server`: there, or installed now if this is root on Debian or Ubuntu. */
export const ensureRedis = (say: (text: string) => void): RedisServer => {
  if (works()) return { kind: 'present' };
  if (!canInstall()) return { kind: 'missing', how };
  say('installing redis-server with apt-get, for the tests of the Redis store …');
  const done = withoutStartingServices(() => {
    aptGet('update'); // one broken source need not matter: the installation tells
    return aptGet('install', '-y', '--no-install-recommends', 'redis-server');
  });
  if (works()) return { kind: 'present' };
  return { kind: 'missing', how: `apt-get could not install it (exit ${done.status}; its words are above). ${how}` };
};
