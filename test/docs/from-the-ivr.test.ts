import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newCallId } from '../contracts/context-store.ts';
import { briefingOf } from '../world/model/record.ts';
import { dialledNumber, publicUrl, raiseStage, type Stage, type StageOptions } from '../world/stage.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'from-the-ivr.md'), 'utf8');

/** What stands between the fences of the page's blocks of that language, in order. */
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);
const block = (language: string, index = 0): string => {
  const text = blocks(language)[index];
  if (text === undefined) throw new Error(`the page has no ${language} block ${index + 1}`);
  return text;
};

const intakeKey = 'docs-key-of-24-characters';
const caller = '+14155550134';

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});
const raise = async (options: Partial<StageOptions> = {}): Promise<Stage> => {
  const settings = { THROUGHLINE_INTAKE_KEY: intakeKey };
  const stage = await raiseStage({ mode: 'wire', store: 'sqlite::memory:', settings, ...options });
  stages.push(stage);
  return stage;
};

const fact = z.object({ key: z.string(), value: z.unknown(), source: z.string(), verified: z.boolean() });

/** Calls, and waits for the first words. What the model server received of who said them. */
const firstAgent = async (stage: Stage, from = caller, extra: Readonly<Record<string, string>> = {}) => {
  const call = stage.carrier.call({ from, to: dialledNumber, extra });
  await stage.until(() => stage.model.records.some(({ responses }) => responses.some(({ words }) => words !== '')));
  call.hangUp();
  const [record] = stage.model.records;
  if (record === undefined) throw new Error('nobody answered');
  const { facts } = z.object({ facts: z.array(fact) }).parse(JSON.parse(briefingOf(record)));
  const ivr = facts.filter(({ source }) => source === 'ivr');
  expect(ivr.some(({ verified }) => verified)).toBe(false);
  expect(record.instructions).toContain('in an automatic menu before');
  expect(record.instructions).not.toMatch(/acct_1042|2026-03/);
  expect(record.violations).toEqual([]);
  expect(call.record.debuggerCodes).toEqual([]);
  return { persona: record.persona, knows: Object.fromEntries(ivr.map(({ key, value }) => [key, value])), call };
};

const run = promisify(execFile);

/** Runs a command of the page as it stands there, but against this stage. */
const shell = async (stage: Stage, command: string): Promise<unknown> => {
  const here = command.replaceAll(publicUrl, stage.publicPort);
  const { stdout } = await run('sh', ['-c', here], { env: { ...process.env, THROUGHLINE_INTAKE_KEY: intakeKey } });
  return JSON.parse(stdout);
};

const announced = z.object({ key: z.string().regex(/^[0-9a-z]{10}$/), expiresAt: z.iso.datetime() });
const withStream = announced.extend({
  stream: z.object({ url: z.string(), action: z.string(), parameters: z.record(z.string(), z.string()) }),
});

