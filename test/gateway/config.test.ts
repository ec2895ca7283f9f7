import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { internalNames, knownSettings } from '../../gateway/config/known.ts';
import type { Problem } from '../../gateway/config/reader.ts';
import type { Settings } from '../../gateway/config/settings.ts';
import { describeSettings, problemTable } from '../../gateway/config/show.ts';
import { type Role, readSettings } from '../../gateway/config.ts';
import { knownPrices } from '../../store/price-table.ts';

const good = {
  TWILIO_ACCOUNT_SID: `AC${'0f'.repeat(16)}`,
  TWILIO_AUTH_TOKEN: 'twilio-canary-1',
  OPENAI_API_KEY: 'sk-canary-2',
  PUBLIC_URL: 'https://voice.example.com',
};
type Env = Record<string, string | undefined>;
const sealKeyHex = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37) % 256)).toString('hex');
const sealKey64 = Buffer.from(sealKeyHex, 'hex').toString('base64');
const otherKeyHex = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 91) % 256)).toString('hex');

const files: Record<string, string> = {
  '/run/secrets/token': 'token-canary-3\n',
  '/run/secrets/empty': ' \n',
  'my-line.ts': 'export',
  'prices.json': '{"models":{"my-model":{"asOf":"2026-12-01","tokens":{"textIn":1}}}}',
  'bad-prices.json': '{"models":{"m":{"asOf":"2026-12-01","tokens":{"textIn":"1"}}},"currency":"EUR"}',
  'no.json': '{',
};
const readFile = (path: string): string => {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
  return text;
};
const read = (change: Env = {}, role: Role = 'gateway') => readSettings({ ...good, ...change }, readFile, role);

const settingsOf = (change: Env = {}, role: Role = 'gateway'): Settings => {
  const result = read(change, role);
  if (result.kind === 'problems') throw new Error(problemTable(result.problems));
  return result.settings;
};
const problemsOf = (change: Env, role: Role = 'gateway'): readonly Problem[] => {
  const result = read(change, role);
  return result.kind === 'problems' ? result.problems : [];
};
const warningsOf = (change: Env = {}): string => {
  const result = read(change);
  return result.kind === 'settings' ? result.warnings.join('\n') : 'problems';
};

/** Rows of a table as `test.each` takes them: a title and what the test gets. */
const titled = <Rest extends readonly unknown[]>(rows: readonly (readonly [string, ...Rest])[]) =>
  rows.map(([title, ...rest]) => ({ title, rest }));

describe('defaults', () => {
  test('are those of the design', () => {
    expect(settingsOf()).toMatchObject({
      twilio: { apiUrl: 'https://api.twilio.com' },
      openai: {
        baseUrl: 'https://api.openai.com/v1',
        realtimeModel: 'gpt-realtime-2.1',
        transcriptionModel: 'gpt-realtime-whisper',
        textModel: undefined,
      },
      http: {
        publicUrl: 'https://voice.example.com',
        port: 8080,
        host: undefined,
        consolePort: 8081,
        consoleHost: '127.0.0.1',
      },
      store: 'sqlite:./data/throughline.db',
      audio: { format: 'pcm', vad: 'server_vad', bargeInMs: 0 },
      limits: {
        ...{ idleSeconds: 15, maxMinutes: 60, workers: 1, maxCalls: 500, drainSeconds: 60 },
        ...{ retentionDays: 30, transcriptDays: 30, figuresDays: 400 },
      },
      sealing: undefined,
      line: { path: undefined, language: 'en', backOfficeUrl: undefined },
      logLevel: 'info',
    });
    expect(settingsOf().limits.maxCallsPerCaller).toBeUndefined();
    expect(problemsOf({ THROUGHLINE_SEAL_KEY: '' })).toEqual([]);
  });

  test('an empty value counts as not set', () => expect(settingsOf({ PORT: '', LOG_LEVEL: '  ' }).http.port).toBe(8080));
});

