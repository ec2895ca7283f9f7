import type { Clock } from '../infra/clock.ts';
import { ThroughlineError } from '../infra/errors.ts';
import type { Log } from '../infra/log.ts';
import { BullmqQueue } from '../infra/queue/bullmq-queue.ts';
import type { JobQueue } from '../infra/queue/queue.ts';
import { queueColumns, queueTables, SqliteQueue } from '../infra/queue/sqlite-queue.ts';
import { RedisLink, type RedisTarget } from '../infra/redis.ts';
import { openSqlite } from '../infra/sqlite.ts';
import { addColumns } from '../infra/sqlite-columns.ts';
import { type AuditLog, type AuditTexts, auditLogIn } from './audit-log.ts';
import type { CallArchive } from './call-archive.ts';
import { type CallerHasher, callerHashBy, callerHasherBy } from './caller-hash.ts';
import { type CallerIndex, indexedContexts } from './caller-index.ts';
import { type CallerMemory, callersIn } from './caller-memory.ts';
import { callerRecordsIn } from './caller-records.ts';
import type { CallLog } from './calls/call-log.ts';
import { RedisCallLog } from './calls/redis-call-log.ts';
import { callTables, SqliteCallLog } from './calls/sqlite-call-log.ts';
import type { ClipStore } from './clips.ts';
import type { ContextStore } from './context-store.ts';
import { type Erasures, erasuresIn, receiptDays } from './erasure.ts';
import { RedisTallies } from './figures/redis-tallies.ts';
import { SqliteTallies, tallyTables } from './figures/sqlite-tallies.ts';
import type { Tallies } from './figures/tallies.ts';
import type { HandoffArchive, HandoffLog } from './handoffs/log.ts';
import { recordCodec } from './handoffs/record-codec.ts';
import { RedisHandoffLog } from './handoffs/redis-handoff-log.ts';
import { handoffTables, SqliteHandoffLog } from './handoffs/sqlite-handoff-log.ts';
import { type HouseSecrets, houseSecretsIn, secretKeepDays } from './house-secrets.ts';
import { type IntakeStore, intakesIn, saysSomething } from './intakes.ts';
import { jobNames, jobsAtOnce } from './jobs.ts';
import type { KeyRing, Rewrapped } from './key-ring.ts';
import { type SwitchStore, switchIn, switchKeepDays } from './kill-switch.ts';
import { logCodec } from './log-codec.ts';
import type { Nodes } from './nodes.ts';
import { type OpenedKeys, openKeys, type SealSetup } from './open-keys.ts';
import type { Places } from './places.ts';
import type { RecordingFiles } from './recording-files.ts';
import { RedisAuditTexts } from './redis-audit-texts.ts';
import { RedisCallerIndex } from './redis-caller-index.ts';
import { RedisClipStore } from './redis-clip-store.ts';
import { RedisContextStore } from './redis-context-store.ts';
import { RedisNodes } from './redis-nodes.ts';
import { RedisPlaces } from './redis-places.ts';
import { RedisTexts } from './redis-texts.ts';
import { expire } from './retention.ts';
import { sealedTexts } from './sealed-texts.ts';
import { auditTables, SqliteAuditTexts } from './sqlite-audit-texts.ts';
import { callerIndexTables, SqliteCallerIndex } from './sqlite-caller-index.ts';
import { clipTables, SqliteClipStore } from './sqlite-clip-store.ts';
import { contextTables, SqliteContextStore } from './sqlite-context-store.ts';
import { nodeTables, SqliteNodes } from './sqlite-nodes.ts';
import { placeTables, SqlitePlaces } from './sqlite-places.ts';
import { SqliteTexts, textTables } from './sqlite-texts.ts';
import type { StoreUrl } from './store-url.ts';
import { type RuleStore, ruleKeepDays, rulesIn } from './suggestions/rules.ts';
import { type SummaryStore, summariesIn } from './summaries.ts';
import type { Texts } from './texts.ts';
import { callOfTransferKey, type Transfers, transfersIn } from './transfers.ts';
import { plainVault, type Vault, vaultOf } from './vault.ts';
import { type DeliveryLog, deliveriesIn, deliveryKeepDays } from './webhooks/delivery-log.ts';
import { endpointKeepDays, endpointsIn, type WebhookEndpoints } from './webhooks/endpoints.ts';

