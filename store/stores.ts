import type { Clock } from '../infra/clock.ts';
import type { Log } from '../infra/log.ts';
import { BullmqQueue } from '../infra/queue/bullmq-queue.ts';
import type { JobQueue } from '../infra/queue/queue.ts';
import { queueColumns, queueTables, SqliteQueue } from '../infra/queue/sqlite-queue.ts';
import { RedisLink, type RedisTarget } from '../infra/redis.ts';
import { openSqlite } from '../infra/sqlite.ts';
import { addColumns } from '../infra/sqlite-columns.ts';
import { type CallerMemory, callersIn } from './caller-memory.ts';
import type { CallLog } from './calls/call-log.ts';
import { RedisCallLog } from './calls/redis-call-log.ts';
import { callTables, SqliteCallLog } from './calls/sqlite-call-log.ts';
import type { ClipStore } from './clips.ts';
import type { ContextStore } from './context-store.ts';
import { RedisTallies } from './figures/redis-tallies.ts';
import { SqliteTallies, tallyTables } from './figures/sqlite-tallies.ts';
import type { Tallies } from './figures/tallies.ts';
import type { HandoffLog } from './handoffs/log.ts';
import { RedisHandoffLog } from './handoffs/redis-handoff-log.ts';
import { handoffTables, SqliteHandoffLog } from './handoffs/sqlite-handoff-log.ts';
import { type IntakeStore, intakesIn } from './intakes.ts';
import { jobNames } from './jobs.ts';
import { type SwitchStore, switchIn, switchKeepDays } from './kill-switch.ts';
import type { Places } from './places.ts';
import { RedisClipStore } from './redis-clip-store.ts';
import { RedisContextStore } from './redis-context-store.ts';
import { RedisPlaces } from './redis-places.ts';
import { RedisTexts } from './redis-texts.ts';
import { clipTables, SqliteClipStore } from './sqlite-clip-store.ts';
import { contextTables, SqliteContextStore } from './sqlite-context-store.ts';
import { placeTables, SqlitePlaces } from './sqlite-places.ts';
import { SqliteTexts, textTables } from './sqlite-texts.ts';
import type { StoreUrl } from './store-url.ts';
import { type RuleStore, ruleKeepDays, rulesIn } from './suggestions/rules.ts';
import { type SummaryStore, summariesIn } from './summaries.ts';
import { type Transfers, transfersIn } from './transfers.ts';
import { type DeliveryLog, deliveriesIn, deliveryKeepDays } from './webhooks/delivery-log.ts';
import { endpointKeepDays, endpointsIn, type WebhookEndpoints } from './webhooks/endpoints.ts';

/** All that outlives a process, over one database. */
export interface Stores {
  readonly contexts: ContextStore;
  readonly handoffs: HandoffLog;
  readonly calls: CallLog;
  readonly tallies: Tallies;
  readonly clips: ClipStore;
  readonly places: Places;
  readonly summaries: SummaryStore;
  readonly callers: CallerMemory;
  readonly transfers: Transfers;
  readonly killSwitch: SwitchStore;
  readonly rules: RuleStore;
  readonly intakes: IntakeStore;
  readonly webhooks: WebhookEndpoints;
  readonly deliveries: DeliveryLog;
  readonly queue: JobQueue;
  /** The same, on Redis. */
  readonly bullmq?: Pick<BullmqQueue, 'queues'>;
  /** Ends jobs first, then the connections. Safe to call twice. */
  close(): Promise<void>;
}

export interface StoresSetup {
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** How long a call and its handoffs are kept after the last append. Default 30. */
  readonly keepDays?: number;
  /** How long records of calls and the figures are kept. Default 400. */
  readonly figuresDays?: number;
  /** How long a caller is remembered. Default: as long as calls. */
  readonly callerDays?: number;
}

/** Each has a shorter time of its own. */
const intakeDays = 1;

/**
 * Opens what `STORE` names. SQLite rejects with `store-unavailable` when the file can't be used; Redis connects in the background,
 * so a gateway starts, and answers calls, while Redis is away.
 */
export const openStores = async (store: StoreUrl, setup: StoresSetup): Promise<Stores> =>
  store.kind === 'sqlite' ? await openSqliteStores(store.path, setup) : openRedisStores(store.target, setup);

