import type { PersonsWord, ScreenDesk, ScreenView } from '../../../gateway/call/ports.ts';
import { epoch, parseCallId, term, wallTime } from '../../../infra/brand.ts';
import type { ContextEvent, ContextFact, Json } from '../../../store/context/event.ts';
import type { TransferRef } from '../../../store/transfers.ts';
import { bundleOf, handedOver, learned } from '../../agents/handoff/world.ts';

/** Seconds into the test's day at which the call of these tests began. */
const began = 1_000;
export const now = wallTime((began + 200) * 1_000);

type Told = readonly [second: number, fact: ContextFact];

const caller = (second: number, text: string | null): Told => [
  began + second,
  { type: 'caller-said', turn: `turn-${second}`, text },
];
const agent = (second: number, name: string, [text, heardText = text]: readonly [string, string?]): Told => [
  began + second,
  { type: 'agent-said', item: `item-${second}`, agent: name, text, heardText, saidMs: 1_000, heardMs: 1_000 },
];
const used = (
  second: number,
  tool: string,
  [given, result, effect = 'reads']: readonly [Json, Json, ('reads' | 'irreversible')?],
): readonly Told[] => [
  [
    began + second,
    { type: 'tool-called', tool, toolCallId: `${tool}-${second}`, agent: 'support', arguments: given, effect },
  ],
  [began + second, { type: 'tool-returned', tool, toolCallId: `${tool}-${second}`, status: 'ok', result, durationMs: 90 }],
];
const said = (key: string, value: Json): ContextFact => ({
  type: 'fact-learned',
  key,
  value,
  source: 'caller',
  verified: false,
});
const tried = (solution: string, outcome: 'failed' | 'worked' | 'unknown'): ContextFact => ({
  type: 'solution-tried',
  solution,
  outcome,
});

const account = {
  id: 'acct_1042',
  name: 'Dana Whitfield',
  tier: 'Pro',
  status: 'active',
  apiKey: { prefix: 'ak_7f3', status: 'active', activatedAt: '2026-01-01T08:12:00Z' },
};
const request = {
  at: '2026-01-01T00:17:40Z',
  method: 'GET',
  path: '/v1/orders',
  status: 401,
  authorizationHeader: 'missing',
};

const danasCall: readonly Told[] = [
  [
    began,
    {
      type: 'call-started',
      from: '+14155550134',
      to: '+14155550100',
      line: 'acme',
      ivr: { menuChoice: 'developer support' },
    },
  ],
  [began, { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'answer' }],
  agent(1, 'support', ['Welcome to Acme support. I am an AI assistant. How can I help you today?']),
  caller(8, 'Hi, my API key stopped working. I activated it yesterday and every request gets a 401.'),
  ...used(14, 'checkAccountStatus', [{}, account]),
  ...['accountName:Dana Whitfield', 'accountTier:Pro', 'accountId:acct_1042', 'apiKeyStatus:active'].map((each): Told => {
    const [key = '', value = ''] = each.split(':');
    return [began + 15, learned(key, value)];
  }),
  [began + 16, { type: 'issue-classified', category: 'API key' }],
  agent(17, 'support', ['Thanks, Dana. You are on the Pro plan and the key is active. Shall I reset it for you?']),
  caller(26, 'Yes, please.'),
  ...used(28, 'resetApiKey', [{ accountId: 'acct_1042' }, { prefix: 'ak_91c', status: 'active' }, 'irreversible']),
  agent(31, 'support', ['Done. Your new key starts with ak 9 1 c. Please try it now.']),
  caller(52, 'Still 401. This is really frustrating, I have a release tonight.'),
  [began + 53, tried('Reset API key', 'failed')],
  [began + 54, { type: 'sentiment-noticed', sentiment: 'frustrated' }],
  ...handedOver(began + 60, 'support', 'technical'),
  ...used(62, 'checkApiLogs', [{}, { requests: Array.from({ length: 12 }, () => request) }]),
  agent(63, 'technical', [
    'I know this is frustrating. Your requests reach us without an Authorization header. Could you send me the line that sets the header?',
    'I know this is frustrating. Your requests reach us without an Authorization header.',
  ]),
  caller(72, 'I set it in the client options. Look, can I please talk to a person?'),
  [began + 73, said('sdk', 'Python 3.12, acme-sdk 4.1.0')],
  [began + 74, tried('Sent the key as Authorization: Bearer from the client options', 'failed')],
  [began + 75, tried('Checked that the account is active', 'worked')],
  caller(80, null),
];