/** All that outlives a process, over one database. */
export interface Stores {
  readonly contexts: ContextStore;
  readonly handoffs: HandoffLog & Pick<HandoffArchive, 'erase'>;
  readonly calls: CallLog;
  readonly tallies: Tallies;
  readonly clips: ClipStore;
  readonly places: Places;
  readonly nodes: Nodes;
  readonly summaries: SummaryStore;
  readonly callers: CallerMemory;
  readonly transfers: Transfers;
  readonly killSwitch: SwitchStore;
  readonly rules: RuleStore;
  readonly intakes: IntakeStore;
  readonly erasures: Erasures;
  /** A number as everything in here knows it. */
  readonly callerHasher: CallerHasher;
  readonly audit: AuditLog;
  readonly webhooks: WebhookEndpoints;
  readonly deliveries: DeliveryLog;
  /** The data keys of calls, for what is kept of them elsewhere; undefined: nothing is sealed. */
  readonly callKeys: KeyRing | undefined;
  readonly queue: JobQueue;
  /** The same, on Redis. */
  readonly bullmq?: Pick<BullmqQueue, 'queues'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Takes words from old calls, and forgets what is older still. */
  expire(): Promise<void>;
  /** Puts all keys under the current seal key; undefined: nothing is sealed. */
  readonly rewrapKeys: (() => Promise<Rewrapped>) | undefined;
  /** Ends jobs first, then what is still to be noted, then the connections. Safe to call twice. */
  close(): Promise<void>;
}

export interface StoresSetup {
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** How long a call is kept after the last append. Default 30. */
  readonly keepDays?: number;
  /** How long what was said is kept: at most as long as calls, which is the default. */
  readonly transcriptDays?: number;
  /** How long records of calls and handoffs and the figures are kept, which have no words by then. Default 400. */
  readonly figuresDays?: number;
  /** How long a caller is remembered. Default: as long as calls. */
  readonly callerDays?: number;
  /** By default nothing is sealed. */
  readonly sealing?: SealSetup;
  /** A Redis for jobs alone, beside a Redis store, so that jobs can't take the room of calls. */
  readonly jobTarget?: RedisTarget;
  /** Recordings that this process reaches, which are erased with their calls; by default none. */
  readonly recordings?: RecordingFiles | undefined;
}

/** Each has a shorter time of its own. */
const intakeDays = 1;
const transferDays = 2;
/** Keys, and whose calls are, are kept for longer than the calls, which may be renewed by a last word. */
const marginDays = 2;

/** The times of all classes. */
const daysOf = ({ keepDays = 30, transcriptDays = keepDays, figuresDays = 400, callerDays = keepDays }: StoresSetup) => ({
  keepDays,
  transcriptDays: Math.min(transcriptDays, keepDays),
  figuresDays,
  callerDays,
});

/** What seals what, by whose keys are dropped together. */
interface Vaults {
  readonly calls: Vault;
  readonly callers: Vault;
  readonly intakes: Vault;
  readonly house: Vault;
  readonly callKeys: KeyRing | undefined;
}

const vaultsOf = (keys: OpenedKeys | undefined, setup: StoresSetup): Vaults => {
  const { keepDays, callerDays } = daysOf(setup);
  const vaultBy = (ring: KeyRing | undefined): Vault => (ring === undefined ? plainVault : vaultOf(ring));
  const vault = (kind: string, days: number): Vault => vaultBy(keys?.ring(kind, days));
  const callKeys = keys?.ring('key', keepDays + marginDays);
  return {
    callKeys,
    calls: vaultBy(callKeys),
    callers: vault('caller-key', callerDays + marginDays),
    intakes: vault('intake-key', intakeDays + marginDays),
    house: vault('house-key', secretKeepDays),
  };
};

