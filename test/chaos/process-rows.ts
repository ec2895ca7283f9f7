import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { saysAfter } from '../scenarios/play.ts';
import { hangsUp } from '../world/caller.ts';
import { agentSpoke, type RealWorld, realRow, sleep, until } from './real-call.ts';
import type { ChaosRow } from './row.ts';
import type { WatchedCall } from './watched-call.ts';

const tool = 'resetApiKey';
const two = { nodes: 2 };

const first = ({ calls }: Pick<RealWorld, 'calls'>): WatchedCall => {
  const [watched] = calls;
  if (watched === undefined) throw new Error('nobody calls');
  return watched;
};

/** Until the agent is in the middle of its second answer: a tool has run, and it speaks of it. */
const inMidAnswer = async (world: RealWorld): Promise<void> => {
  const watched = first(world);
  await until('the agent speaks of what it did', () => watched.events.some(({ type }) => type === 'tool-returned'));
  // One that has said it all by now is as good a moment.
  await until('the agent speaks', () => watched.call.record.now - watched.call.record.agentEar.lastLoudMs < 50, 2_000).catch(
    () => {},
  );
};

/** The gateway that has this call: the one whose end cuts it off can only be found by its log. */
const nodeOf = async ({ fleet }: RealWorld, { callId }: WatchedCall) => {
  for (const node of fleet.nodes) if (node.workers().length > 0 && node.output().includes(callId)) return node;
  throw new Error('no gateway says that it has the call');
};

const streams =
  (count: number) =>
  ({ calls }: RealWorld) =>
    [[`${first({ calls }).call.phoneSockets} streams`, first({ calls }).call.phoneSockets === count]] as const;

const resumed = ({ calls }: RealWorld) => {
  const causes = calls.flatMap(({ events }) => events.flatMap((event) => (event.type === 'bound' ? [event.cause] : [])));
  return [[`${causes.filter((cause) => cause === 'resume').length} taken up`, causes.includes('resume')]] as const;
};

/** Ten minutes of busy loop in one go would be the same to the caller as this. */
const forEverMs = 30_000;

const withBusyHook = (busyMs: number) => ({
  nodes: 2,
  nodeFlags: ['--import', join(import.meta.dirname, 'busy-hook.ts')],
  settings: { CHAOS_BUSY_MS: String(busyMs) },
});

/** Two processes that want all there is of both cores, for a while. */
const besideBusyNeighbours = async (spanMs: number): Promise<void> => {
  const neighbours = [1, 2].map(() => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }));
  await sleep(spanMs);
  for (const neighbour of neighbours) neighbour.kill('SIGKILL');
};

const longScript = [
  saysAfter('callerOpening', ['supportGreeting'], 500),
  hangsUp({ after: 'agent-finished', quietMs: 10_000, atLeastMs: 2_500 }),
];

