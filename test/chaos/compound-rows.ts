import { saysAfter } from '../scenarios/play.ts';
import { hangsUp } from '../world/caller.ts';
import { type RealWorld, realRow, sleep, until } from './real-call.ts';
import type { ChaosRow } from './row.ts';
import type { Proof } from './virtual-call.ts';

const spread = 12;

const longScript = [
  saysAfter('callerOpening', ['supportGreeting'], 500),
  hangsUp({ after: 'agent-finished', quietMs: 6_000, atLeastMs: 2_500 }),
];

const allGreeted = ({ calls }: RealWorld): Promise<void> =>
  until('all were greeted', () => calls.every(({ call }) => call.record.agentEar.audibleMs > 2_000));

const served = ({ calls }: RealWorld): readonly Proof[] => {
  const moved = calls.filter(({ call }) => call.phoneSockets > 1).length;
  return [[`${moved} of ${calls.length} calls were taken up`, moved > 0]];
};

/** Several at once: rows B70 and B71. */
export const compoundRows: readonly ChaosRow[] = [
  realRow({
    row: 'B70',
    fault: 'Redis and the machine that has the call die together; Redis is back after 2 s',
    expected: 'the call is kept; at most what was said in the last second is not known',
    boundMs: 6_000,
    fleet: { nodes: 2 },
    act: async (world, hit) => {
      await allGreeted(world);
      const [node] = world.fleet.nodes.filter((each) => each.output().includes(world.calls[0]?.callId ?? '?'));
      hit();
      await Promise.all([world.redis.kill9(), node?.kill9()]);
      await sleep(2_000);
      await world.redis.restart();
    },
    proofs: served,
  }),
  realRow({
    row: 'B71',
    fault: `the machine that has half of ${spread} calls dies`,
    expected: 'first sound for all <= 2 s, agent <= 6 s',
    boundMs: 6_000,
    callers: spread,
    fleet: { nodes: 2 },
    script: longScript,
    act: async (world, hit) => {
      await allGreeted(world);
      hit();
      await world.fleet.nodes[0]?.kill9();
    },
    proofs: served,
  }),
];
