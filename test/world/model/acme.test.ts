import { describe, expect, test } from 'vitest';
import { factsCarriedTo, knownFacts } from '../article.ts';
import { type ClipName, clip, clipOf } from '../voices/clips.ts';
import { firstWordsOf } from './record.ts';
import { configured, openSession, type ReceivedEvent, silence, type TestClient } from './test-client.ts';

const tool = (name: string, ...properties: string[]): object => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: Object.fromEntries(properties.map((key) => [key, {}])) },
});
const builtIns = [
  tool('remember', 'key', 'value'),
  tool('note_attempt', 'solution', 'outcome'),
  tool('note_sentiment', 'sentiment'),
  tool('classify_issue', 'category'),
  tool('end_call', 'resolved', 'reason'),
];
const supportTools = [
  tool('checkAccountStatus', 'accountId'),
  tool('resetApiKey', 'accountId'),
  tool('transfer_to_technical', 'reason', 'caller_asked', 'symptom'),
  ...builtIns,
];
const technicalTools = [tool('checkApiLogs'), ...builtIns];

const account = JSON.stringify({ id: 'acct_1042', tier: 'Pro', status: 'active' });
const outputs: Record<string, string> = {
  checkAccountStatus: account,
  resetApiKey: '{"prefix":"ak_live_R001","status":"active"}',
  checkApiLogs: '{"requests":[{"status":401,"authorizationHeader":"missing"}]}',
};

interface Call {
  readonly name: string;
  readonly arguments: unknown;
}

/** Answers tool calls as a gateway would, until the model has nothing left to call. */
const answer = async (client: TestClient, first: ReceivedEvent[], results = outputs): Promise<Call[]> => {
  const made: Call[] = [];
  for (let events = first, round = 0; round < 6; round += 1) {
    events.push(...(await client.pass(4000)));
    const calls = events.filter((event) => event.type === 'response.function_call_arguments.done');
    made.push(...calls.map((call) => ({ name: call['name'], arguments: JSON.parse(call['arguments']) })));
    const answered = calls.filter((call) => !/^(transfer_to_|end_call)/.test(call['name']));
    if (answered.length === 0 || answered.length < calls.length) return made;
    const items = answered.map((call) => ({ call_id: call['call_id'], output: results[call['name']] ?? '{"noted":true}' }));
    const created = items.map((item) => ({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', ...item },
    }));
    events = await client.send([...created, { type: 'response.create' }], 10);
  }
  return made;
};
const hear = async (client: TestClient, name: ClipName): Promise<Call[]> =>
  answer(client, await client.speak(Buffer.concat([silence(200), clip(name), silence(700)])));
const text = (...names: ClipName[]): string => names.map((name) => clipOf(name).text).join(' ');

const brief = (context: string): object[] => [
  {
    type: 'conversation.item.create',
    item: { type: 'function_call', call_id: 'ctx', name: 'get_call_context', arguments: '{}' },
  },
  { type: 'conversation.item.create', item: { type: 'function_call_output', call_id: 'ctx', output: context } },
];
const fullContext = JSON.stringify({
  facts: [
    { key: 'callerNumber', value: '+14155550134' },
    { key: 'accountId', value: 'acct_1042' },
    { key: 'accountTier', value: 'Pro' },
    { key: 'keyActivated', value: 'yesterday' },
  ],
  issueCategory: 'API key',
  sentiment: 'frustrated',
  attemptedSolutions: [{ solution: 'Reset API key', outcome: 'failed' }],
  handoff: { reason: 'API key was reset, but the caller still gets a 401 error' },
});

