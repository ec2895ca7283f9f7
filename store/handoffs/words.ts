import type { HandoffRecord } from './record.ts';

/** What somebody said, or what was said of the caller, in a record. */
export type SaidInHandoff = Pick<HandoffRecord, 'reason' | 'attempts' | 'askedAgain'>;

/** The words of a record. */
export const saidIn = ({ reason, attempts, askedAgain }: HandoffRecord): SaidInHandoff => ({ reason, attempts, askedAgain });

/** A record without what was said. How often something was tried or asked for, and with what outcome, stays. */
export const wordless = (record: HandoffRecord): HandoffRecord => ({
  ...record,
  reason: '',
  attempts: record.attempts.map(({ outcome }) => ({ solution: '', outcome })),
  askedAgain: record.askedAgain.map(({ field }) => ({ field, sentence: '' })),
});

/** Whether nothing is left of what was said. */
export const isWordless = ({ reason, attempts, askedAgain }: SaidInHandoff): boolean =>
  reason === '' && attempts.every(({ solution }) => solution === '') && askedAgain.every(({ sentence }) => sentence === '');
