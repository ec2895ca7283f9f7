import { connect, createServer, type Server, type Socket } from 'node:net';

/** A server behind a balancer. */
export interface Target {
  /** Its port on the loopback. */
  readonly port: number;
  /** Where it says whether it takes new work, such as `http://127.0.0.1:8081/readyz`. */
  readonly readyUrl: string;
}

const lookEveryMs = 200;
const readyTimeoutMs = 1_000;

const answersReady = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(readyTimeoutMs) })).ok;
  } catch {
    return false;
  }
};

/**
 * A small TCP balancer, as stands before several machines: each new connection goes to the next target that says that it is
 * ready; if none does, to the next that can be connected to. Connections that stand stay where they are.
 */
export class Balancer {
  readonly #server: Server;
  readonly #targets: readonly Target[];
  readonly #ready = new Set<number>();
  readonly #sockets = new Set<Socket>();
  #next = 0;
  #looking: NodeJS.Timeout | undefined;

  private constructor(targets: readonly Target[]) {
    this.#targets = targets;
    this.#server = createServer({ noDelay: true }, (near) => this.#send(near, this.#order()));
  }

  static async start(targets: readonly Target[]): Promise<Balancer> {
    const balancer = new Balancer(targets);
    await balancer.#start();
    return balancer;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  async #start(): Promise<void> {
    await this.#look();
    this.#looking = setInterval(() => void this.#look(), lookEveryMs);
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  async #look(): Promise<void> {
    await Promise.all(
      this.#targets.map(async ({ port, readyUrl }) => {
        if (await answersReady(readyUrl)) this.#ready.add(port);
        else this.#ready.delete(port);
      }),
    );
  }

  #order(): readonly Target[] {
    this.#next += 1;
    const turned = this.#targets.map((_, at) => this.#targets[(at + this.#next) % this.#targets.length]);
    const all = turned.flatMap((target) => (target === undefined ? [] : [target]));
    return [...all.filter(({ port }) => this.#ready.has(port)), ...all.filter(({ port }) => !this.#ready.has(port))];
  }

  #send(near: Socket, [target, ...others]: readonly Target[]): void {
    if (target === undefined) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: target.port, noDelay: true });
    let isConnected = false;
    far.once('connect', () => {
      isConnected = true;
      this.#join(near, far);
    });
    far.once('error', () => {
      if (!isConnected) this.#send(near, others);
    });
  }

  #join(near: Socket, far: Socket): void {
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.resetAndDestroy());
      one.once('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
