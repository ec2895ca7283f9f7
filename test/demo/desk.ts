import { once } from 'node:events';
import { createServer } from 'node:http';
import type { CallId } from '../../infra/brand.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import { VirtualClock } from '../world/clock.ts';
import type { Stage } from '../world/stage.ts';

const trouble = (what: string, status: number): ThroughlineError =>
  new ThroughlineError('demo-desk', `${what} answered with ${status}.`);

/** The desk of a person who takes calls: asks the console API for the page of a transfer, reads it and writes on it, over HTTP. */
export class Desk {
  readonly #stage: Stage;
  readonly #console: string;
  readonly close: () => void;

  private constructor(stage: Stage, console: string, close: () => void) {
    this.#stage = stage;
    this.#console = console;
    this.close = close;
  }

  static async open(stage: Stage): Promise<Desk> {
    const server = createServer(stage.gateway.consoleApp).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Desk(stage, `http://127.0.0.1:${port}`, () => {
      server.closeAllConnections();
      server.close();
    });
  }

  /** The page of the newest transfer of a call, where this machine reaches it. */
  async page(callId: CallId): Promise<string> {
    const answer = await this.#fetch(`${this.#console}/api/v1/calls/${callId}`);
    if (!answer.ok) throw trouble('The console', answer.status);
    const body: unknown = await answer.json();
    const transfers: unknown = Reflect.get(Object(body), 'transfers');
    const screen: unknown = Array.isArray(transfers) ? Reflect.get(Object(transfers.at(-1)), 'screen') : undefined;
    if (typeof screen !== 'string') throw new ThroughlineError('demo-desk', 'The console knows no page of a transfer.');
    return `${this.#stage.publicPort}${new URL(screen).pathname}`;
  }

  /** The page as a browser gets it. */
  async read(page: string): Promise<string> {
    const answer = await this.#fetch(page, { headers: { accept: 'text/html' } });
    if (!answer.ok) throw trouble('The page', answer.status);
    return this.#busy(answer.text());
  }

  /** Sends the page's form, as its Save button does. */
  async write(page: string, notes: string): Promise<void> {
    const form = new URLSearchParams({ notes });
    const answer = await this.#fetch(page, { method: 'POST', body: form, redirect: 'manual' });
    if (answer.status !== 303) throw trouble("The page's form", answer.status);
  }

  #fetch(url: string, init: RequestInit = {}): Promise<Response> {
    return this.#busy(fetch(url, init));
  }

  /** A virtual clock must not run ahead of real work. */
  #busy<Result>(work: Promise<Result>): Promise<Result> {
    const { clock } = this.#stage;
    return clock instanceof VirtualClock ? clock.busy(work) : work;
  }
}
