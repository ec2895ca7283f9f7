import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Nodes } from '../../store/nodes.ts';
import { callIdOf } from '../world/scripted-phone.ts';

export interface OpenedNodes {
  readonly nodes: Nodes;
  close(): Promise<void>;
}

const sign = (node: string, beat: number, takesCalls = true) => ({ node, beat, takesCalls, address: `10.0.0.1:${beat}` });
const calls = Array.from({ length: 30 }, (_, index) => callIdOf(index + 1));

/** What all Nodes do. */
export const nodesContract = (name: string, open: () => Promise<OpenedNodes>): void => {
  describe(`Nodes: ${name}`, () => {
    let opened: OpenedNodes;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('tells of all who gave a sign, with the newest of each', async () => {
      const { nodes } = opened;
      await nodes.beat(sign('a', 1));
      await nodes.beat(sign('b', 7, false));
      const { isTaken, signs } = await nodes.beat(sign('a', 2));
      expect(isTaken).toBe(false);
      expect([...signs].sort((one, other) => one.node.localeCompare(other.node))).toEqual([
        sign('a', 2),
        sign('b', 7, false),
      ]);
    });

    it('a process is taken for dead by its newest sign only, and hears of it', async () => {
      const { nodes } = opened;
      await nodes.beat(sign('a', 1));
      await nodes.beat(sign('a', 2));
      expect(await nodes.take('a', 1)).toBe(false);
      expect(await nodes.take('nobody', 1)).toBe(false);
      expect(await nodes.take('a', 2)).toBe(true);
      expect(await nodes.take('a', 2)).toBe(true);
      const { isTaken, signs } = await nodes.beat(sign('a', 3));
      expect(isTaken).toBe(true);
      expect(signs).toEqual([sign('a', 2)]);
    });

    it('gives out each call of a dead process once, however many ask, and then forgets it, but not that it is dead', async () => {
      const { nodes } = opened;
      await nodes.beat(sign('a', 1));
      await nodes.beat(sign('b', 1));
      await nodes.has('a', calls);
      await nodes.lets('a', calls.slice(0, 10));
      await nodes.has('b', calls.slice(0, 1));
      await nodes.take('a', 1);
      const given = await Promise.all(calls.map(() => nodes.takeCall('a')));
      const found = given.filter((call) => call !== undefined);
      expect(new Set(found).size).toBe(20);
      expect(found).toHaveLength(20);
      const { signs } = await nodes.beat(sign('b', 2));
      expect(signs.map(({ node }) => node)).toEqual(['b']);
      expect((await nodes.beat(sign('a', 2))).isTaken).toBe(true);
      expect(await nodes.take('a', 1)).toBe(true); // whoever is late finds it done
    });

    it('gives out nothing of a process that lives', async () => {
      const { nodes } = opened;
      await nodes.beat(sign('a', 1));
      await nodes.has('a', calls);
      expect(await nodes.takeCall('a')).toBeUndefined();
      await nodes.take('a', 1);
      expect(await nodes.takeCall('a')).toBeDefined();
    });

    it('forgets who leaves in order, with their calls', async () => {
      const { nodes } = opened;
      await nodes.beat(sign('a', 1));
      await nodes.has('a', calls);
      await nodes.has('a', []);
      await nodes.lets('a', []);
      await nodes.leave('a');
      await nodes.leave('a');
      expect((await nodes.beat(sign('b', 1))).signs.map(({ node }) => node)).toEqual(['b']);
    });
  });
};
