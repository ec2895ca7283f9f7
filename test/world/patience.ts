import { ThroughlineError } from '../../infra/errors.ts';

const tries = 8;

/** Does something again while the store is too busy to answer, as a queue does with jobs. It must not matter how often it is done. */
export const patiently = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (thrown) {
      const isBusy = thrown instanceof ThroughlineError && thrown.code === 'store-unavailable';
      if (!isBusy || tried === tries) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, 100 * tried));
  }
};
