import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webhookWork } from '../../../gateway/webhooks/work.ts';
import { type CallId, epoch, term, wallTime } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';
import type { AnalyseCall } from '../../../store/calls/analysis.ts';
import type { ContextFact, PersonsVerdict } from '../../../store/context/event.ts';
import { noTokens } from '../../../store/context/usage.ts';
import { deliverWebhookJob, jobHandlers } from '../../../store/jobs.ts';
import { openStores, type Stores } from '../../../store/stores.ts';
import { newCallId } from '../../contracts/context-store.ts';
import { endpointAt, startTarget, type WebhookTarget } from './targets.ts';

const day = 86_400_000;
const first = Date.now() - 5 * day;
const log = { info() {}, warn() {} };

let stores: Stores;
let target: WebhookTarget;
beforeEach(async () => {
  stores = await openStores({ kind: 'sqlite', path: ':memory:' }, { clock: systemClock, log });
  target = await startTarget();
  const endpoint = endpointAt(target.url, { events: ['call.analysed'] });
  await stores.webhooks.change(() => ({ endpoints: [endpoint], answer: undefined }));
});
afterEach(async () => {
  await stores.close();
  target.close();
});

const said = (text: string): ContextFact => ({ type: 'caller-said', turn: text, text });
const call = [
  { type: 'call-started', from: '+14155550134', to: '+1', line: 'acme', ivr: {} },
  { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'answer' },
  said('Hello.'),
  said('It works now.'),
  {
    type: 'model-used',
    agent: 'support',
    model: 'gpt-realtime-2.1',
    tokens: { ...noTokens, audioOut: 9 },
    transcription: null,
  },
] as const;
const ended: ContextFact = { type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false };

const append = async (callId: CallId, facts: readonly ContextFact[], { at = 0, after = 0 } = {}): Promise<void> => {
  const events = facts.map((fact, index) => {
    const seq = after + index + 1;
    return { ...fact, seq, term: term(1), at: wallTime(first + at + seq) };
  });
  await stores.contexts.append({ callId, term: term(1), owner: 'test', events });
};

const called = async (facts: readonly ContextFact[], at = 0): Promise<CallId> => {
  const callId = newCallId();
  await append(callId, facts, { at });
  return callId;
};

const handlersOf = (analyse?: AnalyseCall) => {
  const webhooks = webhookWork(
    { allow: new Set([`127.0.0.1:${target.port}`]) },
    { stores, clock: systemClock, log, metrics: { count() {} } },
  );
  return jobHandlers(stores, { ...webhooks, ...(analyse === undefined ? {} : { analyse }) });
};
const analyses = async (callId: CallId, analyse?: AnalyseCall) => handlersOf(analyse)['analyse-call']({ callId });

const finds =
  (callerConfirmed: boolean | null): AnalyseCall =>
  async () => ({ category: null, callerConfirmed, sentimentStart: null, sentimentEnd: null, solvedBy: null });

/** What comes when all that is queued is told, in order of the revisions. */
const told = async (count: number) => {
  stores.queue.work({ 'deliver-webhook': handlersOf()['deliver-webhook'] ?? (() => Promise.resolve()) });
  await expect
    .poll(async () => {
      const { waiting = 0, delayed = 0, active = 0 } = { ...(await stores.queue.counts())['deliver-webhook'] };
      return [waiting + delayed + active, target.received.length];
    })
    .toEqual([0, count]);
  return target.received.map(({ headers, body }) => ({ id: headers['webhook-id'], ...JSON.parse(body).data }));
};

describe('what is told of a record', () => {
  it('is told when the model has read, and only then', async () => {
    const callId = await called([...call, ended]);
    const queuedBefore: number[] = [];
    await analyses(callId, async (words) => {
      queuedBefore.push((await stores.queue.counts())['deliver-webhook']?.waiting ?? 0);
      return finds(false)(words);
    });
    expect(queuedBefore).toEqual([0]);
    await analyses(callId, finds(false));
    expect(await told(1)).toMatchObject([{ resolved: false }]);
  });

  it('is what rules found when the model fails, and is corrected when it does not', async () => {
    const callId = await called([...call, ended]);
    await expect(analyses(callId, () => Promise.reject(new Error('unreadable')))).rejects.toThrow('unreadable');
    expect(await told(1)).toMatchObject([{ id: `${callId}-a1`, resolved: true, revision: 1 }]);
    await analyses(callId, finds(false));
    expect((await told(2))[1]).toMatchObject({ id: `${callId}-a2`, resolved: false, revision: 2 });
    await analyses(callId, finds(false));
    await analyses(callId);
    await told(2);
  });

  it('is not told again when the record changed in what nobody is told', async () => {
    const callId = await called([...call, ended]);
    await analyses(callId);
    await told(1);
    await analyses(callId, async (words) => ({ ...(await finds(true)(words)), category: 'API key', sentimentEnd: 'calm' }));
    expect(await stores.calls.get(callId)).toMatchObject({ category: 'API key', revision: 1 });
    await told(1);
  });

  it('is told again of the call before, when its caller calls again', async () => {
    const one = await called([...call, ended]);
    await analyses(one);
    await told(1);
    const two = await called([...call, ended], day);
    await analyses(two);
    await analyses(two);
    const repeatedAt = new Date(first + day + 1).toISOString();
    const messages = await told(3);
    expect(messages.slice(1).filter(({ callId }) => callId === one)).toMatchObject([
      { id: `${one}-a2`, resolved: false, repeatedAt, revision: 2 },
    ]);
    expect(messages.filter(({ callId }) => callId === two)).toMatchObject([{ id: `${two}-a1`, resolved: true }]);
  });

  it('is told again when it changed and changed back', async () => {
    const talk = {
      type: 'transfer-ended',
      transfer: 'x',
      to: 'ana',
      ending: 'finished',
      talkMs: 60_000,
      notes: null,
    } as const;
    const request = { transfer: 'x', from: 'support', to: 'ana', way: 'warm', reason: '', trigger: 'caller-asked' } as const;
    const facts: readonly ContextFact[] = [
      ...[...call, { type: 'transfer-requested', ...request } as const],
      ...[{ type: 'transfer-accepted', transfer: 'x', to: 'ana' } as const, { ...talk, verdict: 'solved' } as const, ended],
    ];
    const callId = await called(facts);
    const noted = (verdict: PersonsVerdict): ContextFact => ({
      type: 'transfer-noted',
      transfer: 'x',
      notes: null,
      verdict,
    });
    await analyses(callId);
    await told(1);
    await append(callId, [noted('not-solved')], { after: facts.length });
    await analyses(callId);
    await told(2);
    await append(callId, [noted('solved')], { after: facts.length + 1 });
    await analyses(callId);
    expect((await told(3)).map(({ resolved, revision }) => [resolved, revision])).toEqual([
      [true, 1],
      [false, 2],
      [true, 3],
    ]);
  });

  it('is not told under a number that a newer one came after; a job that an older version queued is told', async () => {
    const callId = await called([...call, ended]);
    await analyses(callId);
    await analyses(callId, finds(false));
    expect(await told(1)).toMatchObject([{ id: `${callId}-a2`, resolved: false }]);
    await stores.queue.add(deliverWebhookJob({ callId, seq: 5, endpoint: 'we_1', isAnalysis: true }));
    await told(2);
  });
});
