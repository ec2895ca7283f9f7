import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ms } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { queueTables, SqliteQueue } from '../../infra/queue/sqlite-queue.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { benchAtOnce, benchNames, jobQueueContract } from '../contracts/job-queue.ts';

const silent = { info: () => {}, warn: () => {} };

for (const inFile of [true, false])
  jobQueueContract(inFile ? 'SQLite in a file' : 'SQLite in memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-queue-'));
    const sqlite = openSqlite(inFile ? join(folder, 'jobs.db') : ':memory:');
    await sqlite.run('prepare', queueTables);
    return {
      open: (timing) =>
        new SqliteQueue(sqlite, {
          ...{ clock: systemClock, log: silent, names: benchNames, atOnce: benchAtOnce },
          ...{ timing, poll: ms(20) },
        }),
      end: async () => {
        await sqlite.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