describe('support', () => {
  test('greets, looks up, resets, and hands over with the reason', async () => {
    const { server, client } = await openSession(configured({}, supportTools));
    expect(server.records[0]?.persona).toBe('support');
    await answer(client, await client.send({ type: 'response.create' }));
    expect(await hear(client, 'callerOpening')).toEqual([
      { name: 'remember', arguments: { key: 'keyActivated', value: 'yesterday' } },
      { name: 'classify_issue', arguments: { category: 'API key' } },
      { name: 'checkAccountStatus', arguments: {} },
      { name: 'resetApiKey', arguments: { accountId: 'acct_1042' } },
    ]);
    expect(await hear(client, 'callerStillFails')).toEqual([
      { name: 'note_attempt', arguments: { solution: 'Reset API key', outcome: 'failed' } },
      { name: 'note_sentiment', arguments: { sentiment: 'frustrated' } },
      {
        name: 'transfer_to_technical',
        arguments: {
          reason: 'API key was reset, but the caller still gets a 401 error',
          caller_asked: false,
          symptom: '401 with a freshly reset API key',
        },
      },
    ]);
    expect(server.records[0]?.responses.map((response) => response.words)).toEqual([
      text('supportGreeting'),
      text('supportLooksUp'),
      text('supportPro'),
      text('supportReset'),
      text('supportBridging'),
    ]);
    expect(server.records[0]?.violations).toEqual([]);
  });

  test('does not speak of a tier that no tool named, nor of a reset that failed', async () => {
    const { server, client } = await openSession(configured({}, supportTools));
    const error = '{"error":{"code":"back-office-unreachable"}}';
    await answer(client, await client.speak(Buffer.concat([clip('callerOpening'), silence(700)])), {
      checkAccountStatus: error,
      resetApiKey: error,
    });
    const said = server.records[0]?.responses.map((response) => response.words);
    expect(said).toEqual([text('supportLooksUp'), text('supportNoTier'), text('supportNoReset')]);
  });

  test('says so when it did not understand', async () => {
    const { server, client } = await openSession(configured({}, supportTools));
    const half = clip('callerOpening').subarray(9000, 16_000);
    await answer(client, await client.speak(Buffer.concat([half, silence(700)])));
    expect(server.records[0]?.responses.map((response) => response.words)).toEqual([text('supportPardon')]);
  });
});

describe('technical', () => {
  test('says what it was told, finds the cause, and ends the call', async () => {
    const { server, client } = await openSession(configured({}, technicalTools));
    await client.send(brief(fullContext));
    const calls = await answer(client, await client.send({ type: 'response.create' }));
    expect(calls).toEqual([{ name: 'checkApiLogs', arguments: {} }]);
    const record = server.sessionOf('technical')?.record;
    if (record === undefined) throw new Error('no specialist');
    expect(firstWordsOf(record)).toBe(text('technicalKnows', 'technicalFrustrating', 'technicalLooks'));
    expect(record.responses.at(-1)?.words).toBe(text('technicalFound'));
    expect(factsCarriedTo(record)).toEqual({ total: 10, carried: knownFacts.map((fact) => fact.key) });
    const last = await hear(client, 'callerFixed');
    expect(last.at(-1)).toMatchObject({ name: 'end_call', arguments: { resolved: true } });
    expect(record.responses.at(-1)?.words).toBe(text('technicalGoodbye'));
  });

  test.each([
    ['the tier', /"accountTier","value":"Pro"/, '"accountTier","value":null', 'accountTier'],
    ['the error', '401', 'some', 'symptom'],
    ['the sentiment', 'frustrated', 'calm', 'sentiment'],
  ] as const)('does not claim to know %s when it was not told', async (...[, what, instead, fact]) => {
    const { server, client } = await openSession(configured({}, technicalTools));
    await client.send(brief(fullContext.replace(what, instead)));
    await client.send({ type: 'response.create' }, 4000);
    const record = server.sessionOf('technical')?.record;
    if (record === undefined) throw new Error('no specialist');
    const honest = fact === 'sentiment' ? text('technicalKnows', 'technicalLooks') : text('technicalHelp');
    expect(firstWordsOf(record)).toBe(honest);
    expect(factsCarriedTo(record).carried).not.toContain(fact);
    expect(factsCarriedTo(record).carried.length).toBeGreaterThanOrEqual(8);
  });

  test('knows nothing from instructions: only the briefing counts', async () => {
    const { server, client } = await openSession(configured({}, technicalTools));
    await client.send({ type: 'session.update', session: { type: 'realtime', instructions: fullContext } });
    await client.send({ type: 'response.create' }, 4000);
    const record = server.sessionOf('technical')?.record;
    expect(record && firstWordsOf(record)).toBe(text('technicalHelp'));
    expect(record && factsCarriedTo(record).carried).toEqual([]);
  });
});
