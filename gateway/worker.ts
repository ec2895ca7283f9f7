// The job process: works the jobs of a store, beside the gateways that share it.
import { systemClock } from '../infra/clock.ts';
import { runProcess } from './boot.ts';
import { textWorkOf } from './compose.ts';
import { JobJournal } from './job-journal.ts';
import { jobWork } from './job-work.ts';

await runProcess('jobs', process.env, async ({ settings, log, stores }) => {
  const journal = new JobJournal(systemClock, log);
  const watch = journal.ended.bind(journal);
  const metrics = { count: () => {} }; // nobody can ask it; what the relay finds is in the log
  return [
    { name: 'journal', stop: () => journal.tell() },
    { name: 'store', stop: () => stores.close() },
    ...jobWork(settings, { stores, clock: systemClock, log, metrics, by: textWorkOf(settings), watch }),
    { name: 'ready', start: () => log.info({}, 'working jobs') },
  ];
});