/** Dana's call, as it is stored. */
export const danasEvents: readonly ContextEvent[] = danasCall.map(([second, fact], index) => ({
  ...fact,
  seq: index + 1,
  term: term(1),
  at: wallTime(second * 1_000),
}));

export const callId = (() => {
  const id = parseCallId(`CA${'0'.repeat(32)}`);
  if (id === undefined) throw new Error('call id');
  return id;
})();
export const ref: TransferRef = { callId, transfer: '2.1' };

/** A caller with a real problem, on their way to a person. */
export const danasView = (changes: Partial<ScreenView> = {}): ScreenView => ({
  bundle: bundleOf(...danasCall),
  transfer: {
    to: 'Integration team',
    from: 'technical',
    reason:
      'API key still gets a 401 after a reset; the SDK sends no Authorization header. Asked for a person, has a release tonight.',
    requestedAt: wallTime((began + 175) * 1_000),
  },
  phase: 'waiting',
  notes: null,
  outcome: null,
  ...changes,
});

/** A call of which nothing is known. */
export const emptyView = (changes: Partial<ScreenView> = {}): ScreenView => ({
  ...danasView(),
  bundle: bundleOf(),
  transfer: { to: 'human', from: 'support', reason: '', requestedAt: now },
  ...changes,
});

/** A view with this text wherever something comes in from outside. */
export const viewFull = (text: string, value: Json = text): ScreenView => ({
  bundle: bundleOf(
    [1, { type: 'call-started', from: text, to: text, line: text, ivr: { [text]: text } }],
    [2, { type: 'bound', agent: text, epoch: epoch(1), cause: 'answer' }],
    [3, { type: 'caller-said', turn: '1', text }],
    [4, { type: 'agent-said', item: '1', agent: text, text: `${text} ${text}`, heardText: text, saidMs: 2, heardMs: 1 }],
    [5, { type: 'tool-called', tool: text, toolCallId: 't', agent: text, arguments: { [text]: value }, effect: 'reads' }],
    [
      6,
      {
        type: 'tool-returned',
        tool: text,
        toolCallId: 't',
        status: 'ok',
        result: { [text]: value, b: value },
        durationMs: 1,
      },
    ],
    [7, { type: 'fact-learned', key: text, value, source: 'tool', verified: true }],
    [8, { type: 'fact-learned', key: 'name', value: text, source: 'caller', verified: false }],
    [9, { type: 'fact-learned', key: 'company', value: text, source: 'caller', verified: false }],
    [10, { type: 'solution-tried', solution: text, outcome: 'failed' }],
    [11, { type: 'solution-tried', solution: `${text}!`, outcome: 'worked' }],
    [12, { type: 'sentiment-noticed', sentiment: text }],
    [13, { type: 'issue-classified', category: text }],
    [14, { type: 'handoff-requested', epoch: epoch(2), from: text, to: text, reason: text, trigger: 'expertise' }],
    [15, { type: 'handoff-failed', epoch: epoch(2), from: text, to: text, why: text }],
  ),
  transfer: { to: text, from: text, reason: text, requestedAt: now },
  phase: 'talking',
  notes: text,
  outcome: 'solved',
});

/** A desk with one transfer, which remembers what it was told. Set `away` and it is out of reach. */
export class FakeScreenDesk implements ScreenDesk {
  view_: ScreenView | undefined = danasView({ phase: 'talking' });
  away = false;
  readonly told: PersonsWord[] = [];

  view: ScreenDesk['view'] = async ({ callId: id, transfer }) => {
    if (this.away) throw new Error('the store is away: secret detail');
    return id === ref.callId && transfer === ref.transfer ? this.view_ : undefined;
  };

  word: ScreenDesk['word'] = async (_ref, word) => {
    if (this.away) throw new Error('the store is away: secret detail');
    const view = this.view_;
    if (view === undefined) return 'over';
    this.told.push(word);
    const { notes = view.notes, outcome = view.outcome } = word;
    const goes = word.next !== undefined && view.phase !== 'over';
    this.view_ = { ...view, notes, outcome, phase: goes ? 'over' : view.phase };
    return word.next === undefined || goes ? 'done' : 'over';
  };
}
