// A worker in small: answers every request with its process id, place and secret. Behaviour by environment, for supervisor.test.ts.
import { createServer } from 'node:http';
import { isFirstStart, receiveConnections, reportReady } from '../../infra/supervisor/worker-side.ts';

const exitCode = process.env['STAND_IN_EXIT'];
if (exitCode !== undefined) process.exit(Number(exitCode));

const server = createServer({ headersTimeout: 400, connectionsCheckingInterval: 100 }, (request, response) => {
  if (request.url === '/stay')
    response.write('staying'); // never ends: a call in progress
  else
    response.end(
      JSON.stringify({
        pid: process.pid,
        worker: process.env['THROUGHLINE_WORKER_NUMBER'],
        isFirst: isFirstStart(process.env['THROUGHLINE_WORKER_START']),
      }),
    );
});
receiveConnections(server);
process.on('SIGTERM', () => {
  if (process.env['STAND_IN_STUBBORN'] === undefined) process.exit(0);
});
setInterval(() => {}, 60_000); // as a real one, it does not end for want of something to do
reportReady();
