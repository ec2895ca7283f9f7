import { hkdfSync, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { readPriceTable, warnOfUnpriced } from './config/prices.ts';
import { type Environment, type Problem, type ReadFile, SettingsReader } from './config/reader.ts';
import type { SealSettings, Settings } from './config/settings.ts';
import {
  accountSid,
  anyText,
  appendMs,
  headerName,
  hostName,
  isLoopback,
  languageTag,
  limitOrOff,
  longSecret,
  oneOf,
  oneWord,
  type Parse,
  people,
  phoneNumber,
  places,
  plainOrigin,
  port,
  publicOrigin,
  redisUrl,
  sealKey,
  serviceUrl,
  storeUrl,
  wholeNumber,
} from './config/values.ts';

/** `gateway`: takes calls. `jobs`: the separate job process, which needs neither Twilio's nor OpenAI's secrets. */
export type Role = 'gateway' | 'jobs';

export type SettingsResult =
  | { readonly kind: 'settings'; readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

const openaiItself = 'https://api.openai.com/v1';

/** OpenAI's shut-down dates (developers.openai.com, deprecations). The first pattern that matches counts. */
const shutDowns: readonly (readonly [RegExp, string, string])[] = [
  [/^gpt-4o-realtime-preview-2024-10-01$/, '2025-10-10', 'gpt-realtime-2.1'],
  [/^gpt-4o(-mini)?-realtime-preview/, '2026-05-07', 'gpt-realtime-2.1 or gpt-realtime-2.1-mini'],
  [/^gpt-realtime-mini-2025-10-06$/, '2026-07-23', 'gpt-realtime-2.1-mini'],
  [/^gpt-realtime(-2025-08-28)?$/, '2027-01-20', 'gpt-realtime-2.1'],
  [/^(gpt-realtime-mini(-2025-12-15)?|gpt-audio-mini)$/, '2027-01-20', 'gpt-realtime-2.1-mini'],
  [/^(whisper-1|gpt-4o-(mini-)?transcribe(-.*)?)$/, '2027-02-26', 'gpt-realtime-whisper'],
];

const warnOfShutDown = (reader: SettingsReader, model: string): void => {
  const found = shutDowns.find(([pattern]) => pattern.test(model));
  if (found !== undefined) reader.warn(`model ${model}: OpenAI's shut-down date is ${found[1]}; use ${found[2]}`);
};

const readTwilio = (reader: SettingsReader): Settings['twilio'] => {
  const current = reader.optional('TWILIO_AUTH_TOKEN', oneWord);
  const old = reader.optional('TWILIO_AUTH_TOKEN_OLD', oneWord);
  if (current === undefined && old !== undefined)
    reader.problem('TWILIO_AUTH_TOKEN', 'is missing, though TWILIO_AUTH_TOKEN_OLD is set');
  return {
    accountSid: reader.optional('TWILIO_ACCOUNT_SID', accountSid),
    authTokens: [current, old].filter((token) => token !== undefined),
    apiUrl: reader.read('TWILIO_API_URL', serviceUrl, 'https://api.twilio.com'),
  };
};

const readOpenai = (reader: SettingsReader): Settings['openai'] => {
  const openai = {
    apiKey: reader.optional('OPENAI_API_KEY', oneWord),
    baseUrl: reader.read('OPENAI_BASE_URL', serviceUrl, openaiItself),
    realtimeModel: reader.read('OPENAI_REALTIME_MODEL', oneWord, 'gpt-realtime-2.1'),
    transcriptionModel: reader.read('OPENAI_TRANSCRIPTION_MODEL', oneWord, 'gpt-realtime-whisper'),
    textModel: reader.optional('OPENAI_TEXT_MODEL', oneWord),
  };
  warnOfShutDown(reader, openai.realtimeModel);
  warnOfShutDown(reader, openai.transcriptionModel);
  return openai;
};

const readHttp = (reader: SettingsReader): Settings['http'] => {
  const publicPort = reader.read('PORT', port, 8080);
  const consolePort = reader.read('CONSOLE_PORT', port, 8081);
  if (publicPort === consolePort) reader.problem('CONSOLE_PORT', `is ${consolePort}, the same as PORT`);
  const consoleHost = reader.read('CONSOLE_HOST', hostName, '127.0.0.1');
  if (!isLoopback(consoleHost))
    reader.warn(`the console listens on ${consoleHost}: it shows calls, so keep it away from the Internet`);
  const consoleUrl = reader.optional('CONSOLE_URL', plainOrigin);
  const publicUrl = reader.read('PUBLIC_URL', publicOrigin, `http://localhost:${publicPort}`);
  const intakeKey = reader.optional('THROUGHLINE_INTAKE_KEY', longSecret);
  const consoleUserHeader = reader.optional('THROUGHLINE_CONSOLE_USER_HEADER', headerName);
  const bullBoard = reader.read('THROUGHLINE_BULL_BOARD', oneOf('off', 'on'), 'off') === 'on';
  const nodeHost = reader.read('THROUGHLINE_NODE_HOST', hostName, undefined);
  const consoleSide = { nodeHost, consolePort, consoleHost, consoleUrl, consoleUserHeader };
  return { publicUrl, port: publicPort, host: undefined, ...consoleSide, intakeKey, bullBoard };
};

const readStore = (reader: SettingsReader, role: Role, workers: number): string => {
  const redis = reader.optional('REDIS_URL', redisUrl);
  const store = reader.read('STORE', storeUrl, redis ?? 'sqlite:./data/throughline.db');
  if (redis !== undefined && redis !== store) reader.warn('STORE is set, so REDIS_URL is not used');
  if (!store.startsWith('sqlite:')) return store;
  const inMemory = store.startsWith('sqlite::memory:');
  if (inMemory && workers > 1) reader.problem('STORE', `is in memory, which ${workers} workers can't share`);
  else if (workers > 1)
    reader.warn(`${workers} workers share one SQLite file and write one after the other; Redis suits them better`);
  if (inMemory && role === 'jobs')
    reader.problem('STORE', "is in memory, which a separate job process can't share with the gateway");
  return store;
};

const readJobStore = (reader: SettingsReader, store: string): string | undefined => {
  const jobStore = reader.optional('THROUGHLINE_JOB_STORE', redisUrl);
  if (jobStore !== undefined && store.startsWith('sqlite:'))
    reader.problem('THROUGHLINE_JOB_STORE', 'is set, but the store is SQLite, which has its jobs in its own file');
  return jobStore;
};

/** Without a seal key nothing else of sealing may be set, or somebody believes that it is on. */
const withoutSealing = (reader: SettingsReader): undefined => {
  for (const name of ['THROUGHLINE_SEAL_KEY_OLD', 'THROUGHLINE_KEY_STORE'] as const)
    if (reader.isSet(name) && !reader.isSet('THROUGHLINE_SEAL_KEY'))
      reader.problem('THROUGHLINE_SEAL_KEY', `is missing, though ${name} is set`);
  reader.warn('what is stored of calls is not sealed (THROUGHLINE_SEAL_KEY): keep the store on an encrypted disk');
};

const readSealing = (reader: SettingsReader, store: string): SealSettings | undefined => {
  const current = reader.optional('THROUGHLINE_SEAL_KEY', sealKey);
  const old = reader.optional('THROUGHLINE_SEAL_KEY_OLD', sealKey);
  const keyStore = reader.optional('THROUGHLINE_KEY_STORE', storeUrl);
  if (current === undefined) return withoutSealing(reader);
  if (store.startsWith('redis') && (keyStore ?? store) === store)
    reader.warn(
      'the keys of calls are in the same Redis as the calls: a backup of it from before an erasure still has both, until the seal key is changed; THROUGHLINE_KEY_STORE keeps them apart',
    );
  if (keyStore === store && store.startsWith('sqlite:'))
    reader.problem('THROUGHLINE_KEY_STORE', 'names the file of STORE: a copy of the calls would have their keys in it');
  return { keys: old === undefined ? [current] : [current, old], keyStore };
};

/** What was said goes before what is known of the call. */
const readRetention = (
  reader: SettingsReader,
): Pick<Settings['limits'], 'retentionDays' | 'transcriptDays' | 'figuresDays'> => {
  const days = wholeNumber(1, 3_650);
  const retentionDays = reader.read('THROUGHLINE_RETENTION_DAYS', days, 30);
  const transcriptDays = reader.read('THROUGHLINE_TRANSCRIPT_DAYS', days, retentionDays);
  if (transcriptDays > retentionDays)
    reader.problem(
      'THROUGHLINE_TRANSCRIPT_DAYS',
      `is ${transcriptDays}, longer than calls are kept (${retentionDays} days)`,
    );
  return { retentionDays, transcriptDays, figuresDays: reader.read('THROUGHLINE_FIGURES_DAYS', days, 400) };
};

/** Its keys go with the calls: no recording is kept longer. */
const readRecording = (
  reader: SettingsReader,
  { transcriptDays, retentionDays }: Settings['limits'],
): Settings['recording'] => {
  const folder = reader.optional('THROUGHLINE_RECORDING', anyText);
  const days = reader.read('THROUGHLINE_RECORDING_DAYS', wholeNumber(1, 3_650), transcriptDays);
  if (days > retentionDays)
    reader.problem('THROUGHLINE_RECORDING_DAYS', `is ${days}, longer than calls are kept (${retentionDays} days)`);
  if (folder === undefined) {
    if (reader.isSet('THROUGHLINE_RECORDING_DAYS'))
      reader.warn('THROUGHLINE_RECORDING_DAYS is set, but THROUGHLINE_RECORDING is not: calls are not recorded');
    return undefined;
  }
  if (!reader.isSet('THROUGHLINE_SEAL_KEY'))
    reader.warn(
      'calls are recorded, and recordings are not sealed (THROUGHLINE_SEAL_KEY): keep the folder on an encrypted disk',
    );
  return { folder: resolve(folder), days };
};

const readAudio = (reader: SettingsReader): Settings['audio'] => ({
  format: reader.read('THROUGHLINE_AUDIO', oneOf('pcm', 'pcmu'), 'pcm'),
  vad: reader.read('THROUGHLINE_VAD', oneOf('server_vad', 'semantic_vad'), 'server_vad'),
  bargeInMs: reader.read('THROUGHLINE_BARGE_IN_MS', wholeNumber(0, 5_000), 0),
  keyBargeIn: reader.read('THROUGHLINE_KEY_BARGE_IN', oneOf('on', 'off'), 'on') === 'on',
  appendMs: reader.read('THROUGHLINE_APPEND_MS', appendMs, 'auto'),
});

const mostWorkers = 64;

/** A number, or one per core. */
const workers: Parse<number> = (text) =>
  text === 'auto' ? { ok: true, value: Math.min(mostWorkers, availableParallelism()) } : wholeNumber(1, mostWorkers)(text);

const callsPerWorker = 500;

const readLimits = (reader: SettingsReader): Settings['limits'] => {
  const number = reader.read('THROUGHLINE_WORKERS', workers, 1);
  return {
    idleSeconds: reader.read('THROUGHLINE_IDLE_SECONDS', wholeNumber(1, 3_600), 15),
    maxMinutes: reader.read('THROUGHLINE_MAX_MINUTES', wholeNumber(1, 1_440), 60),
    workers: number,
    warmSessions: reader.read('THROUGHLINE_WARM_SESSIONS', wholeNumber(0, 100), 0),
    maxCalls: reader.read('THROUGHLINE_MAX_CALLS', wholeNumber(1, 100_000), number * callsPerWorker),
    maxCallsOfFleet: reader.optional('THROUGHLINE_MAX_CALLS_FLEET', limitOrOff),
    maxCallsPerCaller: reader.optional('THROUGHLINE_MAX_CALLS_PER_CALLER', limitOrOff),
    drainSeconds: reader.read('THROUGHLINE_DRAIN_SECONDS', wholeNumber(0, 3_600), 60),
    callerDays: reader.read('THROUGHLINE_CALLER_DAYS', wholeNumber(0, 3_650), 0),
    ...readRetention(reader),
  };
};

const readLine = (reader: SettingsReader): Settings['line'] => {
  const path = reader.optional('THROUGHLINE_LINE', anyText);
  if (path !== undefined) reader.mustExist('THROUGHLINE_LINE', path);
  return {
    path,
    language: reader.read('THROUGHLINE_LANGUAGE', languageTag, 'en'),
    backOfficeUrl: reader.optional('BACK_OFFICE_URL', serviceUrl),
  };
};

/** Tokens of streams are signed with this: what is given, else what all nodes of the account know, else random. */
const secretFor = (env: Environment, authToken: string | undefined): string => {
  const given = env['THROUGHLINE_INTERNAL_SECRET'];
  if (given !== undefined && given !== '') return given;
  if (authToken === undefined) return randomBytes(32).toString('hex');
  return secretOf(authToken);
};

const secretOf = (authToken: string): string =>
  Buffer.from(hkdfSync('sha256', authToken, '', 'throughline internal secret 1', 32)).toString('hex');

/** Without signatures anybody who reaches the port could make calls: then only this machine may reach it. */
const guarded = (reader: SettingsReader, settings: Settings): Settings => {
  const { http, twilio } = settings;
  const local = isLoopback(new URL(http.publicUrl).hostname);
  if (!reader.isSet('PUBLIC_URL'))
    reader.warn(`PUBLIC_URL is not set: Twilio can't reach ${http.publicUrl}, only this machine can`);
  if (twilio.authTokens.length > 0) {
    if (twilio.accountSid === undefined)
      reader.warn("TWILIO_ACCOUNT_SID is not set: calls can't be changed by Twilio's REST interface");
    return settings;
  }
  if (!local) {
    reader.problem(
      'TWILIO_AUTH_TOKEN',
      "is missing: without it Twilio's signatures can't be checked, which is allowed on localhost only",
    );
    return settings;
  }
  reader.warn('TWILIO_AUTH_TOKEN is not set: SIGNATURES ARE NOT CHECKED, so the server listens on 127.0.0.1 only');
  return { ...settings, http: { ...http, host: '127.0.0.1' } };
};

const needKey = (reader: SettingsReader, openai: Settings['openai']): void => {
  if (openai.apiKey === undefined && openai.baseUrl === openaiItself) reader.problem('OPENAI_API_KEY', 'is missing');
  const { protocol, hostname } = new URL(openai.baseUrl);
  if (openai.apiKey !== undefined && protocol === 'http:' && !isLoopback(hostname)) {
    reader.warn('OPENAI_BASE_URL is http: the API key and all speech travel in clear text');
  }
};

/** Reads every setting once. Everything that is wrong is collected; secrets are never part of a problem or a warning. */
export const readSettings = (env: Environment, readFile: ReadFile, role: Role = 'gateway'): SettingsResult => {
  const reader = new SettingsReader(env, readFile);
  const twilio = readTwilio(reader);
  const limits = readLimits(reader);
  const store = readStore(reader, role, limits.workers);
  const all: Settings = {
    twilio,
    openai: readOpenai(reader),
    http: readHttp(reader),
    store,
    jobStore: readJobStore(reader, store),
    sealing: readSealing(reader, store),
    audio: readAudio(reader),
    recording: readRecording(reader, limits),
    limits,
    line: readLine(reader),
    people: {
      humans: reader.read('THROUGHLINE_HUMANS', people, new Map()),
      fallbackNumber: reader.optional('THROUGHLINE_FALLBACK_NUMBER', phoneNumber),
      killSwitch: reader.read('THROUGHLINE_KILL_SWITCH', oneOf('off', 'on'), 'off') === 'on',
    },
    prices: readPriceTable(reader),
    webhookAllow: reader.read('THROUGHLINE_WEBHOOK_ALLOW', places, new Set()),
    logLevel: reader.read('LOG_LEVEL', oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), 'info'),
    otlpEndpoint: reader.optional('OTEL_EXPORTER_OTLP_ENDPOINT', serviceUrl),
    internalSecret: secretFor(env, twilio.authTokens[0]),
    olderSecrets: twilio.authTokens.slice(1).map(secretOf),
  };
  if (all.http.bullBoard && all.store.startsWith('sqlite:'))
    reader.problem(
      'THROUGHLINE_BULL_BOARD',
      'is on, but the store is SQLite, whose jobs it does not know; use a Redis store',
    );
  const settings = role === 'gateway' ? guarded(reader, all) : all;
  if (role === 'gateway' || all.openai.textModel !== undefined) needKey(reader, all.openai);
  warnOfUnpriced(reader, all.prices.table, all.openai);
  if (settings.people.killSwitch) reader.warn('THROUGHLINE_KILL_SWITCH is on: agents take no new calls');
  const { problems, warnings } = reader;
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'settings', settings, warnings };
};