describe('good values', () => {
  const cases: readonly (readonly [string, Env, (settings: Settings) => unknown, unknown])[] = [
    ['a slash after the origin', { PUBLIC_URL: 'https://a.example/' }, (s) => s.http.publicUrl, 'https://a.example'],
    ['http on loopback', { PUBLIC_URL: 'http://127.0.0.1:9000' }, (s) => s.http.publicUrl, 'http://127.0.0.1:9000'],
    ['http on IPv6 loopback', { PUBLIC_URL: 'http://[::1]:9000' }, (s) => s.http.publicUrl, 'http://[::1]:9000'],
    [
      'a base URL with a path',
      { OPENAI_BASE_URL: 'http://localhost:1/v1/' },
      (s) => s.openai.baseUrl,
      'http://localhost:1/v1',
    ],
    ['REDIS_URL', { REDIS_URL: 'redis://h:6379/2' }, (s) => s.store, 'redis://h:6379/2'],
    ['a job store', { STORE: 'redis://h', THROUGHLINE_JOB_STORE: 'redis://j' }, (s) => s.jobStore, 'redis://j'],
    ['STORE before REDIS_URL', { REDIS_URL: 'redis://h', STORE: 'sqlite:x.db' }, (s) => s.store, 'sqlite:x.db'],
    ['a cluster', { STORE: 'redis+cluster://a:1,b:2' }, (s) => s.store, 'redis+cluster://a:1,b:2'],
    ['sentinels', { STORE: 'redis+sentinel://u:p@a:1,b:2/main' }, (s) => s.store, 'redis+sentinel://u:p@a:1,b:2/main'],
    ['old and new token', { TWILIO_AUTH_TOKEN_OLD: 'old' }, (s) => s.twilio.authTokens, ['twilio-canary-1', 'old']],
    ['appends', { THROUGHLINE_APPEND_MS: '60' }, (s) => s.audio.appendMs, 60],
    ['warm sessions', { THROUGHLINE_WARM_SESSIONS: '3' }, (s) => s.limits.warmSessions, 3],
    ['no warm sessions', {}, (s) => s.limits.warmSessions, 0],
    ['appends by load', {}, (s) => s.audio.appendMs, 'auto'],
    [
      'a worker per core',
      { THROUGHLINE_WORKERS: 'auto', STORE: 'redis://localhost' },
      (s) => s.limits.workers,
      availableParallelism(),
    ],
    ['an intake key', { THROUGHLINE_INTAKE_KEY: 'x'.repeat(16) }, (s) => s.http.intakeKey, 'x'.repeat(16)],
    ['a seal key in hex', { THROUGHLINE_SEAL_KEY: sealKeyHex }, (s) => s.sealing?.keys, [Buffer.from(sealKeyHex, 'hex')]],
    ['a seal key in base64', { THROUGHLINE_SEAL_KEY: sealKey64 }, (s) => s.sealing?.keys, [Buffer.from(sealKeyHex, 'hex')]],
    [
      'old and new seal key',
      { THROUGHLINE_SEAL_KEY: sealKey64, THROUGHLINE_SEAL_KEY_OLD: otherKeyHex },
      (s) => s.sealing?.keys.map((key) => Buffer.from(key).toString('hex')),
      [sealKeyHex, otherKeyHex],
    ],
    [
      'a key store',
      { THROUGHLINE_SEAL_KEY: sealKey64, THROUGHLINE_KEY_STORE: 'redis://k' },
      (s) => s.sealing?.keyStore,
      'redis://k',
    ],
    ['days of words', { THROUGHLINE_TRANSCRIPT_DAYS: '7' }, (s) => s.limits.transcriptDays, 7],
    ['words as long as calls', { THROUGHLINE_RETENTION_DAYS: '12' }, (s) => s.limits.transcriptDays, 12],
    ['a folder of recordings', { THROUGHLINE_RECORDING: '/rec' }, (s) => s.recording, { folder: '/rec', days: 30 }],
    [
      'days of recordings, as long as words',
      { THROUGHLINE_RECORDING: '/rec', THROUGHLINE_TRANSCRIPT_DAYS: '7' },
      (s) => s.recording?.days,
      7,
    ],
    ['no recordings', {}, (s) => s.recording, undefined],
    ['days of figures', { THROUGHLINE_FIGURES_DAYS: '90' }, (s) => s.limits.figuresDays, 90],
    [
      'the header of a login',
      { THROUGHLINE_CONSOLE_USER_HEADER: 'X-Forwarded-User' },
      (s) => s.http.consoleUserHeader,
      'x-forwarded-user',
    ],
    ['no login', {}, (s) => s.http.consoleUserHeader, undefined],
    [
      'a proxy',
      { CONSOLE_URL: 'https://Console.Example.com:443/' },
      (s) => s.http.consoleUrl,
      'https://console.example.com',
    ],
    ['a proxy at a port', { CONSOLE_URL: 'http://10.0.0.7:8443' }, (s) => s.http.consoleUrl, 'http://10.0.0.7:8443'],
    ['no proxy', {}, (s) => s.http.consoleUrl, undefined],
    ['no intake key', {}, (s) => s.http.intakeKey, undefined],
    ['a limit', { THROUGHLINE_MAX_CALLS_PER_CALLER: '2' }, (s) => s.limits.maxCallsPerCaller, 2],
    ['no limit', { THROUGHLINE_MAX_CALLS_PER_CALLER: 'off' }, (s) => s.limits.maxCallsPerCaller, undefined],
    ['a language', { THROUGHLINE_LANGUAGE: 'DE-at' }, (s) => s.line.language, 'de-AT'],
    ['prices', { THROUGHLINE_PRICES: 'prices.json' }, (s) => s.prices.table.models['my-model']?.tokens.textIn, 1],
    ['no prices', {}, (s) => s.prices.table, knownPrices],
    [
      'places that webhooks may reach',
      { THROUGHLINE_WEBHOOK_ALLOW: 'Hooks.internal:8443, 127.1:80,[fd00::0007]:8080' },
      (s) => [...s.webhookAllow],
      ['hooks.internal:8443', '127.0.0.1:80', '[fd00::7]:8080'],
    ],
    ['no such places', {}, (s) => [...s.webhookAllow], []],
    ['the kill switch', { THROUGHLINE_KILL_SWITCH: 'on' }, (s) => s.people.killSwitch, true],
    ['no kill switch', {}, (s) => s.people.killSwitch, false],
    ['a board', { THROUGHLINE_BULL_BOARD: 'on', STORE: 'redis://localhost' }, (s) => s.http.bullBoard, true],
    ['no board', { STORE: 'redis://localhost' }, (s) => s.http.bullBoard, false],
    ['a line', { THROUGHLINE_LINE: 'my-line.ts' }, (s) => s.line.path, 'my-line.ts'],
    [
      'people',
      { THROUGHLINE_HUMANS: 'ann=+15551230001, bob = +15551230002' },
      (s) => [...s.people.humans],
      [
        ['ann', '+15551230001'],
        ['bob', '+15551230002'],
      ],
    ],
    [
      'a secret from a file',
      { TWILIO_AUTH_TOKEN: undefined, TWILIO_AUTH_TOKEN_FILE: '/run/secrets/token' },
      (s) => s.twilio.authTokens,
      ['token-canary-3'],
    ],
  ];
  test.each(titled(cases))('$title', ({ rest: [change, pick, expected] }) =>
    expect(pick(settingsOf(change))).toEqual(expected),
  );
});

