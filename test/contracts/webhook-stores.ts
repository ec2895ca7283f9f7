import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stores } from '../../store/stores.ts';
import { mostDeliveries } from '../../store/webhooks/delivery-log.ts';
import type { Delivery, WebhookEndpoint } from '../../store/webhooks/types.ts';

type Part = Pick<Stores, 'webhooks' | 'deliveries'>;

export interface OpenedWebhooks {
  readonly here: Part;
  /** The same, as another process has it. */
  readonly elsewhere: Part;
  close(): Promise<void>;
}

const endpoint = (id: string): WebhookEndpoint => ({
  ...{ id, url: `https://${id}.example.com/`, events: ['call.ended'], enabled: true, disabledWhy: null },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', since: '2026-01-01T00:00:00.000Z', secret: 'whsec_AAAA' },
  older: { secret: 'whsec_BBBB', until: '2026-01-02T00:00:00.000Z' },
});

const delivery = (id: string): Delivery => ({
  ...{ id, type: 'call.ended', callId: `CA${'0'.repeat(32)}`, at: '2026-01-01T00:00:00.000Z' },
  ...{ outcome: 'failed', status: 500, durationMs: 12, error: 'the endpoint answered 500' },
});

/** What every store does for webhooks. */
export const webhookStoresContract = (name: string, open: () => Promise<OpenedWebhooks>): void => {
  describe(`webhooks: ${name}`, () => {
    let opened: OpenedWebhooks;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('there are none at first; what is added is there for everybody, as it was', async () => {
      const { here, elsewhere } = opened;
      expect(await here.webhooks.list()).toEqual([]);
      const answer = await here.webhooks.change((known) => ({ endpoints: [...known, endpoint('a')], answer: 'added' }));
      expect(answer).toBe('added');
      expect(await elsewhere.webhooks.list()).toEqual([endpoint('a')]);
    });

    it('a change that changes nothing answers all the same', async () => {
      const { here } = opened;
      expect(await here.webhooks.change((known) => ({ answer: known.length }))).toBe(0);
      expect(await here.webhooks.list()).toEqual([]);
    });

    it('of changes at the same time none is lost', async () => {
      const { here, elsewhere } = opened;
      const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      await Promise.all(
        ids.map((id, index) =>
          (index % 2 === 0 ? here : elsewhere).webhooks.change((known) => ({
            endpoints: [...known, endpoint(id)],
            answer: undefined,
          })),
        ),
      );
      expect((await here.webhooks.list()).map(({ id }) => id).sort()).toEqual(ids);
    });

    it('deliveries: the newest hundred of each endpoint, the newest first, whoever wrote them', async () => {
      const { here, elsewhere } = opened;
      expect(await here.deliveries.list('a')).toEqual([]);
      for (let number = 1; number <= mostDeliveries + 5; number++)
        expect(await (number % 2 === 0 ? here : elsewhere).deliveries.add('a', delivery(`m${number}`))).toBe(true);
      await here.deliveries.add('b', delivery('other'));
      const kept = await elsewhere.deliveries.list('a');
      expect([kept.length, kept[0], kept.at(-1)?.id]).toEqual([100, delivery('m105'), 'm6']);
      expect(await here.deliveries.list('b')).toEqual([delivery('other')]);
    });

    it('deliveries of one process at the same time are all there', async () => {
      const { here } = opened;
      const ids = Array.from({ length: 30 }, (_, index) => `m${index}`);
      expect(await Promise.all(ids.map((id) => here.deliveries.add('a', delivery(id))))).not.toContain(false);
      expect((await here.deliveries.list('a')).map(({ id }) => id)).toEqual(ids.reverse());
    });
  });
};
