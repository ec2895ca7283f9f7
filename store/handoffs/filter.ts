import { categoryOf, nameOf } from '../calls/category.ts';
import type { HandoffRecord } from './record.ts';

/** Which handoffs are meant; what is undefined does not matter. Names are those of the figures. */
export interface HandoffFilter {
  readonly line?: string | undefined;
  /** Who had the caller, and who was to have them. */
  readonly pairFrom?: string | undefined;
  readonly pairTo?: string | undefined;
  /** `uncategorised`: handoffs without one. */
  readonly category?: string | undefined;
  readonly outcome?: HandoffRecord['outcome'] | undefined;
  readonly trigger?: HandoffRecord['trigger'] | undefined;
  /** Whether the briefing carried all that was known. */
  readonly carriedAll?: boolean | undefined;
  readonly askedAgain?: boolean | undefined;
  readonly handedBack?: boolean | undefined;
}

/** What a record has to say to each part of a filter. */
const values: { readonly [Name in keyof HandoffFilter]-?: (record: HandoffRecord) => string | boolean | null } = {
  line: ({ line }) => nameOf(line),
  pairFrom: ({ from }) => nameOf(from),
  pairTo: ({ to }) => nameOf(to),
  category: ({ category }) => categoryOf(category),
  outcome: ({ outcome }) => outcome,
  trigger: ({ trigger }) => trigger,
  carriedAll: ({ leftOut }) => leftOut.length === 0,
  askedAgain: ({ askedAgain }) => askedAgain.length > 0,
  handedBack: ({ handedBack }) => handedBack === true,
};

/** The parts of a filter. */
const parts: readonly (keyof HandoffFilter)[] = [
  'line',
  'pairFrom',
  'pairTo',
  'category',
  'outcome',
  'trigger',
  'carriedAll',
  'askedAgain',
  'handedBack',
];

/** Whether a handoff is one of those that a filter means. Pure. */
export const fitsHandoff = (record: HandoffRecord, filter: HandoffFilter): boolean =>
  parts.every((part) => {
    const wanted = filter[part];
    return wanted === undefined || values[part](record) === (part === 'category' ? categoryOf(String(wanted)) : wanted);
  });
