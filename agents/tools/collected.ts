import type { ToolStatus } from '../../store/context/event.ts';
import { failedReport, type ToolReport } from './run-tool.ts';

/** What became of digits that a tool collects on the keypad. `count`: how many were there. */
export type Collected =
  | { readonly kind: 'collected'; readonly digits: string }
  /** `#` came too early. */
  | { readonly kind: 'too-few'; readonly count: number }
  | { readonly kind: 'timed-out'; readonly count: number }
  /** `*` threw away what was there, and nothing came after it. */
  | { readonly kind: 'started-over' }
  /** The session that wanted them is gone, or the call is over. */
  | { readonly kind: 'interrupted' }
  /** Another tool collects digits already. */
  | { readonly kind: 'under-way' };

/** What is told of digits that were not collected: never one of them. */
export const notCollected = (collected: Exclude<Collected, { readonly kind: 'collected' }>): ToolReport => {
  const [status, words] = outcomeOf(collected);
  return failedReport(status, codes[collected.kind], words);
};

const codes = {
  'too-few': 'too-few-digits',
  'timed-out': 'timed-out',
  'started-over': 'started-over',
  interrupted: 'interrupted',
  'under-way': 'under-way',
} as const;

const outcomeOf = (
  collected: Exclude<Collected, { readonly kind: 'collected' }>,
): readonly [status: ToolStatus, words: string] => {
  switch (collected.kind) {
    case 'too-few':
      return [
        'error',
        `The caller ended with ${collected.count} digits, which is too few. Say how many it takes, and ask again.`,
      ];
    case 'timed-out':
      return ['timeout', `Only ${collected.count} digits came in time. Ask whether the caller wants to try again.`];
    case 'started-over':
      return ['timeout', 'The caller pressed * to start again, and then nothing. Ask them to enter it once more.'];
    case 'interrupted':
      return [
        'error',
        'The entry was interrupted, and nothing of it was kept. Say sorry, and ask the caller to start again.',
      ];
    case 'under-way':
      return ['error', 'The caller is entering digits already. Wait for that result.'];
  }
};
