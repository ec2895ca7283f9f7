import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** Where a browser may be; the tests that need one are skipped without. */
export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const fieldOf = (value: unknown, name: string): unknown => (isFields(value) ? value[name] : undefined);

const addressOf = (browser: ChildProcess): Promise<string> =>
  new Promise((found, failed) => {
    let text = '';
    browser.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const [, address] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
      if (address !== undefined) found(address);
    });
    browser.once('exit', (code) => failed(new Error(`the browser ended with ${code}`)));
  });

/** One page of a headless browser, by its own protocol. */
export class BrowserPage {
  readonly #browser: ChildProcess;
  readonly #socket: WebSocket;
  readonly #folder: string;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #session: string | undefined;
  #serial = 0;

  private constructor(browser: ChildProcess, socket: WebSocket, folder: string) {
    this.#browser = browser;
    this.#socket = socket;
    this.#folder = folder;
    socket.on('message', (data) => {
      const message: unknown = JSON.parse(String(data));
      const id = fieldOf(message, 'id');
      if (typeof id !== 'number') return;
      this.#waiting.get(id)?.(fieldOf(message, 'result') ?? message);
      this.#waiting.delete(id);
    });
  }

  static async open(path: string): Promise<BrowserPage> {
    const folder = await mkdtemp(join(tmpdir(), 'throughline-browser-'));
    const options = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-port=0',
      `--user-data-dir=${folder}`,
    ];
    const browser = spawn(path, [...options, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const socket = new WebSocket(await addressOf(browser));
    await new Promise((opened) => socket.once('open', opened));
    const page = new BrowserPage(browser, socket, folder);
    await page.#attach();
    return page;
  }

  async #attach(): Promise<void> {
    const targetId = fieldOf(await this.send('Target.createTarget', { url: 'about:blank' }), 'targetId');
    this.#session = String(fieldOf(await this.send('Target.attachToTarget', { targetId, flatten: true }), 'sessionId'));
    await this.send('Page.enable');
  }

  send(method: string, params: Fields = {}): Promise<unknown> {
    this.#serial += 1;
    const id = this.#serial;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    return new Promise((done) => this.#waiting.set(id, done));
  }

  /** Looks at the page from outside of it: the page's own policy doesn't matter here. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    return fieldOf(fieldOf(answer, 'result'), 'value');
  }

  async goTo(url: string): Promise<void> {
    await this.send('Page.navigate', { url });
    await this.until(`location.href === ${JSON.stringify(url)} && document.readyState === 'complete'`);
  }

  /** Waits until an expression is true in the page, 10 s at most. */
  async until(expression: string): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await this.evaluate(expression)) === true) return;
      await wait(50);
    }
    throw new Error(`never true in the page: ${expression}`);
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.#browser.once('exit', done));
    this.#socket.close();
    this.#browser.kill();
    await ended;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