/** What each kind of database brings along. */
interface Parts {
  readonly contexts: ContextStore & CallArchive;
  readonly handoffs: HandoffLog & HandoffArchive;
  readonly calls: CallLog;
  readonly tallies: Tallies;
  readonly index: CallerIndex;
  readonly clips: ClipStore;
  readonly places: Places;
  readonly nodes: Nodes;
  readonly auditTexts: AuditTexts;
  readonly queue: JobQueue;
  readonly bullmq?: BullmqQueue;
  texts(kind: string, keepDays: number): Texts;
}

/**
 * Opens what `STORE` names, and the store of keys when something is to be sealed. Rejects with `seal-key-unknown` when it was sealed under a key that is not set,
 * and SQLite with `store-unavailable` when a file can't be used. Redis is waited for for a moment; then it connects in the background, so a gateway starts, and
 * answers calls, while Redis is away.
 */
export const openStores = async (store: StoreUrl, setup: StoresSetup): Promise<Stores> => {
  const keys = setup.sealing && (await openKeys(setup.sealing, { ...setup, store }));
  const vaults = vaultsOf(keys, setup);
  try {
    const parts = store.kind === 'sqlite' ? await sqliteParts(store, setup, vaults) : redisParts(store, setup, vaults);
    const secrets = houseSecretsIn(parts.texts('secret', secretKeepDays), vaults.house);
    const stores = assemble(parts, { setup, vaults, keys, secrets });
    await checkSecrets(secrets, stores);
    return stores;
  } catch (error) {
    await keys?.close();
    throw error;
  }
};

/** Ends what was opened when the secrets can't be opened. Who can't be reached now is asked again when a secret is needed. */
const checkSecrets = async (secrets: HouseSecrets, { log, close }: Pick<Stores, 'log' | 'close'>): Promise<void> => {
  try {
    await secrets.check();
  } catch (error) {
    if (!(error instanceof ThroughlineError && error.code === 'store-unavailable')) {
      await close();
      throw error;
    }
    log.warn({ error: error.message }, 'the seal key could not be checked with the secrets of the store');
  }
};

const sqliteParts = async (
  { path }: Extract<StoreUrl, { kind: 'sqlite' }>,
  setup: StoresSetup,
  { calls }: Vaults,
): Promise<Parts> => {
  const { clock, log } = setup;
  const { keepDays, figuresDays } = daysOf(setup);
  const sqlite = openSqlite(path);
  try {
    await sqlite.run('open the store', [
      ...contextTables,
      ...callerIndexTables,
      ...handoffTables,
      ...callTables,
      ...tallyTables,
      ...clipTables,
      ...placeTables,
      ...nodeTables,
      ...textTables,
      ...auditTables,
      ...queueTables,
    ]);
    await addColumns(sqlite, queueColumns);
  } catch (error) {
    await sqlite.close();
    throw error;
  }
  return {
    contexts: new SqliteContextStore(sqlite, { clock, keepDays, codec: logCodec(calls) }),
    handoffs: new SqliteHandoffLog(sqlite, { keepDays: figuresDays, codec: recordCodec(calls) }),
    calls: new SqliteCallLog(sqlite, { clock, keepDays: figuresDays }),
    tallies: new SqliteTallies(sqlite, { clock, keepDays: figuresDays }),
    index: new SqliteCallerIndex(sqlite, { clock, keepDays: keepDays + marginDays }),
    clips: new SqliteClipStore(sqlite),
    places: new SqlitePlaces(sqlite, clock),
    nodes: new SqliteNodes(sqlite, clock),
    auditTexts: new SqliteAuditTexts(sqlite),
    queue: new SqliteQueue(sqlite, { clock, log, names: jobNames, atOnce: jobsAtOnce }),
    texts: (kind, days) => new SqliteTexts(sqlite, { kind, clock, keepDays: days }),
  };
};

