import type { Server } from 'node:http';
import { Socket } from 'node:net';

const connectionId = (message: unknown): number | undefined =>
  typeof message === 'object' && message !== null && 'connection' in message && typeof message.connection === 'number'
    ? message.connection
    : undefined;

/** Whether a supervisor started this process. If not, listen on the port yourself. */
export const isSupervised = (): boolean => process.send !== undefined;

/** Whether no process had this place before. */
export const isFirstStart = (start: string | undefined): boolean => (start ?? '1') === '1';

/**
 * Serves connections that the supervisor accepted. The server never listens itself, so its `close` calls back with
 * `ERR_SERVER_NOT_RUNNING`: to drain, use `closeIdleConnections` and count requests. When the supervisor is gone the process
 * gets the SIGTERM that it would have sent.
 */
export const receiveConnections = (server: Server): void => {
  // Node arms a server's header and request time limits when it starts to listen.
  server.emit('listening');
  process.on('message', (message: unknown, socket: unknown) => {
    const id = connectionId(message);
    if (id === undefined) return;
    process.send?.({ taken: id });
    if (!(socket instanceof Socket)) return; // it closed on the way
    server.emit('connection', socket);
    socket.resume();
  });
  // Ctrl-C reaches every process of the terminal; the supervisor turns it into one SIGTERM for each worker.
  process.on('SIGINT', () => {});
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
};

/** Says that connections may come. */
export const reportReady = (): void => {
  process.send?.({ ready: true });
};
