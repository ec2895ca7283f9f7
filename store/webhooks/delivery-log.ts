import type { Texts } from '../texts.ts';
import type { Delivery } from './types.ts';
import { decodeDeliveries, encodeDeliveries } from './wire.ts';

/** The newest deliveries of each endpoint. Rejects with `store-unavailable`. */
export interface DeliveryLog {
  /** False when others wrote all the time: it is there to be looked at, and not worth more tries. */
  add(endpoint: string, delivery: Delivery): Promise<boolean>;
  /** The newest first. */
  list(endpoint: string): Promise<readonly Delivery[]>;
}

export const mostDeliveries = 100;
export const deliveryKeepDays = 30;

const mostTries = 10;

/** One process writes one after the other for an endpoint, so that only processes can get into each other's way. */
export const deliveriesIn = (texts: Texts): DeliveryLog => {
  const writing = new Map<string, Promise<unknown>>();
  const write = async (endpoint: string, delivery: Delivery): Promise<boolean> => {
    for (let tries = 0; tries < mostTries; tries++) {
      const before = (await texts.get(endpoint)) ?? (await texts.putFirst(endpoint, encodeDeliveries([])));
      const newest = [delivery, ...(decodeDeliveries(before) ?? [])].slice(0, mostDeliveries);
      if (await texts.swap(endpoint, before, encodeDeliveries(newest))) return true;
    }
    return false;
  };
  return {
    add(endpoint, delivery) {
      const mine = () => write(endpoint, delivery);
      const last = (writing.get(endpoint) ?? Promise.resolve()).then(mine, mine);
      const done = last.then(
        () => {},
        () => {},
      );
      writing.set(endpoint, done);
      void done.then(() => writing.get(endpoint) === done && writing.delete(endpoint));
      return last;
    },
    list: async (endpoint) => decodeDeliveries((await texts.get(endpoint)) ?? '[]') ?? [],
  };
};
