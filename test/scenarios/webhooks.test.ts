import { once } from 'node:events';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { ms } from '../../infra/brand.ts';
import { startTarget, type WebhookTarget } from '../gateway/webhooks/targets.ts';
import { callerNumber } from '../world/article.ts';
import type { Stage } from '../world/stage.ts';
import { play } from './play.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const made = z.looseObject({ id: z.string(), secret: z.string() });
const sentBody = z.object({ type: z.string(), timestamp: z.iso.datetime(), data: z.looseObject({ callId: z.string() }) });
const bodiesOf = (target: WebhookTarget) => target.received.map(({ body }) => sentBody.parse(JSON.parse(body)));
const typesOf = (target: WebhookTarget) => bodiesOf(target).map(({ type }) => type);

/** Sets endpoints up as an operator does: over the console. */
const setUp = async (stage: Stage, wishes: readonly object[]) => {
  const console = createServer(stage.gateway.consoleApp).listen(0, '127.0.0.1');
  ends.push(() => void console.close());
  await once(console, 'listening');
  const address = console.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const endpoints = [];
  for (const wish of wishes) {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/webhooks`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wish) },
    });
    endpoints.push(made.parse(await response.json()));
  }
  return endpoints;
};

it('a whole call tells its webhooks while it goes on: signed, each once, again after a failure, and without a word of it', async () => {
  const seen = new Set<string>();
  const stumbling = await startTarget((response, request) => {
    const id = String(request.headers['webhook-id']);
    response.writeHead(seen.has(id) ? 204 : 500).end();
    seen.add(id);
  });
  const steady = await startTarget();
  ends.push(steady.close, stumbling.close);
  let stage: Stage | undefined;
  let setting: ReturnType<typeof setUp> | undefined;
  let toldBeforeTheEnd: readonly string[] = [];
  const { events } = await play({
    settings: { THROUGHLINE_WEBHOOK_ALLOW: `127.0.0.1:${steady.port}, 127.0.0.1:${stumbling.port}` },
    direct: (raised) => {
      stage = raised;
    },
    // The carrier's first request waits for it.
    elsewhere: async () => {
      if (stage !== undefined)
        setting ??= setUp(stage, [{ url: steady.url }, { url: stumbling.url, events: ['call.ended'] }]);
      await setting;
      return undefined;
    },
    watch: ({ type }) => {
      if (type === 'call-ended') toldBeforeTheEnd = typesOf(steady);
    },
    after: async ({ play: inTime, clock, stores }) => {
      await inTime(new Promise<void>((resolve) => clock.after(ms(2_000), resolve)));
      const all = ['call.analysed', 'call.ended', 'call.started', 'handoff.committed', 'handoff.requested'];
      await expect.poll(() => typesOf(steady).sort(), { timeout: 20_000 }).toEqual(all);
      await expect.poll(() => typesOf(stumbling), { timeout: 20_000 }).toEqual(['call.ended', 'call.ended']);
      const [, second] = (await setting) ?? [];
      await expect
        .poll(async () => (await stores.deliveries.list(second?.id ?? '')).map(({ outcome }) => outcome))
        .toEqual(['delivered', 'failed']);
    },
  });
  expect(toldBeforeTheEnd).toEqual(expect.arrayContaining(['call.started', 'handoff.requested']));
  const [first, second] = (await setting) ?? [];
  const { callId } = bodiesOf(steady)[0]?.data ?? {};
  for (const { body, headers } of steady.received)
    expect(new Webhook(first?.secret ?? '').verify(body, headers)).toMatchObject({ data: { callId } });
  for (const { body, headers } of stumbling.received) new Webhook(second?.secret ?? '').verify(body, headers);
  expect(new Set(stumbling.received.map(({ body, headers }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
  const all = steady.received.map(({ body }) => body).join('\n');
  const said = events.flatMap((event) =>
    event.type === 'caller-said' || event.type === 'agent-said' ? [event.text ?? ''] : [],
  );
  expect(said.length).toBeGreaterThan(5);
  for (const text of said.filter((words) => words.length > 12)) expect(all).not.toContain(text);
  expect(all).not.toContain(callerNumber.slice(-7));
  expect(bodiesOf(steady).find(({ type }) => type === 'call.analysed')?.data).toMatchObject({
    ...{ endReason: 'agent-ended', handoffs: [{ from: 'support', to: 'technical' }] },
  });
}, 90_000);
