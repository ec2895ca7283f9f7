import { connect, createServer, type Server, type Socket } from 'node:net';

/** Two ends that the proxy holds together. */
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** What happens to bytes on their way. */
interface Path {
  /** They come so much later, in order. */
  readonly delayMs: number;
  /** They stay here until the path is whole again, as in a network that lost its route: nobody is told. */
  readonly isLost: boolean;
  /** Answers stay here: the other side did what was asked, and nobody hears of it. */
  readonly isDeaf: boolean;
  /** Pieces of at most so many bytes. */
  readonly sliceBytes: number;
}

const whole: Path = { delayMs: 0, isLost: false, isDeaf: false, sliceBytes: Number.POSITIVE_INFINITY };

/** A TCP port in front of another one, on which a network can be made to fail. `port` of the target may be changed while it runs. */
export class FaultProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #target: { readonly host: string; readonly port: number };
  #path: Path = whole;
  #refuses = false;
  #held: (() => void)[] = [];

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer({ noDelay: true }, (near) => this.#join(near));
  }

  static async start(port: number, host = '127.0.0.1'): Promise<FaultProxy> {
    const proxy = new FaultProxy({ host, port });
    await new Promise<void>((done) => proxy.#server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** New connections go there. */
  aim(port: number): void {
    this.#target = { host: '127.0.0.1', port };
  }

  /** From now on every piece comes so much later. */
  delay(delayMs: number): void {
    this.#path = { ...this.#path, delayMs };
  }

  /** From now on bytes come in pieces of at most so many. */
  slice(sliceBytes: number): void {
    this.#path = { ...this.#path, sliceBytes };
  }

  /** A partition: connections stay up, new ones are accepted, and nothing comes through until `heal`. */
  partition(): void {
    this.#path = { ...this.#path, isLost: true };
  }

  /** Requests come through, answers don't, until `heal`. */
  deafen(): void {
    this.#path = { ...this.#path, isDeaf: true };
  }

  /** New connections are closed at once. */
  refuse(): void {
    this.#refuses = true;
  }

  /** All is well again: what was held comes now, late. */
  heal(): void {
    this.#path = whole;
    this.#refuses = false;
    const held = this.#held;
    this.#held = [];
    for (const send of held) send();
  }

  /** Ends every connection in order (FIN). */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.end();
      far.end();
    }
  }

  /** Breaks every connection (RST). */
  reset(): void {
    this.#held = [];
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #join(near: Socket): void {
    if (this.#refuses) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ ...this.#target, noDelay: true });
    const pair = { near, far };
    this.#pairs.add(pair);
    this.#carry(near, far, () => this.#path.isLost);
    this.#carry(far, near, () => this.#path.isLost || this.#path.isDeaf);
    near.once('close', () => this.#pairs.delete(pair));
  }

  #carry(from: Socket, to: Socket, isHeld: () => boolean): void {
    // An end must not overtake bytes that are late: one chain for both.
    let last = Promise.resolve();
    const pass = (act: () => void): void => {
      const { delayMs } = this.#path;
      const wait = new Promise<void>((done) => {
        const go = () => (delayMs === 0 ? done() : void setTimeout(done, delayMs));
        if (isHeld()) this.#held.push(go);
        else go();
      });
      last = last.then(() => wait).then(act);
    };
    from.on('data', (bytes: Buffer) => {
      for (const piece of pieces(bytes, this.#path.sliceBytes)) pass(() => void to.write(piece));
    });
    from.on('end', () => pass(() => void to.end()));
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      if (from.errored !== null) to.destroy();
    });
  }
}

const pieces = (bytes: Buffer, most: number): readonly Buffer[] => {
  if (bytes.length <= most) return [bytes];
  return Array.from({ length: Math.ceil(bytes.length / most) }, (_, at) => bytes.subarray(at * most, (at + 1) * most));
};
