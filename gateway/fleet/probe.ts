import { connect, createServer, type Server, type Socket } from 'node:net';

/** A process that lives answers at once; one that hangs accepts the connection and says nothing. */
const probeMs = 700;
/** Nobody but the others of the fleet has anything to ask, and each asks once in a while. */
const mostConnections = 64;

/** Answers whoever asks whether this process lives: with its name, and nothing else. */
export class ProbeAnswer {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(node: string) {
    this.#server = createServer((socket) => {
      this.#open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#open.delete(socket));
      socket.setTimeout(probeMs, () => socket.destroy());
      socket.end(node);
    });
    this.#server.maxConnections = mostConnections;
    this.#server.unref();
  }

  /** Listens on a free port of all addresses; the answer is the port. */
  async start(): Promise<number> {
    await new Promise<void>((done, failed) => {
      this.#server.once('error', failed);
      this.#server.listen(0, done);
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  stop(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }
}

/** Whether the process at this address says that it is that one. Never rejects. */
export const answersProbe = (address: string, node: string): Promise<boolean> =>
  new Promise((resolve) => {
    const at = address.lastIndexOf(':');
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
    let said = '';
    const done = (answers: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    const timer = setTimeout(() => done(false), probeMs);
    socket.on('data', (bytes: Buffer) => {
      said = (said + bytes.toString('latin1')).slice(0, node.length + 1);
    });
    socket.on('end', () => done(said === node));
    socket.on('error', () => done(false));
  });
