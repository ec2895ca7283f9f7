// Loaded into every process under test by `--import`. At a first SIGUSR2 it begins to watch, at the next it writes what it saw to a file of its own.
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** What a process saw of itself. */
export interface Seen {
  /** How late its event loop was, in ms. */
  readonly delay: { readonly p50: number; readonly p99: number };
  /** A CPU profile, if it was asked for. */
  readonly profile?: CpuProfile;
}

/** As V8 has it: nodes by id, a node's id for each sample, microseconds between samples. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const resolution = 10;

const watch = (folder: string, withProfile: boolean): void => {
  const histogram = monitorEventLoopDelay({ resolution });
  const inspector = new Session();
  const ms = (percentile: number) => Math.max(0, histogram.percentile(percentile) / 1e6 - resolution);
  const write = (profile?: object) => {
    const file = join(folder, `${process.pid}.json`);
    writeFileSync(`${file}.new`, JSON.stringify({ delay: { p50: ms(50), p99: ms(99) }, profile }));
    renameSync(`${file}.new`, file);
  };
  const begin = () => {
    histogram.enable();
    if (!withProfile) return;
    inspector.connect();
    inspector.post('Profiler.enable');
    inspector.post('Profiler.setSamplingInterval', { interval: 500 });
    inspector.post('Profiler.start');
  };
  const end = () => {
    histogram.disable();
    if (withProfile) inspector.post('Profiler.stop', (_error, result) => write(result?.profile));
    else write();
  };
  process.once('SIGUSR2', () => {
    process.once('SIGUSR2', end);
    begin();
  });
};

const folder = process.env['BENCH_FOLDER'];
if (folder !== undefined && isMainThread) watch(folder, process.env['BENCH_PROFILE'] === '1');
