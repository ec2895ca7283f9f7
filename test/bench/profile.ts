import type { CpuProfile } from './probe.ts';
import { type Load, runLoad, type System } from './run-load.ts';

/** Where the time of a process goes; shares of 1. */
export interface TimeShares {
  readonly name: string;
  readonly shares: readonly { readonly part: string; readonly share: number }[];
  /** Of all CPU time of the process, by the system's own count. */
  readonly kernel: number;
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** The first that fits counts. */
const parts: readonly { readonly part: string; readonly fits: (frame: Frame) => boolean }[] = [
  {
    part: 'writes to sockets (mostly the kernel)',
    fits: ({ functionName: name, url }) => url === '' && /^write(Buffer|v|Latin1String|Utf8String)$/.test(name),
  },
  { part: 'base64', fits: ({ functionName: name, url }) => /base64/i.test(name) || /\/infra\/base64\.ts$/.test(url) },
  {
    part: 'audio (filter, mu-law)',
    fits: ({ functionName: name, url }) =>
      url.startsWith('wasm:') || name.startsWith('wasm-') || url.includes('/gateway/audio/'),
  },
  {
    part: 'JSON and its checks',
    fits: ({ functionName: name, url }) =>
      (url === '' && /^(parse|stringify)$/.test(name)) || url.includes('/node_modules/zod/'),
  },
  { part: 'WebSocket frames', fits: ({ url }) => url.includes('/infra/websocket/') || url.includes('/node_modules/ws/') },
  { part: 'store', fits: ({ functionName: name, url }) => name === 'postMessage' || /\/(store|infra\/sqlite)/.test(url) },
  { part: 'sockets, streams and timers of Node', fits: ({ url }) => url.startsWith('node:') },
  { part: 'garbage collection', fits: ({ functionName: name }) => name === '(garbage collector)' },
  { part: 'the call itself', fits: ({ url }) => /\/(gateway|agents|infra)\//.test(url) },
];
const other = 'other native code';

/** Splits the samples of a profile by what was run. Time without work is left out. */
export const sharesOf = ({ nodes, samples, timeDeltas }: CpuProfile): TimeShares['shares'] => {
  const partOf = new Map(
    nodes.map(({ id, callFrame }) => [
      id,
      callFrame.functionName === '(idle)' ? undefined : (parts.find(({ fits }) => fits(callFrame))?.part ?? other),
    ]),
  );
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const part = partOf.get(id);
    const time = timeDeltas[index] ?? 0;
    if (part === undefined) continue;
    times.set(part, (times.get(part) ?? 0) + time);
    total += time;
  }
  return [...times].map(([part, time]) => ({ part, share: time / total })).sort((a, b) => b.share - a.share);
};

/** One run of its own, as a profile slows down what it watches. */
export const measureProfile = async (system: System, load: Load): Promise<TimeShares> => {
  const { profile, cpu, kernel } = await runLoad({ ...system, env: { ...system.env, BENCH_PROFILE: '1' } }, load);
  return { name: system.name, shares: profile === undefined ? [] : sharesOf(profile), kernel: kernel / cpu };
};
