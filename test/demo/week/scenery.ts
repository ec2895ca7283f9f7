import type { Json, ToolEffect } from '../../../store/context/event.ts';
import type { Some } from './random.ts';

type Agent = 'support' | 'technical' | 'billing';

/** A tool, as it behaves this week. */
export interface WeekTool {
  readonly name: string;
  readonly effect: ToolEffect;
  /** In the middle; half of the spread is to both sides, and a few take much longer. */
  readonly typicalMs: number;
  readonly fails: number;
  readonly timesOut: number;
}

/** What callers call about. */
export interface Topic {
  readonly category: string;
  readonly weight: number;
  /** Who knows more about it than support, and how often it comes to that. */
  readonly specialist: Exclude<Agent, 'support'>;
  readonly handsOver: number;
  /** How often it is solved: by support, and by the specialist who knows what is known. */
  readonly solves: { readonly support: number; readonly specialist: number };
  readonly wantsPerson: number;
  readonly opening: Some<string>;
  readonly tried: string;
  readonly tools: { readonly support: WeekTool; readonly specialist: WeekTool };
}

const toolOf = (name: string, typicalMs: number, more: Partial<WeekTool> = {}): WeekTool => ({
  name,
  typicalMs,
  effect: 'reads',
  fails: 0.02,
  timesOut: 0.005,
  ...more,
});

const account = toolOf('checkAccountStatus', 180);
const reset = toolOf('resetApiKey', 420, { effect: 'irreversible', fails: 0.03 });
const logs = toolOf('checkApiLogs', 650, { fails: 0.04, timesOut: 0.015 });
const debug = toolOf('debugSdkIntegration', 1_400, { fails: 0.05, timesOut: 0.03 });
const invoices = toolOf('getInvoices', 240);
const charge = toolOf('explainCharge', 310);
const refund = toolOf('requestRefund', 900, { effect: 'writes', fails: 0.06 });
const plan = toolOf('changePlan', 520, { effect: 'writes', fails: 0.03 });

export const topics: Some<Topic> = [
  {
    category: 'API key',
    weight: 18,
    specialist: 'technical',
    handsOver: 0.85,
    solves: { support: 0.62, specialist: 0.86 },
    wantsPerson: 0.02,
    opening: ['My API key does not work.', 'I get a 401 with the new key.', 'The key you sent me is refused.'],
    tried: 'made a new API key',
    tools: { support: reset, specialist: logs },
  },
  {
    category: 'rate limit',
    weight: 10,
    specialist: 'technical',
    handsOver: 0.55,
    solves: { support: 0.66, specialist: 0.82 },
    wantsPerson: 0.02,
    opening: ['We get a 429 all the time.', 'Our requests are throttled since yesterday.'],
    tried: 'looked up the limits of the plan',
    tools: { support: account, specialist: logs },
  },
  {
    category: 'SDK error',
    weight: 9,
    specialist: 'technical',
    handsOver: 0.72,
    solves: { support: 0.4, specialist: 0.78 },
    wantsPerson: 0.03,
    opening: ['Your SDK throws an error when I connect.', 'After the update nothing compiles any more.'],
    tried: 'asked them to update the SDK',
    tools: { support: account, specialist: debug },
  },
  {
    category: 'webhook delivery',
    weight: 6,
    specialist: 'technical',
    handsOver: 0.6,
    solves: { support: 0.5, specialist: 0.8 },
    wantsPerson: 0.02,
    opening: ['Your webhooks do not arrive.', 'We miss events since this morning.'],
    tried: 'sent a test event',
    tools: { support: account, specialist: logs },
  },
  {
    category: 'invoice',
    weight: 16,
    specialist: 'billing',
    handsOver: 0.7,
    solves: { support: 0.7, specialist: 0.9 },
    wantsPerson: 0.02,
    opening: ['I do not understand my invoice.', 'There are two charges for one month.'],
    tried: 'read the invoice out',
    tools: { support: account, specialist: charge },
  },
  {
    category: 'refund',
    weight: 7,
    specialist: 'billing',
    handsOver: 0.66,
    solves: { support: 0.45, specialist: 0.76 },
    wantsPerson: 0.12,
    opening: ['I want my money back.', 'Please refund the last charge.'],
    tried: 'explained the terms',
    tools: { support: invoices, specialist: refund },
  },
  {
    category: 'plan change',
    weight: 9,
    specialist: 'billing',
    handsOver: 0.35,
    solves: { support: 0.84, specialist: 0.92 },
    wantsPerson: 0.02,
    opening: ['We need a larger plan.', 'I want to go back to the small plan.'],
    tried: 'compared the plans',
    tools: { support: account, specialist: plan },
  },
  {
    category: 'login',
    weight: 15,
    specialist: 'technical',
    handsOver: 0.2,
    solves: { support: 0.86, specialist: 0.8 },
    wantsPerson: 0.03,
    opening: ['I can not log in.', 'The password link never comes.'],
    tried: 'sent a password link',
    tools: { support: account, specialist: logs },
  },
  {
    category: 'cancellation',
    weight: 4,
    specialist: 'billing',
    handsOver: 0.4,
    solves: { support: 0.7, specialist: 0.85 },
    wantsPerson: 0.2,
    opening: ['I want to cancel.', 'How do I close our account?'],
    tried: 'explained how to cancel',
    tools: { support: account, specialist: invoices },
  },
  {
    category: 'how to',
    weight: 6,
    specialist: 'technical',
    handsOver: 0.12,
    solves: { support: 0.9, specialist: 0.88 },
    wantsPerson: 0.01,
    opening: ['How do I list all users?', 'Where do I find the documentation?'],
    tried: 'named the page of the documentation',
    tools: { support: account, specialist: debug },
  },
];

/** What a specialist has to ask for when it was not given: the fact, the question, an answer. */
export const questions: Some<{ readonly field: string; readonly question: string; readonly answer: string }> = [
  { field: 'accountId', question: 'Which account is this about?', answer: 'As I said, the one I call from.' },
  { field: 'issue', question: 'What exactly is the problem?', answer: 'I have told your colleague already.' },
  { field: 'attempts', question: 'What have you tried so far?', answer: 'Your colleague did that a minute ago.' },
];

/** What is known of an account, beside its id. */
export const accountFacts: readonly (readonly [string, Json])[] = [
  ['accountTier', 'Pro'],
  ['accountStatus', 'active'],
  ['apiKeyStatus', 'active'],
  ['accountName', 'A made-up company'],
];

/** How many calls come in each hour of a day, UTC. */
export const hours: Some<{ readonly hour: number; readonly weight: number }> = [
  { hour: 0, weight: 1 },
  ...[1, 1, 1, 1, 2, 4, 9, 17, 26, 30, 28, 22, 24, 29, 28, 25, 19, 13, 9, 6, 4, 3, 2].map((weight, index) => ({
    hour: index + 1,
    weight,
  })),
];

/** By day of the week, from Sunday on. */
export const weekdays: readonly number[] = [4, 20, 18, 17, 16, 15, 6];
