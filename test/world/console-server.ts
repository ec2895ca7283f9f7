import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Stage } from './stage.ts';

/** The console of a stage on a port of its own, for as long as `ask` takes. */
export const withConsole = async <Result>({ gateway }: Stage, ask: (url: string) => Promise<Result>): Promise<Result> => {
  const server = createServer(gateway.consoleApp).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    return await ask(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};
