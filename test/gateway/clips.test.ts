import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { createLine } from '../../agents/acme/line.ts';
import { requireLine } from '../../agents/line.ts';
import { loadGreetings } from '../../gateway/greetings.ts';
import { loadMoments } from '../../gateway/moments.ts';
import { systemClock } from '../../infra/clock.ts';
import { openStores } from '../../store/stores.ts';
import { acmePersonas } from '../world/article.ts';
import { ModelServer } from '../world/model/server.ts';
import { clipOf } from '../world/voices/clips.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Runs `npm run clips` against a simulated model server. */
const makeClips = async (settings: Readonly<Record<string, string>>) => {
  const script = join(import.meta.dirname, '..', '..', 'gateway', 'clips.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    env: { PATH: process.env['PATH'], OPENAI_API_KEY: 'sk-test', LOG_LEVEL: 'silent', ...settings },
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code };
};

test('npm run clips: the agent’s own voice, kept in the store, found again until the agent changes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-clips-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const model = new ModelServer({ personas: acmePersonas, clock: systemClock, apiKey: 'sk-test', hear: () => null });
  ends.push(() => model.close());
  const path = join(folder, 'throughline.db');
  const { out, code } = await makeClips({ OPENAI_BASE_URL: await model.listen(), STORE: `sqlite:${path}` });
  expect(code).toBe(0);
  expect(out).toContain(`s: ${clipOf('supportGreeting').text}`);
  expect(out).toContain(`s: ${clipOf('technicalOneMoment').text}`);
  // The greeting, and words for a dead line in every voice.
  expect(model.records.map(({ voice }) => voice).toSorted()).toEqual(['cedar', 'marin', 'marin', 'sage']);

  const stores = await openStores({ kind: 'sqlite', path }, { clock: systemClock, log: { info: () => {}, warn: () => {} } });
  ends.push(() => stores.close());
  const options = { line: requireLine(createLine({ backOfficeUrl: undefined })), clips: stores.clips };
  const withLanguage = { ...options, line: { ...options.line, language: 'en' } };
  const found = (await loadGreetings({ ...withLanguage, model: 'gpt-realtime-2.1' })).get('support');
  expect(found?.text).toBe(clipOf('supportGreeting').text);
  expect((found?.mulaw.length ?? 0) % 160).toBe(0);
  expect((found?.mulaw.length ?? 0) / 8_000).toBeGreaterThan(2);
  const moments = await loadMoments({ ...withLanguage, model: 'gpt-realtime-2.1' });
  expect([...moments.keys()].toSorted()).toEqual(['billing', 'support', 'technical']);
  const german = { ...options.line, language: 'de' };
  expect(await loadMoments({ ...options, line: german, model: 'gpt-realtime-2.1' })).toEqual(new Map());
  expect(await loadGreetings({ ...withLanguage, model: 'another' })).toEqual(new Map());
  expect(await loadGreetings({ ...options, line: { ...options.line, language: 'de' }, model: 'gpt-realtime-2.1' })).toEqual(
    new Map(),
  );
});

test('a model that refuses: says so, exit code 1', async () => {
  const model = new ModelServer({ personas: acmePersonas, clock: systemClock, apiKey: 'sk-other', hear: () => null });
  ends.push(() => model.close());
  const { err, code } = await makeClips({ OPENAI_BASE_URL: await model.listen(), STORE: 'sqlite::memory:' });
  expect(code).toBe(1);
  expect(err).toMatch(/^throughline can't make clips: The words of support could not be made: handshake_401/m);
});
