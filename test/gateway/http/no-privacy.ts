import type { ApiDeps } from '../../../gateway/http/api.ts';
import { systemClock } from '../../../infra/clock.ts';

/** A console's privacy side, for tests of its others: nothing is noted, and nobody can be erased. */
export const noPrivacy: Pick<ApiDeps, 'erasures' | 'audit' | 'clock' | 'consoleUserHeader'> = {
  erasures: {
    order: () => Promise.reject(new Error('no erasures here')),
    find: async () => undefined,
  },
  audit: {
    note: async () => {},
    list: async () => ({ entries: [], cursor: null }),
    verify: async () => ({ kind: 'whole', entries: 0, head: '' }),
  },
  clock: systemClock,
  consoleUserHeader: undefined,
};
