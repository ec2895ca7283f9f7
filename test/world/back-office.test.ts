import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BackOffice, demoAccount, startBackOffice } from './back-office.ts';

let office: BackOffice;
beforeEach(async () => {
  office = await startBackOffice();
});
afterEach(() => office.close());

const ask = async (method: string, path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${office.url}${path}`, { method, ...init });
  return { status: response.status, body: await response.json() };
};
const account = `/accounts/${demoAccount.id}`;
const reset = (key: string) => ask('POST', `${account}/api-key/reset`, { headers: { 'Idempotency-Key': key } });

describe('the back office', () => {
  test('knows the demo caller by number and by id', async () => {
    const byPhone = await ask('GET', `/accounts/by-phone/${encodeURIComponent(demoAccount.phone)}`);
    expect(byPhone).toEqual(await ask('GET', account));
    expect(byPhone.body).toEqual({
      id: demoAccount.id,
      name: expect.any(String),
      tier: 'Pro',
      status: 'active',
      phone: '+14155550134',
      apiKey: { prefix: expect.any(String), activatedAt: expect.any(String), status: 'active' },
    });
  });

  test('really changes the key, once per idempotency key', async () => {
    const before = office.state.accounts.get(demoAccount.id)?.apiKey.prefix;
    const first = await reset('k1');
    expect(first.body).toEqual({ prefix: expect.stringMatching(/^ak_live_/), status: 'active' });
    expect(first.body).not.toMatchObject({ prefix: before });
    expect((await ask('GET', account)).body).toMatchObject({ apiKey: first.body });
    expect(await reset('k1')).toEqual(first);
    expect((await ask('GET', account)).body).toMatchObject({ apiKey: first.body });
    expect((await reset('k2')).body).not.toEqual(first.body);
    expect(office.calls.filter((call) => call.method === 'POST').map((call) => call.idempotencyKey)).toEqual([
      'k1',
      'k1',
      'k2',
    ]);
  });

  test('has the log that explains the 401', async () => {
    const { body } = await ask('GET', `${account}/requests?limit=2`);
    const missing = { status: 401, authorizationHeader: 'missing', method: 'POST' };
    expect(body).toMatchObject({ requests: [missing, missing] });
    const diagnosis = await ask('POST', `${account}/sdk/diagnose`, {
      body: JSON.stringify({ language: 'Node', symptom: '401' }),
    });
    expect(diagnosis.body).toMatchObject({ findings: [expect.stringContaining('Authorization')], fix: expect.any(String) });
  });

  test('knows the PIN of an account, and lets nobody guess it', async () => {
    const tries = async (pin: string) =>
      (await ask('POST', `${account}/pin/verify`, { body: JSON.stringify({ pin }) })).body;
    expect(await tries('0000')).toEqual({ verified: false, attemptsLeft: 2 });
    expect(await tries('4711')).toEqual({ verified: true, attemptsLeft: 3 });
    for (let left = 2; left >= 0; left -= 1) expect(await tries('1')).toEqual({ verified: false, attemptsLeft: left });
    expect(await tries('4711')).toEqual({ verified: false, attemptsLeft: 0 });
    expect((await ask('POST', `${account}/pin/verify`, { body: '{}' })).status).toBe(400);
  });

  test('has invoices', async () => {
    expect((await ask('GET', `${account}/invoices`)).body).toEqual({
      invoices: [expect.objectContaining({ amount: 49, currency: 'USD', status: 'paid', lines: [expect.anything()] })],
    });
  });

  test.each([
    ['GET', '/accounts/by-phone/%2B19995550100', 404],
    ['GET', '/accounts/acct_9', 404],
    ['GET', '/accounts', 404],
    ['DELETE', `/accounts/${demoAccount.id}`, 404],
    ['GET', `/accounts/${demoAccount.id}/secrets`, 404],
    ['POST', `/accounts/${demoAccount.id}/api-key/reset`, 400],
    ['POST', `/accounts/${demoAccount.id}/sdk/diagnose`, 400],
    ['GET', `/accounts/${demoAccount.id}/requests?limit=0`, 400],
    ['GET', '/accounts/%ff', 400],
  ])('answers %s %s with %i and says why', async (method, path, status) => {
    expect(await ask(method, path)).toEqual({ status, body: { error: expect.any(String) } });
  });

  test('is out of order when told to', async () => {
    office.state.failure = 503;
    expect((await ask('GET', account)).status).toBe(503);
  });
});