/** Processes and machines: rows B16 to B42. */
export const processRows: readonly ChaosRow[] = [
  realRow({
    row: 'B16',
    fault: 'the network to the media stream is gone, nobody is told',
    expected: 'a first sound in <= 4 s, on another stream',
    boundMs: 4_000,
    fleet: two,
    act: async (world, hit) => {
      await inMidAnswer(world);
      hit();
      world.fleet.mediaNetwork.partition();
      // The stream is as good as gone; the network that the next one goes by is well.
      const { record } = first(world).call;
      await until(
        'the carrier leaves the stream',
        () => record.facts.some(({ type }) => type === 'stream-closed'),
        20_000,
      ).catch(() => {});
      world.fleet.mediaNetwork.heal();
    },
    proofs: resumed,
  }),
  realRow({
    row: 'B28',
    fault: 'SIGKILL of the machine that has the call',
    expected: 'the other takes it up: first sound <= 1.5 s, speaks <= 2.5 s',
    boundMs: 2_500,
    fleet: two,
    isQuick: true,
    act: async (world, hit) => {
      await inMidAnswer(world);
      const node = await nodeOf(world, first(world));
      hit();
      await node.kill9();
    },
    proofs: resumed,
  }),
  realRow({
    row: 'B29',
    fault: 'SIGKILL between the order of a tool and its result',
    expected: 'it is not run blindly again: at most one effect',
    boundMs: 4_000,
    fleet: two,
    act: async (world, hit) => {
      const watched = first(world);
      world.fleet.toolNetwork.deafen();
      const isOrdered = () => world.fleet.backOffice.calls.length > 0;
      await until('the back office is asked', isOrdered);
      world.fleet.toolNetwork.heal();
      await until('the key is about to be reset', () =>
        watched.events.some((event) => event.type === 'tool-called' && event.tool === tool),
      );
      const node = await nodeOf(world, watched);
      hit();
      await node.kill9();
    },
    proofs: ({ fleet }) => [[`${fleet.backOffice.state.resets.size} resets`, fleet.backOffice.state.resets.size <= 1]],
  }),
  realRow({
    row: 'B30',
    fault: 'the second process dies while it takes the call up',
    expected: 'a third takes it up, in safe mode, in <= 6 s',
    boundMs: 6_000,
    fleet: { nodes: 3 },
    act: async (world, hit) => {
      await inMidAnswer(world);
      const node = await nodeOf(world, first(world));
      hit();
      await node.kill9();
      await until('there is a second stream', () => first(world).call.phoneSockets > 1, 30_000);
      await sleep(300); // until it says so
      const second = await nodeOf(world, first(world));
      await second.kill9();
    },
    proofs: resumed,
  }),
  realRow({
    row: 'B32',
    fault: 'SIGTERM of the machine that has four calls',
    expected: 'moved in a pause: dead air <= 1 s, it ends in time',
    boundMs: 1_000,
    callers: 4,
    fleet: two,
    script: longScript,
    act: async (world, hit) => {
      await inMidAnswer(world);
      const node = await nodeOf(world, first(world));
      hit();
      const since = Date.now();
      await node.stop();
      if (Date.now() - since > 65_000) throw new Error('the machine did not end in time');
    },
  }),
  realRow({
    row: 'B33',
    fault: 'SIGTERM, and SIGKILL a second later',
    expected: 'the rest is taken up: first sound <= 1.5 s, speaks <= 2.5 s',
    boundMs: 2_500,
    callers: 3,
    fleet: two,
    act: async (world, hit) => {
      await inMidAnswer(world);
      const node = await nodeOf(world, first(world));
      hit();
      void node.stop();
      await sleep(1_000);
      await node.kill9();
    },
  }),
  realRow({
    row: 'B34',
    fault: 'the event loop of the process is busy for 300 ms',
    expected: 'nothing but a late frame',
    boundMs: 1_000,
    fleet: withBusyHook(300),
    act: async (world, hit) => {
      await inMidAnswer(world);
      const node = await nodeOf(world, first(world));
      hit();
      for (const pid of node.workers()) process.kill(pid, 'SIGUSR2');
      await sleep(1_000);
    },
    proofs: streams(1),
  }),
  realRow({
    row: 'B34',
    fault: 'the event loop of the process is busy for ever',
    expected: 'the process is ended, the call taken up: first sound <= 4 s',
    boundMs: 4_000,
    fleet: withBusyHook(forEverMs),
    act: async (world, hit) => {
      await inMidAnswer(world);
      const node = await nodeOf(world, first(world));
      hit();
      for (const pid of node.workers()) process.kill(pid, 'SIGUSR2');
      await sleep(1_000);
    },
    proofs: resumed,
  }),
  realRow({
    row: 'B35',
    fault: 'SIGSTOP of the machine that has the call for 10 s, then SIGCONT',
    expected: 'the call is elsewhere: first sound <= 4 s; the zombie writes nothing',
    boundMs: 4_000,
    fleet: two,
    act: async (world, hit) => {
      await inMidAnswer(world);
      const node = await nodeOf(world, first(world));
      hit();
      node.freeze();
      await sleep(10_000);
      node.thaw();
      await sleep(1_000);
    },
    proofs: resumed,
  }),
  realRow({
    row: 'B41',
    fault: 'two neighbours take all of the machine for 10 s',
    expected: 'the calls go on: dead air <= 2.7 s',
    boundMs: 2_700,
    callers: 3,
    fleet: two,
    act: async (world, hit) => {
      await until('the agent speaks', () => agentSpoke(first(world), 500));
      hit();
      await besideBusyNeighbours(10_000);
    },
  }),
  realRow({
    row: 'B42',
    fault: 'three times as many calls as there are places',
    expected: 'the others hear words, the calls that run hear nothing of it',
    boundMs: 2_700,
    callers: 3,
    fleet: { nodes: 1, settings: { THROUGHLINE_MAX_CALLS: '3' } },
    act: async (world, hit) => {
      await until('the agent speaks', () => agentSpoke(first(world), 500));
      hit();
      const rest = Array.from({ length: 6 }, () => world.fleet.carrier.call({ from: '+15005550099' }));
      await Promise.all(rest.map(({ ended }) => ended));
      const answered = rest.filter(({ record }) => record.facts.some(({ type }) => type === 'say-started')).length;
      if (answered < rest.length) throw new Error(`${rest.length - answered} of 6 heard no words`);
    },
  }),
];
