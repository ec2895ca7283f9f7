import { rmSync } from 'node:fs';
import { systemClock } from '../../../infra/clock.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import { describeStore, parseStoreUrl, type StoreUrl } from '../../../store/store-url.ts';
import { openStores, type Stores } from '../../../store/stores.ts';
import { patiently } from '../../world/patience.ts';
import { sampleLine } from './arms.ts';
import { isSampleCall } from './week.ts';

/** Where the week goes if nobody says so. */
export const usualStore = 'sqlite:./data/week.db';

export interface Place {
  readonly stores: Stores;
  /** As `STORE` takes it, without a password. */
  readonly name: string;
}

const unusable = (problem: string): ThroughlineError => new ThroughlineError('sample-week-store', problem);

/**
 * Opens the store for a sample week. An earlier sample week in the usual file makes room. Throws `sample-week-store` where calls are
 * that are none of a sample week, unless somebody has said yes to that.
 */
export const openPlace = async (store: string, isAgreed: boolean): Promise<Place> => {
  const url = parseStoreUrl(store);
  if ('problem' in url) throw unusable(`--store: ${url.problem}`);
  const name = describeStore(url);
  const stores = await open(url);
  const found = await patiently(() => whatIsIn(stores));
  if (found === 'nothing' || isAgreed) return { stores, name };
  await stores.close();
  if (found === 'calls')
    throw unusable(
      `${name} has calls that are no sample: nothing was written. Name another --store, or add --yes to mix them.`,
    );
  if (store !== usualStore || url.kind !== 'sqlite')
    throw unusable(
      `${name} has a sample week already: nothing was written. Name another --store, or add --yes to add to it.`,
    );
  for (const end of ['', '-wal', '-shm']) rmSync(`${url.path}${end}`, { force: true });
  return { stores: await open(url), name };
};

const open = (url: StoreUrl): Promise<Stores> => patiently(() => openStores(url, { clock: systemClock, log: silent }));

/** What goes wrong with the store rejects, and is said once. */
const silent = { info: () => {}, warn: () => {} };

/** `calls`: of people, or at least not ours. */
const whatIsIn = async ({ contexts, calls, tallies }: Stores): Promise<'nothing' | 'sample' | 'calls'> => {
  const [lines, recent, { items }] = await Promise.all([
    tallies.lines(),
    contexts.recent(200),
    calls.page({ limit: 1, fits: ({ callId }) => !isSampleCall(callId) }),
  ]);
  const isOther = items.length > 0 || recent.some(({ callId }) => !isSampleCall(callId));
  if (isOther || lines.some((line) => !line.startsWith(sampleLine))) return 'calls';
  return lines.length === 0 && recent.length === 0 ? 'nothing' : 'sample';
};
