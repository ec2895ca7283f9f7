// The job process: works the jobs of a Redis store. On SQLite the gateway works them itself.
import { jobHandlers } from '../store/jobs.ts';
import { runProcess } from './boot.ts';
import { textWorkOf } from './compose.ts';

await runProcess('jobs', process.env, async ({ settings, log, stores }) => [
  { name: 'store', stop: () => stores.close() },
  {
    name: 'jobs',
    start: () => {
      stores.queue.work(jobHandlers(stores, textWorkOf(settings)));
      log.info({}, 'working jobs');
    },
  },
]);
