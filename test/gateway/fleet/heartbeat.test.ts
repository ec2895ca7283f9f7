import { beforeEach, describe, expect, it } from 'vitest';
import { Heartbeat } from '../../../gateway/fleet/heartbeat.ts';
import { openSqlite } from '../../../infra/sqlite.ts';
import type { Nodes } from '../../../store/nodes.ts';
import { nodeTables, SqliteNodes } from '../../../store/sqlite-nodes.ts';
import { FakeClock } from '../../world/clock.ts';
import { callIdOf } from '../../world/scripted-phone.ts';

describe('a process among others', () => {
  let clock: FakeClock;
  let nodes: SqliteNodes;
  let isAway: boolean;
  let taken: string[];
  let silent: string[];

  beforeEach(async () => {
    clock = new FakeClock();
    const sqlite = openSqlite(':memory:');
    await sqlite.run('open', nodeTables);
    nodes = new SqliteNodes(sqlite, clock);
    [isAway, taken, silent] = [false, [], []];
  });

  const pass = async (span: number) => {
    for (let at = 0; at < span; at += 50) {
      clock.advance(50);
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const withOutages = (): Nodes => {
    const well = <Result>(ask: () => Promise<Result>) => (isAway ? Promise.reject(new Error('cut')) : ask());
    return {
      beat: (sign) => well(() => nodes.beat(sign)),
      has: (...all) => well(() => nodes.has(...all)),
      lets: (...all) => well(() => nodes.lets(...all)),
      take: (...all) => well(() => nodes.take(...all)),
      takeCall: (node) => well(() => nodes.takeCall(node)),
      leave: (node) => well(() => nodes.leave(node)),
    };
  };

  const process = (node: string, store: Nodes = nodes) =>
    new Heartbeat({
      node,
      nodes: store,
      clock,
      log: { warn: () => {} },
      onSilent: (sign) => silent.push(`${node} sees ${sign.node}`),
      onTaken: () => taken.push(node),
    });

  it('sees who else takes calls, and when they drain or leave', async () => {
    const [one, two] = [process('one'), process('two')];
    expect(one.isThere('two')).toBeUndefined();
    one.start('h:1');
    two.start('h:2');
    await pass(1_200);
    expect([one.hasOthers, two.hasOthers, one.isThere('one'), one.isThere('two'), one.isThere('three')]).toEqual([
      ...[true, true, true, true, false],
    ]);
    two.drain();
    await pass(1_200);
    expect([one.hasOthers, one.isThere('two')]).toEqual([false, true]);
    await two.stop();
    await pass(1_200);
    expect(one.isThere('two')).toBe(false);
    await one.stop();
    expect(clock.pending).toBe(0);
  });

  it('is silent to the others two seconds after its last sign', async () => {
    const [one, two] = [process('one'), process('two', withOutages())];
    one.start('h:1');
    two.start('h:2');
    await pass(3_000);
    isAway = true; // of two's connection
    await pass(1_500);
    expect(silent).toEqual([]);
    await pass(1_500);
    expect(new Set(silent)).toEqual(new Set(['one sees two']));
    expect(one.hasOthers).toBe(false);
  });

  it('nobody is silent after an outage of the store for all', async () => {
    const [one, two] = [process('one', withOutages()), process('two', withOutages())];
    one.start('h:1');
    two.start('h:2');
    await pass(3_000);
    isAway = true;
    await pass(60_000);
    isAway = false;
    await pass(6_000);
    expect(silent).toEqual([]);
    expect(one.hasOthers).toBe(true);
  });

  it('ends when it was taken for dead, and says so once', async () => {
    const one = process('one');
    one.start('h:1');
    await pass(1_100);
    const [sign] = (await nodes.beat({ node: 'x', beat: 1, address: '', takesCalls: false })).signs;
    await nodes.take('one', sign?.beat ?? 0);
    await pass(3_000);
    expect(taken).toEqual(['one']);
  });

  it('notes its calls at once, and what it could not note when the store is back', async () => {
    const one = process('one', withOutages());
    one.start('h:1');
    await pass(600);
    one.has(callIdOf(1));
    await pass(100);
    isAway = true;
    one.has(callIdOf(2));
    one.lets(callIdOf(1));
    await pass(2_000);
    isAway = false;
    await pass(1_000);
    const { signs } = await nodes.beat({ node: 'x', beat: 1, address: '', takesCalls: false });
    await nodes.take('one', signs.find(({ node }) => node === 'one')?.beat ?? 0);
    expect([await nodes.takeCall('one'), await nodes.takeCall('one')]).toEqual([callIdOf(2), undefined]);
  });
});
