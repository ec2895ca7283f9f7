import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { articleScript } from '../scenarios/play.ts';
import { callerNumber } from '../world/article.ts';
import { Caller } from '../world/caller.ts';
import { FaultProxy } from '../world/fault-proxy.ts';
import { startFleet } from '../world/fleet.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';
import { dialledNumber } from '../world/stage.ts';

const logShape = z.object({ events: z.array(z.looseObject({ seq: z.number(), type: z.string() })) });
const statusShape = z.object({ status: z.string() });

/** What the store's trouble may add to a silence on a loaded machine; a wait for the store would be two seconds and more. */
const longestSilenceMs = 4_000;

describe.skipIf(!redisAvailable())('a Redis in trouble while a caller speaks', () => {
  it('B45 B46: slow, hanging and away: the caller hears nothing of it, and the log is whole afterwards', {
    timeout: 180_000,
  }, async () => {
    const redis = await startRedis({ appendonly: true });
    const proxy = await FaultProxy.start(redis.port);
    const fleet = await startFleet({ nodes: 1, store: `redis://127.0.0.1:${proxy.port}/0` });
    const [node] = fleet.nodes;
    if (node === undefined) throw new Error('no node');
    const ask = async <Shape extends z.ZodType>(path: string, shape: Shape) =>
      shape.parse(await (await fetch(`${node.consoleUrl}${path}`)).json());
    try {
      proxy.delay(500);
      const call = fleet.carrier.call({ from: callerNumber, to: dialledNumber });
      let seen: Promise<void> | undefined;
      call.events.listen((fact) => {
        // What can't be undone is done, and was stored before: from here on until the caller hangs up there is no store.
        if (seen !== undefined || fact.type !== 'agent-started' || fleet.backOffice.state.resets.size === 0) return;
        proxy.partition();
        seen = vi.waitFor(async () => expect((await ask('/readyz', statusShape)).status).toBe('store-away'), {
          timeout: 20_000,
          interval: 500,
        });
      });
      const outcome = await new Caller({ call, script: articleScript, patienceMs: 60_000 }).run();
      await call.ended;
      expect(seen).toBeDefined();
      await seen;
      expect(outcome).toBe('finished');
      const metrics = await (await fetch(`${node.consoleUrl}/metrics`)).text();
      expect(metrics).toMatch(/^throughline_crash_survival_suspended 1$/m);
      expect(node.output().match(/do not survive this process/g)).toHaveLength(1);
      const heard = call.record.deadAir({ from: 0, to: call.record.now });
      expect(heard.to - heard.from).toBeLessThan(longestSilenceMs);
      expect(call.phoneSockets).toBe(1);

      proxy.reset();
      proxy.heal();
      const log = () => ask(`/api/v1/calls/${call.sid}/events`, logShape);
      await vi.waitFor(async () => expect((await log()).events.at(-1)?.type).toBe('call-ended'), {
        timeout: 30_000,
        interval: 200,
      });
      const { events } = await log();
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.filter(({ type }) => type === 'call-started')).toHaveLength(1);
      expect(events.filter(({ type }) => type === 'handoff-committed')).toHaveLength(1);
      expect(fleet.backOffice.state.resets.size).toBe(1);
      await vi.waitFor(async () => expect((await ask('/readyz', statusShape)).status).toBe('ready'), { timeout: 20_000 });
    } finally {
      proxy.heal();
      await fleet.close();
      await proxy.close();
      await redis.stop();
    }
  });
});
