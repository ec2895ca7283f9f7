import { readFileSync } from 'node:fs';
import { systemClock } from '../infra/clock.ts';
import { messageOf, ThroughlineError } from '../infra/errors.ts';
import { createLog, type Log } from '../infra/log.ts';
import { createShutdown, type Part, type Shutdown } from '../infra/shutdown.ts';
import type { SealSetup } from '../store/open-keys.ts';
import { parseStoreUrl } from '../store/store-url.ts';
import { openStores, type Stores, type StoresSetup } from '../store/stores.ts';
import type { Settings } from './config/settings.ts';
import { problemTable } from './config/show.ts';
import { type Role, readSettings } from './config.ts';
import { folderDisk } from './recordings/disk.ts';
import { forgetRecordings } from './recordings/folder.ts';

/** What every process of ours begins with. */
export interface Booted {
  readonly settings: Settings;
  readonly log: Log;
  readonly stores: Stores;
  readonly shutdown: Shutdown;
}

const openStore = (settings: Settings, log: Log): Promise<Stores> => {
  const url = parseStoreUrl(settings.store);
  if ('problem' in url) throw new ThroughlineError('store-invalid', `STORE: ${url.problem}`);
  const { callerDays, retentionDays: keepDays, transcriptDays, figuresDays } = settings.limits;
  const sealing = sealingOf(settings);
  return openStores(url, {
    ...{ clock: systemClock, log, keepDays, transcriptDays, figuresDays, callerDays },
    ...(sealing === undefined ? {} : { sealing }),
    ...jobTargetOf(settings),
    ...recordingsOf(settings),
  });
};

const jobTargetOf = ({ jobStore }: Settings): Pick<StoresSetup, 'jobTarget'> => {
  if (jobStore === undefined) return {};
  const url = parseStoreUrl(jobStore);
  if ('problem' in url || url.kind !== 'redis')
    throw new ThroughlineError('store-invalid', 'THROUGHLINE_JOB_STORE is not a Redis');
  return { jobTarget: url.target };
};

/** Any process that carries out an erasure deletes what it reaches; the machine that has the rest finds it, see `RecordingSweep`. */
const recordingsOf = ({ recording }: Settings): Pick<StoresSetup, 'recordings'> => {
  if (recording === undefined) return {};
  const disk = folderDisk(recording.folder);
  return { recordings: { forget: (callIds) => forgetRecordings(disk, callIds) } };
};

const sealingOf = ({ sealing }: Settings): SealSetup | undefined => {
  if (sealing?.keyStore === undefined) return sealing && { keys: sealing.keys };
  const keyStore = parseStoreUrl(sealing.keyStore);
  if ('problem' in keyStore) throw new ThroughlineError('store-invalid', `THROUGHLINE_KEY_STORE: ${keyStore.problem}`);
  return { keys: sealing.keys, keyStore };
};

const boot = async (role: Role, environment: NodeJS.ProcessEnv): Promise<Booted> => {
  const result = readSettings(environment, (path) => readFileSync(path, 'utf8'), role);
  if (result.kind === 'problems') throw new ThroughlineError('settings-invalid', `\n\n${problemTable(result.problems)}`);
  const { settings } = result;
  const log = createLog({ level: settings.logLevel });
  const shutdown = createShutdown({
    clock: systemClock,
    drainMs: settings.limits.drainSeconds * 1_000,
    stopMs: 5_000,
    trouble: (part, step, error) => log.error({ name: part, step, error: messageOf(error) }, 'a part did not end in order'),
  });
  return { settings, log, stores: await openStore(settings, log), shutdown };
};

/** Does one thing with the house's settings and store, and exits. */
export const runOnce = async (
  what: string,
  environment: NodeJS.ProcessEnv,
  act: (booted: Booted) => Promise<void>,
): Promise<void> => {
  try {
    const booted = await boot('gateway', environment);
    await act(booted);
    await booted.stores.close();
    booted.log.flush();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`throughline can't ${what}: ${messageOf(error)}\n`);
    process.exit(1);
  }
};

/** Runs a process from its settings to its last part: starts, waits for SIGTERM, SIGINT or a terminal that is closed, ends in order, exits. */
export const runProcess = async (
  role: Role,
  environment: NodeJS.ProcessEnv,
  begin: (booted: Booted) => Promise<readonly Part[]>,
): Promise<void> => {
  try {
    const booted = await boot(role, environment);
    const { shutdown, log } = booted;
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void shutdown.end(signal));
    await shutdown.start(await begin(booted));
    await new Promise((ended) => shutdown.signal.addEventListener('abort', ended, { once: true }));
    await shutdown.end('stopped');
    log.flush();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`throughline can't ${role === 'jobs' ? 'work jobs' : 'serve'}: ${messageOf(error)}\n`);
    process.exit(1);
  }
};
