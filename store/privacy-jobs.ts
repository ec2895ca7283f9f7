import { ThroughlineError } from '../infra/errors.ts';
import type { Log } from '../infra/log.ts';
import type { Job, JobHandler } from '../infra/queue/queue.ts';
import type { Erasures } from './erasure.ts';
import type { Rewrapped } from './key-ring.ts';

/** Jobs that see to it that what is kept of people is kept no longer than it may be. */
export const privacyJobNames = ['erase-caller', 'finish-erasures', 'expire', 'rewrap-keys'] as const;
type PrivacyJobName = (typeof privacyJobNames)[number];

/** Stores as these jobs need them. */
export interface PrivacyStores {
  readonly erasures: Pick<Erasures, 'carryOut' | 'finish'>;
  /** Takes words from old calls, and forgets what is older still. */
  expire(): Promise<void>;
  /** Puts all keys under the current seal key. Undefined: nothing is sealed. */
  readonly rewrapKeys: (() => Promise<Rewrapped>) | undefined;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

const hourMs = 3_600_000;
const finishEveryMs = 300_000;

/** What is due at a wall time, each job with the key of its time: whoever adds it again adds nothing. `rotating`: an old seal key is set. */
export const dueJobs = (now: number, rotating: boolean): readonly (Job & { readonly name: PrivacyJobName })[] => {
  const hour = Math.floor(now / hourMs);
  const job = (name: PrivacyJobName, slot: number) => ({ name, data: {}, key: `${name}-${slot}` });
  return [
    job('expire', hour),
    job('finish-erasures', Math.floor(now / finishEveryMs)),
    ...(rotating ? [job('rewrap-keys', hour)] : []),
  ];
};

export const privacyHandlers = (stores: PrivacyStores): Readonly<Record<PrivacyJobName, JobHandler>> => ({
  'erase-caller': async ({ erasure }) => {
    if (typeof erasure !== 'string')
      throw new ThroughlineError('job-data-invalid', 'An erase-caller job names no erasure; it needs erasure.');
    await stores.erasures.carryOut(erasure);
  },
  'finish-erasures': () => stores.erasures.finish(),
  expire: () => stores.expire(),
  'rewrap-keys': async () => {
    const { moved = 0, locked = 0 } = (await stores.rewrapKeys?.()) ?? {};
    if (locked > 0)
      stores.log.warn({ count: locked }, 'keys are under a seal key that is not set: what they seal can not be read');
    if (moved > 0)
      stores.log.info(
        { count: moved },
        'keys were put under the new seal key; once all processes have it, THROUGHLINE_SEAL_KEY_OLD can go',
      );
  },
});