const redisParts = ({ target }: Extract<StoreUrl, { kind: 'redis' }>, setup: StoresSetup, { calls }: Vaults): Parts => {
  const { clock, log } = setup;
  const { keepDays, figuresDays } = daysOf(setup);
  const link = new RedisLink({ target, role: 'store', clock, log });
  const queue = new BullmqQueue({ target: setup.jobTarget ?? target, clock, log, names: jobNames, atOnce: jobsAtOnce });
  return {
    contexts: new RedisContextStore(link, { clock, keepDays, codec: logCodec(calls) }),
    handoffs: new RedisHandoffLog(link, { keepDays: figuresDays, codec: recordCodec(calls) }),
    calls: new RedisCallLog(link, { clock, keepDays: figuresDays }),
    tallies: new RedisTallies(link, { keepDays: figuresDays }),
    index: new RedisCallerIndex(link, { clock, keepDays: keepDays + marginDays }),
    clips: new RedisClipStore(link),
    places: new RedisPlaces(link),
    nodes: new RedisNodes(link),
    auditTexts: new RedisAuditTexts(link),
    queue,
    bullmq: queue,
    texts: (kind, days) => new RedisTexts(link, { kind, keepDays: days }),
  };
};

interface Assembly {
  readonly setup: StoresSetup;
  readonly vaults: Vaults;
  readonly keys: OpenedKeys | undefined;
  readonly secrets: HouseSecrets;
}

const assemble = (parts: Parts, { setup, vaults, keys, secrets }: Assembly): Stores => {
  const { clock, log } = setup;
  const { contexts, handoffs, index, queue, texts } = parts;
  const { transcriptDays, callerDays } = daysOf(setup);
  const sealed = (kind: string, days: number, by: Omit<Parameters<typeof sealedTexts>[1], 'kind'>): Texts =>
    sealedTexts(texts(kind, days), { kind, ...by });
  const callerHasher = callerHasherBy(() => secrets.find('callers'));
  const hashOf = callerHashBy(callerHasher);
  const summaries = summariesIn(sealed('summary', transcriptDays, { vault: vaults.calls, subjectOf: (callId) => callId }));
  const transfers = transfersIn(sealed('transfer', transferDays, { vault: vaults.calls, subjectOf: callOfTransferKey }));
  const callers = callersIn(
    sealed('caller', callerDays, { vault: vaults.callers, subjectOf: (hash) => hash, ownKeys: true }),
    hashOf,
  );
  const intakes = intakesIn(
    sealed('intake', intakeDays, {
      vault: vaults.intakes,
      subjectOf: (name) => (saysSomething(name) ? name : undefined),
      ownKeys: true,
    }),
    clock,
    hashOf,
  );
  const audit = auditLogIn(parts.auditTexts, () => secrets.find('audit'));
  const dropKeys = (callIds: readonly string[]) => vaults.calls.drop(callIds);
  return {
    contexts: indexedContexts(contexts, { index, hashOf }),
    handoffs,
    calls: parts.calls,
    tallies: parts.tallies,
    clips: parts.clips,
    places: parts.places,
    nodes: parts.nodes,
    summaries,
    callers,
    transfers,
    killSwitch: switchIn(texts('switch', switchKeepDays)),
    rules: rulesIn(texts('rule', ruleKeepDays)),
    // The secrets that webhooks are signed with.
    webhooks: endpointsIn(sealed('webhook', endpointKeepDays, { vault: vaults.house, subjectOf: (name) => name })),
    deliveries: deliveriesIn(texts('delivery', deliveryKeepDays)),
    intakes,
    erasures: erasuresIn({
      house: {
        ...{ contexts, archive: contexts, handoffs, summaries, transfers, intakes, callers, index, dropKeys },
        records: callerRecordsIn(parts.calls),
        ...(setup.recordings === undefined ? {} : { recordings: setup.recordings }),
      },
      texts: texts('erasure', receiptDays),
      hashOf,
      clock,
      add: (job) => queue.add(job),
    }),
    callerHasher,
    audit,
    queue,
    ...(parts.bullmq === undefined ? {} : { bullmq: parts.bullmq }),
    log,
    expire: () => expire({ contexts, archive: contexts, handoffs }, { clock, transcriptDays }),
    callKeys: vaults.callKeys,
    rewrapKeys: keys && (() => keys.rewrap()),
    // The contexts' `close` ends the connection that the others share.
    close: async () => {
      await queue.close();
      await audit.settle();
      await contexts.close();
      await keys?.close();
    },
  };
};
