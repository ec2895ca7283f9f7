import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { articleScript, saysAfter } from '../scenarios/play.ts';
import { acmePersonas, callerNumber } from '../world/article.ts';
import { startBackOffice } from '../world/back-office.ts';
import { Caller, hangsUp } from '../world/caller.ts';
import { sendHttp } from '../world/carrier/http.ts';
import { soundSpans, Track } from '../world/carrier/track.ts';
import { Carrier } from '../world/carrier.ts';
import { startGateway } from '../world/gateway-process.ts';
import { ModelServer } from '../world/model/server.ts';
import { recordingsFolder, soundBytesOf, twoSidesOf } from '../world/recordings.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';
import { accountSid, apiKey, authToken, dialledNumber, publicUrl } from '../world/stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bundleShape = z.object({
  toolCalls: z.array(z.object({ name: z.string() })),
  userState: z.record(z.string(), z.unknown()),
});
const eventsShape = z.object({
  events: z.array(z.object({ seq: z.number(), type: z.string(), cause: z.string().optional() })),
});
const handoffsShape = z.object({ handoffs: z.array(z.object({ from: z.string(), to: z.string(), outcome: z.string() })) });

/** One call over real sockets to a real process, whose serving process is killed in mid-call. */
const callThroughAKill = async (store: string, settings: Readonly<Record<string, string>>) => {
  const model = new ModelServer({ personas: acmePersonas, apiKey });
  const backOffice = await startBackOffice();
  const gateway = await startGateway({
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    OPENAI_API_KEY: apiKey,
    OPENAI_BASE_URL: await model.listen(),
    PUBLIC_URL: publicUrl,
    BACK_OFFICE_URL: backOffice.url,
    STORE: store,
    ...settings,
  });
  const local = (url: string, scheme: string) =>
    `${scheme}://127.0.0.1:${gateway.port}${new URL(url).pathname}${new URL(url).search}`;
  const carrier = new Carrier({
    accountSid,
    authToken,
    number: { voiceUrl: `${publicUrl}/twilio/voice`, statusCallback: `${publicUrl}/twilio/status` },
    http: (request) => sendHttp({ ...request, url: local(request.url, 'http') }),
    dial: (url) => local(url, 'ws'),
  });
  try {
    const call = carrier.call({ from: callerNumber, to: dialledNumber });
    const [opening] = articleScript;
    if (opening === undefined) throw new Error('the caller has nothing to say');
    const script = [
      opening,
      // A loaded machine takes seconds to start a process, and what is said without a stream nobody hears.
      saysAfter('callerStillFails', ['supportLooksUp'], 8_000),
      hangsUp({ after: 'agent-speaking', afterMs: 6_000 }), // the specialist speaks by then
    ];
    let killed: number | undefined;
    call.events.listen((fact) => {
      // The reset was done and is being spoken of: the worst moment to forget it.
      if (killed === undefined && fact.type === 'agent-started' && backOffice.state.resets.size > 0) {
        killed = call.record.now;
        for (const pid of gateway.workers()) process.kill(pid, 'SIGKILL');
      }
    });
    const outcome = await new Caller({ call, script, patienceMs: 40_000 }).run();
    await call.ended;
    await new Promise((resolve) => setTimeout(resolve, 500));
    const ask = async <Shape extends z.ZodType>(path: string, shape: Shape) =>
      shape.parse(await (await fetch(`${gateway.consoleUrl}/api/v1/${path}`)).json());
    const bundle = await ask(`calls/${call.sid}/bundle`, bundleShape);
    const { events } = await ask(`calls/${call.sid}/events`, eventsShape);
    const { handoffs } = await ask('handoffs', handoffsShape);
    return { call, model, backOffice, outcome, killed, bundle, handoffs, events };
  } finally {
    await carrier.close();
    await gateway.stop();
    await model.close();
    await backOffice.close();
  }
};

const expectToGoOn = async (store: string, settings: Readonly<Record<string, string>> = {}): Promise<void> => {
  const { call, model, backOffice, outcome, killed, bundle, handoffs, events } = await callThroughAKill(store, settings);
  expect(killed).toBeDefined();
  expect(outcome).toBe('finished');
  expect(call.phoneSockets).toBe(2);
  expect(model.records.map(({ persona }) => persona)).toEqual(['support', 'support', 'technical']);
  expect(model.records.flatMap(({ violations }) => violations)).toEqual([]);
  // The second session knows that the key was reset: it is not done again, and the handoff follows.
  expect(backOffice.state.resets.size).toBe(1);
  expect(bundle.toolCalls.filter(({ name }) => name === 'resetApiKey')).toHaveLength(1);
  expect(bundle.userState).toMatchObject({ accountTier: 'Pro' });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.flatMap(({ type, cause }) => (type === 'bound' ? [cause] : []))).toEqual(['answer', 'resume', 'handoff']);
  expect(handoffs).toMatchObject([{ from: 'support', to: 'technical', outcome: 'committed' }]);
};

const isLoudSomewhere = (mulaw: Uint8Array): boolean => {
  const track = new Track();
  track.write(0, mulaw);
  return soundSpans(track, { from: 0, to: mulaw.length / 8 }).length > 0;
};

describe('kill -9 of the serving process in mid-call', () => {
  it('the call goes on with the same agent and all that is known, on SQLite', {
    timeout: 150_000,
    concurrent: true,
  }, async () => {
    const recordings = recordingsFolder();
    try {
      await expectToGoOn(`sqlite:${join(folder, 'calls.db')}`, { THROUGHLINE_RECORDING: recordings.folder });
      // The killed process did not end its file, which is one that can be played all the same; the next one wrote another.
      expect(recordings.names()).toHaveLength(2);
      for (const name of recordings.names()) {
        const file = recordings.read(name);
        const { caller, agent } = twoSidesOf(file);
        expect(file.length).toBeGreaterThanOrEqual(58 + soundBytesOf(file));
        expect(file.length - soundBytesOf(file)).toBeLessThan(58 + 6 * 16_000);
        for (const side of [caller, agent]) expect(isLoudSomewhere(side)).toBe(true);
      }
    } finally {
      recordings.remove();
    }
  });

  it('and on SQLite where what is stored is sealed: nothing of it is in the file', { timeout: 150_000 }, async () => {
    const path = join(folder, 'sealed.db');
    await expectToGoOn(`sqlite:${path}`, { THROUGHLINE_SEAL_KEY: randomBytes(32).toString('base64') });
    const files = [path, `${path}-wal`].filter((file) => existsSync(file));
    const bytes = files.map((file) => readFileSync(file).toString('latin1')).join('');
    const said = [callerNumber, 'accountTier', 'call-started', 'caller-said'];
    expect(said.filter((word) => bytes.includes(word))).toEqual([]);
    expect(bytes).toMatch(/tls1\.[\w-]{40}/); // what is looked through is there
  });

  it.skipIf(!redisAvailable())('and on Redis', { timeout: 150_000, concurrent: true }, async () => {
    const redis = await startRedis();
    try {
      await expectToGoOn(redis.url);
    } finally {
      await redis.stop();
    }
  });
});
