// Loaded into every process of the gateway by `--import`: on SIGUSR2 it writes what the process holds to a file of its own. Of the test alone.
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process holds at a moment, after its garbage was collected. */
export interface Holdings {
  readonly sockets: number;
  readonly timers: number;
  /** Bytes that JavaScript still reaches. */
  readonly heap: number;
  readonly buffers: number;
}

const folder = process.env['SOAK_FOLDER'];

const holdings = (collect: () => void): Holdings => {
  collect();
  collect();
  const resources = process.getActiveResourcesInfo();
  const count = (kind: RegExp) => resources.filter((name) => kind.test(name)).length;
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    sockets: Math.max(count(/^(TCP|TLS|Pipe)\w*Wrap$/), openSockets()),
    timers: count(/^Timeout$/),
    heap: heapUsed,
    buffers: arrayBuffers,
  };
};

/** File descriptors; where /proc has none of them, 0. */
const openSockets = (): number => {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
};

if (folder !== undefined) {
  setFlagsFromString('--expose-gc');
  const gc: (how: object) => void = runInNewContext('gc');
  const collect = () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  const file = join(folder, `${process.pid}.json`);
  process.on('SIGUSR2', () => {
    writeFileSync(`${file}.new`, JSON.stringify(holdings(collect)));
    renameSync(`${file}.new`, file);
  });
}
