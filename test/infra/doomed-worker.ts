// A process that takes one job from a queue, says so, and never ends it. Tests kill it.
//   node doomed-worker.ts STORE LEASE_MS
import { ms } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { BullmqQueue } from '../../infra/queue/bullmq-queue.ts';
import { queueTables, SqliteQueue } from '../../infra/queue/sqlite-queue.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { parseStoreUrl } from '../../store/store-url.ts';

const [url = '', lease = '0'] = process.argv.slice(2);
const store = parseStoreUrl(url);
const log = { info: () => {}, warn: () => {} };
const setup = { clock: systemClock, log, names: ['greet'], timing: { lease: ms(Number(lease)) } };

const hang = async (): Promise<void> => {
  process.stdout.write('taken\n');
  await new Promise(() => {});
};

if ('problem' in store) throw new Error(store.problem);
if (store.kind === 'sqlite') {
  const sqlite = openSqlite(store.path);
  await sqlite.run('prepare', queueTables);
  new SqliteQueue(sqlite, setup).work({ greet: hang });
} else {
  new BullmqQueue({ ...setup, target: store.target }).work({ greet: hang });
}
