import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { isPinned } from './run-load.ts';

/** What the figures were measured on. */
export const describeMachine = (): string => {
  const model = cpus()[0]?.model ?? 'an unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const pinned = isPinned ? 'each process on a core of its own' : 'processes not pinned (no taskset)';
  return `${model}, ${availableParallelism()} cores, ${memory} GB, Linux ${release()}, Node ${process.version}, ${pinned}`;
};