describe('problems', () => {
  const cases: readonly (readonly [string, Env, string, RegExp])[] = [
    ['misspelt name', { THROUGHLINE_WORKRES: '2' }, 'THROUGHLINE_WORKRES', /THROUGHLINE_WORKERS\?/],
    ['lower-case name', { throughline_vad: 'x' }, 'throughline_vad', /THROUGHLINE_VAD\?/],
    ['no key', { OPENAI_API_KEY: undefined }, 'OPENAI_API_KEY', /missing/],
    ['no token for a public address', { TWILIO_AUTH_TOKEN: undefined }, 'TWILIO_AUTH_TOKEN', /missing/],
    ['only the old token', { TWILIO_AUTH_TOKEN: undefined, TWILIO_AUTH_TOKEN_OLD: 'x' }, 'TWILIO_AUTH_TOKEN', /missing/],
    ['account', { TWILIO_ACCOUNT_SID: 'AC12' }, 'TWILIO_ACCOUNT_SID', /32 hexadecimal/],
    ['http in public', { PUBLIC_URL: 'http://voice.example.com' }, 'PUBLIC_URL', /https/],
    ['look-alike of loopback', { PUBLIC_URL: 'http://127.0.0.1.example.com' }, 'PUBLIC_URL', /https/],
    ['path', { PUBLIC_URL: 'https://voice.example.com/twilio/voice' }, 'PUBLIC_URL', /without a path/],
    ['no scheme', { PUBLIC_URL: 'voice.example.com' }, 'PUBLIC_URL', /https:\/\//],
    ['host and port only', { PUBLIC_URL: 'localhost:8080' }, 'PUBLIC_URL', /must start with/],
    ['wss', { OPENAI_BASE_URL: 'wss://api.openai.com/v1' }, 'OPENAI_BASE_URL', /https:\/\//],
    ['password in a URL', { TWILIO_API_URL: 'https://a:b@c' }, 'TWILIO_API_URL', /password/],
    ['query in a URL', { BACK_OFFICE_URL: 'https://a/?x=1' }, 'BACK_OFFICE_URL', /must not contain/],
    ['other scheme', { OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://a' }, 'OTEL_EXPORTER_OTLP_ENDPOINT', /https:\/\//],
    ['port 0', { PORT: '0' }, 'PORT', /1 to 65535/],
    ['port too high', { PORT: '65536' }, 'PORT', /1 to 65535/],
    ['port with a sign', { PORT: '+80' }, 'PORT', /whole number/],
    ['same ports', { PORT: '8081' }, 'CONSOLE_PORT', /same as PORT/],
    [
      'a name alone for the console',
      { CONSOLE_URL: 'console.example.com' },
      'CONSOLE_URL',
      /is not a URL; write it as https/,
    ],
    ['a console under a path', { CONSOLE_URL: 'https://a.example/console' }, 'CONSOLE_URL', /without a path/],
    ['a console of any name', { CONSOLE_URL: 'https://*.example.com' }, 'CONSOLE_URL', /one host/],
    ['a console of a file', { CONSOLE_URL: 'file:///console' }, 'CONSOLE_URL', /https:\/\/ or/],
    ['a password for the console', { CONSOLE_URL: 'https://a:b@c.example' }, 'CONSOLE_URL', /password/],
    ['host with a scheme', { CONSOLE_HOST: 'http://x' }, 'CONSOLE_HOST', /without a port/],
    ['audio', { THROUGHLINE_AUDIO: 'opus' }, 'THROUGHLINE_AUDIO', /pcm, pcmu/],
    ['vad', { THROUGHLINE_VAD: 'none' }, 'THROUGHLINE_VAD', /server_vad, semantic_vad/],
    ['half a frame', { THROUGHLINE_APPEND_MS: '30' }, 'THROUGHLINE_APPEND_MS', /auto, 20, 40, 60, 80 or 100/],
    ['fraction', { THROUGHLINE_BARGE_IN_MS: '1.5' }, 'THROUGHLINE_BARGE_IN_MS', /whole number/],
    ['negative', { THROUGHLINE_DRAIN_SECONDS: '-1' }, 'THROUGHLINE_DRAIN_SECONDS', /whole number/],
    ['zero workers', { THROUGHLINE_WORKERS: '0' }, 'THROUGHLINE_WORKERS', /1 to 64/],
    ['limit', { THROUGHLINE_MAX_CALLS_PER_CALLER: 'no' }, 'THROUGHLINE_MAX_CALLS_PER_CALLER', /whole number/],
    ['language', { THROUGHLINE_LANGUAGE: 'english!' }, 'THROUGHLINE_LANGUAGE', /language tag/],
    ['level', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL', /silent/],
    ['line that is not there', { THROUGHLINE_LINE: './nowhere.ts' }, 'THROUGHLINE_LINE', /ENOENT/],
    ...[
      'hooks.internal',
      'https://hooks.internal:443',
      'hooks.internal:0',
      'a:1,',
      'u@a:1',
      '*:443',
      '::1:80',
      '999.1.1.1:80',
    ].map((places): readonly [string, Env, string, RegExp] => [
      `${places} for webhooks`,
      { THROUGHLINE_WEBHOOK_ALLOW: places },
      'THROUGHLINE_WEBHOOK_ALLOW',
      /must look like/,
    ]),
    [
      'recordings longer than calls',
      { THROUGHLINE_RECORDING_DAYS: '31' },
      'THROUGHLINE_RECORDING_DAYS',
      /longer than calls are kept/,
    ],
    ['prices that are not there', { THROUGHLINE_PRICES: 'nowhere.json' }, 'THROUGHLINE_PRICES', /ENOENT/],
    ['prices that are no JSON', { THROUGHLINE_PRICES: 'no.json' }, 'THROUGHLINE_PRICES', /^no\.json: is not JSON/],
    ['national number', { THROUGHLINE_FALLBACK_NUMBER: '555 1234' }, 'THROUGHLINE_FALLBACK_NUMBER', /E\.164/],
    ['premium number', { THROUGHLINE_FALLBACK_NUMBER: '+19005551234' }, 'THROUGHLINE_FALLBACK_NUMBER', /premium-rate/],
    ['number with a digit too few', { THROUGHLINE_FALLBACK_NUMBER: '+1415555013' }, 'THROUGHLINE_FALLBACK_NUMBER', /digits/],
    [
      'person on a satellite',
      { THROUGHLINE_HUMANS: 'a=+881612345678' },
      'THROUGHLINE_HUMANS',
      /entry 1 \(a\) is a satellite/,
    ],
    ['kill switch', { THROUGHLINE_KILL_SWITCH: 'true' }, 'THROUGHLINE_KILL_SWITCH', /off, on/],
    ['board', { THROUGHLINE_BULL_BOARD: 'yes', STORE: 'redis://localhost' }, 'THROUGHLINE_BULL_BOARD', /off, on/],
    ['board without Redis', { THROUGHLINE_BULL_BOARD: 'on' }, 'THROUGHLINE_BULL_BOARD', /SQLite.*use a Redis store/],
    ['person without a number', { THROUGHLINE_HUMANS: 'ann' }, 'THROUGHLINE_HUMANS', /entry 1/],
    ['person twice', { THROUGHLINE_HUMANS: 'a=+15551230001,a=+15551230002' }, 'THROUGHLINE_HUMANS', /twice/],
    ['person with a bad number', { THROUGHLINE_HUMANS: 'a=+15551230001,b=+0' }, 'THROUGHLINE_HUMANS', /entry 2 \(b\)/],
    ['a job store beside SQLite', { THROUGHLINE_JOB_STORE: 'redis://j' }, 'THROUGHLINE_JOB_STORE', /SQLite/],
    [
      'a job store that is no Redis',
      { STORE: 'redis://h', THROUGHLINE_JOB_STORE: 'sqlite:j.db' },
      'THROUGHLINE_JOB_STORE',
      /must start with redis/,
    ],
    ['short seal key', { THROUGHLINE_SEAL_KEY: 'ab'.repeat(31) }, 'THROUGHLINE_SEAL_KEY', /32 bytes.*openssl/],
    ['seal key of words', { THROUGHLINE_SEAL_KEY: 'correct horse battery staple' }, 'THROUGHLINE_SEAL_KEY', /32 bytes/],
    ['seal key that was typed', { THROUGHLINE_SEAL_KEY: 'ab'.repeat(32) }, 'THROUGHLINE_SEAL_KEY', /no random key/],
    ['only the old seal key', { THROUGHLINE_SEAL_KEY_OLD: sealKeyHex }, 'THROUGHLINE_SEAL_KEY', /missing, though .*_OLD/],
    ['a key store without a key', { THROUGHLINE_KEY_STORE: 'redis://k' }, 'THROUGHLINE_SEAL_KEY', /missing, though .*STORE/],
    [
      'a key store in the same file',
      { THROUGHLINE_SEAL_KEY: sealKey64, STORE: 'sqlite:a.db', THROUGHLINE_KEY_STORE: 'sqlite:a.db' },
      'THROUGHLINE_KEY_STORE',
      /keys in it/,
    ],
    [
      'words longer than calls',
      { THROUGHLINE_TRANSCRIPT_DAYS: '31' },
      'THROUGHLINE_TRANSCRIPT_DAYS',
      /longer than calls are kept \(30/,
    ],
    ['a header that is none', { THROUGHLINE_CONSOLE_USER_HEADER: 'a:b' }, 'THROUGHLINE_CONSOLE_USER_HEADER', /header/],
    ['short intake key', { THROUGHLINE_INTAKE_KEY: 'x'.repeat(15) }, 'THROUGHLINE_INTAKE_KEY', /16 to 512.*openssl/],
    ['intake key of two words', { THROUGHLINE_INTAKE_KEY: 'eight888 eight888' }, 'THROUGHLINE_INTAKE_KEY', /one word/],
    ['intake key that is no header', { THROUGHLINE_INTAKE_KEY: 'ü'.repeat(16) }, 'THROUGHLINE_INTAKE_KEY', /ASCII/],
    ['store', { STORE: 'postgres://x' }, 'STORE', /sqlite:PATH/],
    ['store without path', { STORE: 'sqlite:' }, 'STORE', /without a path/],
    ['redis with a bad database', { STORE: 'redis://h/main' }, 'STORE', /database is a number/],
    ['sentinels without a name', { STORE: 'redis+sentinel://a:1,b:2' }, 'STORE', /master-name/],
    ['cluster with a database', { STORE: 'redis+cluster://a:1,b:2/3' }, 'STORE', /no databases/],
    ['REDIS_URL that is SQLite', { REDIS_URL: 'sqlite:x' }, 'REDIS_URL', /redis:\/\//],
    ['memory and workers', { STORE: 'sqlite::memory:', THROUGHLINE_WORKERS: '2' }, 'STORE', /2 workers/],
    ['value and file', { TWILIO_AUTH_TOKEN_FILE: '/run/secrets/token' }, 'TWILIO_AUTH_TOKEN', /twice/],
    ['no such file', { OPENAI_API_KEY: '', OPENAI_API_KEY_FILE: '/nowhere' }, 'OPENAI_API_KEY', /ENOENT/],
    ['empty file', { OPENAI_API_KEY: '', OPENAI_API_KEY_FILE: '/run/secrets/empty' }, 'OPENAI_API_KEY', /empty file/],
  ];
  test.each(titled(cases))('$title', ({ rest: [change, name, wrong] }) => {
    const problem = problemsOf(change).find((candidate) => candidate.name === name);
    expect(`${problem?.wrong} ${problem?.where}`).toMatch(wrong);
  });

  test('all are told at once', () => {
    expect(problemsOf({ PORT: 'x', OPENAI_API_KEY: '', THROUGHLINE_VAD: 'x' }).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['PORT', 'OPENAI_API_KEY', 'THROUGHLINE_VAD']),
    );
  });

  test('the table has a line for each, in columns, and no control characters of a name', () => {
    const lines = problemTable(problemsOf({ PORT: 'x', 'THROUGHLINE_\u001b[31m': '1' }))
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.search(/WHAT|is /)))).toHaveLength(1);
    expect(lines.join('')).not.toContain('\u001b');
  });

  test('the names for workers are known', () => {
    expect(problemsOf(Object.fromEntries(internalNames.map((name) => [name, '1'])))).toEqual([]);
  });
});

describe('the job process', () => {
  test('needs no secrets of the telephone', () => {
    expect(readSettings({ REDIS_URL: 'redis://h' }, readFile, 'jobs').kind).toBe('settings');
  });
  test("can't share a store in memory", () => {
    const textModel = { REDIS_URL: 'redis://h', OPENAI_TEXT_MODEL: 'text-model', OPENAI_API_KEY: undefined };
    expect(problemsOf(textModel, 'jobs')).toMatchObject([{ name: 'OPENAI_API_KEY' }]);
    expect(problemsOf({ STORE: 'sqlite::memory:' }, 'jobs')[0]).toMatchObject({ name: 'STORE' });
    expect(problemsOf({ STORE: 'sqlite::memory:' })).toEqual([]);
  });
});

describe('signatures', () => {
  test('off only on this machine, and said loudly', () => {
    const change = { TWILIO_AUTH_TOKEN: undefined, PUBLIC_URL: 'http://localhost:8080' };
    expect(settingsOf(change).http.host).toBe('127.0.0.1');
    expect(warningsOf(change)).toMatch(/SIGNATURES ARE NOT CHECKED/);
    expect(settingsOf({ PUBLIC_URL: 'http://localhost:8080' }).http.host).toBeUndefined();
  });
  test('the secret for tokens is the same on every node of an account, else random, and can be given', () => {
    const local = { TWILIO_AUTH_TOKEN: undefined, PUBLIC_URL: undefined };
    expect(settingsOf().internalSecret).toBe(settingsOf().internalSecret);
    expect(settingsOf().internalSecret).not.toBe(settingsOf({ TWILIO_AUTH_TOKEN: 'other' }).internalSecret);
    expect(settingsOf(local).internalSecret).not.toBe(settingsOf(local).internalSecret);
    expect(settingsOf({ THROUGHLINE_INTERNAL_SECRET: 'given' }).internalSecret).toBe('given');
  });
});

describe('warnings', () => {
  const cases: readonly (readonly [string, Env, RegExp])[] = [
    ['model that is shut down', { OPENAI_REALTIME_MODEL: 'gpt-4o-mini-realtime-preview' }, /2026-05-07/],
    ['model that will be', { OPENAI_REALTIME_MODEL: 'gpt-realtime' }, /2027-01-20; use gpt-realtime-2\.1$/m],
    ['transcription', { OPENAI_TRANSCRIPTION_MODEL: 'whisper-1' }, /2027-02-26/],
    ['open console', { CONSOLE_HOST: '0.0.0.0' }, /console listens on 0\.0\.0\.0/],
    ['no address', { PUBLIC_URL: undefined, PORT: '9999' }, /PUBLIC_URL is not set: .*http:\/\/localhost:9999/],
    ['key in clear text', { OPENAI_BASE_URL: 'http://models.example.com' }, /clear text/],
    ['one file, many workers', { THROUGHLINE_WORKERS: '3' }, /3 workers share one SQLite file/],
    ['no price', { OPENAI_REALTIME_MODEL: 'my-model' }, /my-model: no price is known/],
    ['no price for words', { OPENAI_TRANSCRIPTION_MODEL: 'my-scribe' }, /my-scribe: no price is known/],
    ['no sealing', {}, /not sealed/],
    [
      'keys beside calls in a Redis',
      { STORE: 'redis://h', THROUGHLINE_SEAL_KEY: sealKey64 },
      /same Redis as the calls: a backup .* THROUGHLINE_KEY_STORE/,
    ],
    ['kill switch', { THROUGHLINE_KILL_SWITCH: 'on' }, /THROUGHLINE_KILL_SWITCH is on: agents take no new calls/],
  ];
  test.each(cases)('%s', (_, change, expected) => expect(warningsOf(change)).toMatch(expected));
  test('none about the default models', () => expect(warningsOf()).not.toMatch(/shut-down|no price/));
  test('none about a price that one named, or about words that nobody writes down', () => {
    const priced = { OPENAI_REALTIME_MODEL: 'my-model', OPENAI_TRANSCRIPTION_MODEL: '', THROUGHLINE_PRICES: 'prices.json' };
    expect(warningsOf(priced)).not.toMatch(/no price/);
  });
  test('everything that is wrong with prices is said, with its place', () => {
    expect(problemsOf({ THROUGHLINE_PRICES: 'bad-prices.json' }).map(({ wrong }) => wrong)).toEqual([
      expect.stringMatching(/^bad-prices\.json: models > m > tokens > textIn: must be US dollars/),
      'bad-prices.json: currency: is no field of a price table',
    ]);
  });
  test('none about sealing when it is on, with keys of their own', () => {
    expect(warningsOf({ THROUGHLINE_SEAL_KEY: sealKey64 })).not.toMatch(/seal|backup/);
    const apart = { STORE: 'redis://h', THROUGHLINE_SEAL_KEY: sealKey64, THROUGHLINE_KEY_STORE: 'redis://k' };
    expect(warningsOf(apart)).not.toMatch(/seal|backup/);
  });
});

test('no secret and no phone number is ever shown', () => {
  const secrets = {
    ...good,
    TWILIO_AUTH_TOKEN_OLD: 'old-canary-4',
    THROUGHLINE_INTAKE_KEY: 'intake-canary-7-long',
    STORE: 'redis://user:store-canary-5@h:6379/0',
    THROUGHLINE_SEAL_KEY: sealKey64,
    THROUGHLINE_SEAL_KEY_OLD: otherKeyHex,
    THROUGHLINE_KEY_STORE: 'redis://user:keys-canary-9@k:6379/0',
    THROUGHLINE_JOB_STORE: 'redis://user:jobs-canary-9@j:6379/0',
    THROUGHLINE_HUMANS: 'ann=+15551230001',
    THROUGHLINE_FALLBACK_NUMBER: '+15551230002',
  };
  const shown = JSON.stringify([describeSettings(settingsOf(secrets)), warningsOf(secrets)]);
  expect(shown).not.toMatch(/canary|5551230/);
  for (const key of [sealKey64, sealKeyHex, otherKeyHex]) expect(shown).not.toContain(key);
  const bad = {
    ...secrets,
    THROUGHLINE_SEAL_KEY: 'canary-6',
    THROUGHLINE_INTAKE_KEY: 'canary-8',
    STORE: 'redos://u:canary@h',
    TWILIO_AUTH_TOKEN: 'can ary-canary',
    PORT: 'x',
  };
  expect(problemTable(problemsOf(bad))).not.toMatch(/canary|5551230/);
  expect(Object.keys(describeSettings(settingsOf())).toSorted()).toEqual(
    Object.keys(knownSettings)
      .filter((name) => name !== 'REDIS_URL')
      .toSorted(),
  );
});
