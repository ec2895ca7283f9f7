import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signedHeaders } from '../../gateway/webhooks/signature.ts';
import { webhookTypes } from '../../store/webhooks/types.ts';
import { secretOf } from '../gateway/webhooks/targets.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'webhooks.md'), 'utf8');
const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? '';

/** The page's code, as it stands there. */
const { verify }: { verify: (secret: string, headers: Readonly<Record<string, string>>, body: string) => unknown } =
  await import(`data:text/javascript,${encodeURIComponent(code)}`);

const body = '{"type":"call.ended","data":{"grüße":"✓"}}';
const now = () => Math.floor(Date.now() / 1_000);
const headersOf = (secrets: readonly string[], seconds = now()) => signedHeaders({ id: 'm1', body, seconds }, secrets);

describe('docs/webhooks.md', () => {
  it('the code that verifies takes what we sign, also while a secret is changed', () => {
    expect(verify(secretOf(1), headersOf([secretOf(1)]), body)).toEqual(JSON.parse(body));
    const rotating = headersOf([secretOf(2), secretOf(1)]);
    for (const secret of [secretOf(1), secretOf(2)]) expect(verify(secret, rotating, body)).toEqual(JSON.parse(body));
  });

  it.each([
    ['another secret', () => verify(secretOf(3), headersOf([secretOf(1)]), body)],
    ['another body', () => verify(secretOf(1), headersOf([secretOf(1)]), `${body} `)],
    ['another id', () => verify(secretOf(1), { ...headersOf([secretOf(1)]), 'webhook-id': 'm2' }, body)],
    [
      'another time',
      () => verify(secretOf(1), { ...headersOf([secretOf(1)]), 'webhook-timestamp': String(now() + 1) }, body),
    ],
    ['an old message', () => verify(secretOf(1), headersOf([secretOf(1)], now() - 400), body)],
    ['one of the future', () => verify(secretOf(1), headersOf([secretOf(1)], now() + 400), body)],
    ['no headers', () => verify(secretOf(1), {}, body)],
    ['no signature', () => verify(secretOf(1), { ...headersOf([secretOf(1)]), 'webhook-signature': '' }, body)],
  ])('and refuses %s', (_, act) => expect(act).toThrow(/not signed by us|too old/));

  it('names every type', () => {
    for (const type of webhookTypes) expect(page).toContain(`| \`${type}\` |`);
  });
});