const openSqliteStores = async (
  path: string,
  { clock, log, keepDays = 30, callerDays = keepDays, figuresDays = 400 }: StoresSetup,
): Promise<Stores> => {
  const sqlite = openSqlite(path);
  try {
    await sqlite.run('open the store', [
      ...contextTables,
      ...handoffTables,
      ...callTables,
      ...tallyTables,
      ...clipTables,
      ...placeTables,
      ...textTables,
      ...queueTables,
    ]);
    await addColumns(sqlite, queueColumns);
  } catch (error) {
    await sqlite.close();
    throw error;
  }
  const contexts = new SqliteContextStore(sqlite, { clock, keepDays });
  return closable({
    contexts,
    handoffs: new SqliteHandoffLog(sqlite, { keepDays }),
    calls: new SqliteCallLog(sqlite, { clock, keepDays: figuresDays }),
    tallies: new SqliteTallies(sqlite, { clock, keepDays: figuresDays }),
    clips: new SqliteClipStore(sqlite),
    places: new SqlitePlaces(sqlite, clock),
    summaries: summariesIn(new SqliteTexts(sqlite, { kind: 'summary', clock, keepDays })),
    callers: callersIn(new SqliteTexts(sqlite, { kind: 'caller', clock, keepDays: callerDays })),
    transfers: transfersIn(new SqliteTexts(sqlite, { kind: 'transfer', clock, keepDays: 2 })),
    killSwitch: switchIn(new SqliteTexts(sqlite, { kind: 'switch', clock, keepDays: switchKeepDays })),
    rules: rulesIn(new SqliteTexts(sqlite, { kind: 'rule', clock, keepDays: ruleKeepDays })),
    intakes: intakesIn(new SqliteTexts(sqlite, { kind: 'intake', clock, keepDays: intakeDays }), clock),
    webhooks: endpointsIn(new SqliteTexts(sqlite, { kind: 'webhook', clock, keepDays: endpointKeepDays })),
    deliveries: deliveriesIn(new SqliteTexts(sqlite, { kind: 'delivery', clock, keepDays: deliveryKeepDays })),
    queue: new SqliteQueue(sqlite, { clock, log, names: jobNames }),
  });
};

const openRedisStores = (
  target: RedisTarget,
  { clock, log, keepDays = 30, callerDays = keepDays, figuresDays = 400 }: StoresSetup,
): Stores => {
  const link = new RedisLink({ target, role: 'store', clock, log });
  const contexts = new RedisContextStore(link, { clock, keepDays });
  const queue = new BullmqQueue({ target, clock, log, names: jobNames });
  return closable({
    contexts,
    handoffs: new RedisHandoffLog(link, { keepDays }),
    calls: new RedisCallLog(link, { clock, keepDays: figuresDays }),
    tallies: new RedisTallies(link, { keepDays: figuresDays }),
    clips: new RedisClipStore(link),
    places: new RedisPlaces(link),
    summaries: summariesIn(new RedisTexts(link, { kind: 'summary', keepDays })),
    callers: callersIn(new RedisTexts(link, { kind: 'caller', keepDays: callerDays })),
    transfers: transfersIn(new RedisTexts(link, { kind: 'transfer', keepDays: 2 })),
    killSwitch: switchIn(new RedisTexts(link, { kind: 'switch', keepDays: switchKeepDays })),
    rules: rulesIn(new RedisTexts(link, { kind: 'rule', keepDays: ruleKeepDays })),
    intakes: intakesIn(new RedisTexts(link, { kind: 'intake', keepDays: intakeDays }), clock),
    webhooks: endpointsIn(new RedisTexts(link, { kind: 'webhook', keepDays: endpointKeepDays })),
    deliveries: deliveriesIn(new RedisTexts(link, { kind: 'delivery', keepDays: deliveryKeepDays })),
    queue,
    bullmq: queue,
  });
};

/** The contexts' `close` ends the connection that the handoffs share. */
const closable = (parts: Omit<Stores, 'close'>): Stores => ({
  ...parts,
  close: async () => {
    await parts.queue.close();
    await parts.contexts.close();
  },
});
