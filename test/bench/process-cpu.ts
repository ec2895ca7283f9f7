import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of /proc: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

const fieldsOf = (pid: number): readonly string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

/** A process and all that it has started; `leaves` have started none. */
export const treeOf = (root: number): { readonly pids: readonly number[]; readonly leaves: readonly number[] } => {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(fieldsOf(Number(name))[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const pids = [root];
  for (const pid of pids) for (const [child, parent] of parents) if (parent === pid) pids.push(child);
  const started = new Set(pids.map((pid) => parents.get(pid)));
  return { pids, leaves: pids.filter((pid) => !started.has(pid)) };
};

export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** CPU time of processes so far, in ms. */
export const cpuOf = (pids: readonly number[]): CpuTime => {
  let user = 0;
  let system = 0;
  for (const pid of pids) {
    const fields = fieldsOf(pid);
    user += (Number(fields[11]) * 1_000) / ticksPerSecond;
    system += (Number(fields[12]) * 1_000) / ticksPerSecond;
  }
  return { user, system };
};

/** Resident memory of processes, in MB. */
export const memoryOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return sum + Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024;
  }, 0);