describe('docs/from-the-ivr.md', () => {
  it('the declaration is that of the example line', () => {
    const source = readFileSync(join(root, 'agents', 'acme', 'line.ts'), 'utf8');
    const plain = (text: string) => text.replaceAll(/\s+/g, ' ');
    expect(blocks('ts')).toHaveLength(2);
    for (const text of blocks('ts')) expect(plain(source)).toContain(plain(text).trim());
  });

  it('the Studio flow', async () => {
    const widget = z
      .object({ type: z.literal('add-twiml-redirect'), properties: z.object({ method: z.string(), url: z.string() }) })
      .parse(JSON.parse(block('json')));
    const flow: Readonly<Record<string, string>> = {
      'flow.variables.department': 'billing',
      'widgets.ask_account.Digits': '1042',
      'flow.variables.month': '2026-03',
    };
    const { method, url } = widget.properties;
    const filled = url.replaceAll(/\{\{([\w.]+)( \| url_encode)?\}\}/g, (_, name: string, encodes) =>
      encodes === undefined ? String(flow[name]) : encodeURIComponent(String(flow[name])),
    );
    const studio = 'https://webhooks.twilio.com/v1/Accounts/AC0/Flows/FW0';
    const stage = await raise({
      voiceUrl: studio,
      elsewhere: async (asked) =>
        asked === studio
          ? `<Response><Redirect method="${method}">${filled.replaceAll('&', '&amp;')}</Redirect></Response>`
          : undefined,
    });
    expect(await firstAgent(stage)).toMatchObject({
      persona: 'billing',
      knows: { department: 'billing', accountId: 'acct_1042', invoiceMonth: '2026-03' },
    });
  });

  it('curl: an announcement that the call finds by its number, once', async () => {
    const stage = await raise();
    announced.strict().parse(await shell(stage, block('sh')));
    const { persona, knows } = await firstAgent(stage);
    expect([persona, knows]).toEqual(['billing', { department: 'billing', accountId: 'acct_1042' }]);
    await stage.until(() => stage.gateway.calls.live.length === 0);
    expect(await stage.stores.intakes.find({ callId: newCallId(), from: caller, key: undefined })).toBeUndefined();
  });

  it.each(['query', 'header', 'User-to-User'])(
    'curl: an announcement that the call finds by its key in the %s',
    async (way) => {
      const keys: string[] = [];
      const app = 'https://ivr.example.com/';
      const stage = await raise({
        ...(way === 'query' ? { voiceUrl: app } : {}),
        elsewhere: async (asked) =>
          asked === app
            ? `<Response><Redirect>${publicUrl}/twilio/voice?intake=${keys[0]}</Redirect></Response>`
            : undefined,
      });
      const { key } = announced.parse(await shell(stage, block('sh')));
      keys.push(key);
      const headers = {
        query: {},
        header: { 'SipHeader_X-Intake': key },
        'User-to-User': { 'SipHeader_User-to-User': `${Buffer.from(key).toString('hex')};encoding=hex` },
      };
      const { knows } = await firstAgent(stage, 'anonymous', headers[way as keyof typeof headers]);
      expect(knows).toEqual({ department: 'billing', accountId: 'acct_1042' });
    },
  );

  it('the TwiML of another application, with what curl was answered', async () => {
    const app = 'https://ivr.example.com/';
    const stage: Stage = await raise({
      voiceUrl: app,
      elsewhere: async (asked, form) => {
        if (asked !== app) return undefined;
        const command = block('sh', 1).replace(/CA[0-9a-f]{32}/, form.get('CallSid') ?? '');
        const { stream } = withStream.parse(await shell(stage, command));
        const xml = block('xml');
        for (const name of Object.keys(stream.parameters)) expect(xml).toContain(`<Parameter name="${name}" `);
        return xml
          .replaceAll(/\{\{stream\.parameters\.(\w+)\}\}/g, (_, name: string) => stream.parameters[name] ?? '')
          .replace('{{stream.action}}', stream.action)
          .replace('{{stream.url}}', stream.url);
      },
    });
    const { persona, knows, call } = await firstAgent(stage);
    expect([persona, knows]).toEqual(['billing', { department: 'billing', accountId: 'acct_1042' }]);
    expect(call.record.facts.filter(({ type }) => type === 'stream-opened')).toHaveLength(1);
  });

  it("that application's `action` takes the call up again when its stream is lost", async () => {
    const app = 'https://ivr.example.com/';
    const stage: Stage = await raise({
      voiceUrl: app,
      elsewhere: async (asked, form) => {
        if (asked !== app) return undefined;
        const body = { fields: { department: 'billing' }, callSid: form.get('CallSid'), from: caller };
        const answer = await fetch(`${stage.publicPort}/intakes`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${intakeKey}`, 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        });
        const { stream } = withStream.parse(await answer.json());
        const parameters = Object.entries(stream.parameters).map(
          ([name, value]) => `<Parameter name="${name}" value="${value}"/>`,
        );
        return `<Response><Connect action="${stream.action}"><Stream url="${stream.url}">${parameters.join('')}</Stream></Connect></Response>`;
      },
    });
    const call = stage.carrier.call({ from: caller, to: dialledNumber });
    await stage.until(() => stage.model.records.some(({ responses }) => responses.some(({ words }) => words !== '')));
    call.stream?.drop();
    await stage.until(() => stage.model.records.length > 1 && stage.model.records[1]?.persona !== undefined);
    call.hangUp();
    const [, again] = stage.model.records;
    expect([again?.persona, again?.instructions]).toEqual(['billing', expect.stringContaining('The line was interrupted')]);
  });

  it('the SIP headers', async () => {
    const lines =
      page
        .match(/^INVITE [\s\S]*?^```/m)?.[0]
        .split('\n')
        .slice(1) ?? [];
    const headers = lines.flatMap((line) => /^([\w-]+): (.+)$/.exec(line)?.slice(1, 3) ?? []);
    const sip = new Map(
      headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? ''] as const] : [])),
    );
    const passedOn = [...sip].filter(([name]) => name.startsWith('X-') || name === 'User-to-User');
    const extra = Object.fromEntries(passedOn.map(([name, value]) => [`SipHeader_${name}`, value]));
    const from = /<(sip:[^>]+)>/.exec(sip.get('From') ?? '')?.[1];
    expect(await firstAgent(await raise(), from, { ...extra, SipDomain: 'acme.sip.twilio.com' })).toMatchObject({
      persona: 'billing',
      knows: { department: 'billing', accountId: 'acct_1042', invoiceMonth: '2026-03' },
    });
  });
});
