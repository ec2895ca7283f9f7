import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express';
import { ms } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import { ExpiringMap } from '../../infra/expiring-map.ts';
import type { TransferRef } from '../../store/transfers.ts';
import type { PersonsWord, ScreenView, WordResult } from '../call/ports.ts';
import { screenDocument } from '../screen/screen-document.ts';
import { type Said, screenPage, unsavedPage } from '../screen/screen-page.ts';
import { screenPath } from '../screen/screen-token.ts';
import { rateLimit } from '../twilio/rate-limit.ts';
import type { HttpDeps, ScreenDeps } from './deps.ts';
import { type ReadWord, wordFromForm, wordFromJson } from './persons-word.ts';
import { refusals } from './refusals.ts';
import { isJsonBody, type Problem, secure, sendProblem, wantsJson } from './screen-replies.ts';

/** Largest word of a person, in bytes as it is sent. */
const maxWordBytes = 16 * 1024;

/** Requests about one transfer, and with tokens that are none, in any minute. */
const perTransfer = 60;
const withBadTokens = 60;
const minute = ms(60_000);

/**
 * Whether a browser sent this from a page of another site. A form of ours comes with `Origin: null`, as its page sends no referrer; what tells then
 * is `Sec-Fetch-Site`. Without both it is no browser of today: the token alone is the credential.
 */
const isForeign = (request: Request, publicUrl: URL): boolean => {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const origin = request.get('Origin');
  return origin !== undefined && origin !== 'null' && origin !== publicUrl.origin;
};

const readBody = express.raw({
  type: ['application/x-www-form-urlencoded', 'application/json'],
  limit: maxWordBytes,
  inflate: false,
});

/** The body as it came. Undefined: it is of another type. Rejects with a `status` when it is too large. */
const bodyOf = (request: Request, response: Response): Promise<Buffer | undefined> =>
  new Promise((done, failed) => {
    readBody(request, response, (thrown?: unknown) => {
      const body: unknown = request.body;
      if (thrown !== undefined) failed(thrown);
      else done(Buffer.isBuffer(body) ? body : undefined);
    });
  });

const problemOf = (thrown: unknown): Problem => {
  const status: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'status') : undefined;
  if (status === 413 || status === 415) return status;
  return typeof status === 'number' && status >= 400 && status < 500 ? 400 : 503;
};

const saidOf = (word: PersonsWord, result: WordResult): Said => {
  if (result !== 'done') return result;
  if (word.next === undefined) return 'saved';
  return word.next === 'give-back' ? 'given-back' : 'ended';
};

const said: ReadonlySet<string> = new Set<Said>(['saved', 'given-back', 'ended', 'over', 'stuck']);
const isSaid = (text: string): text is Said => said.has(text);

const saidIn = (request: Request): { readonly said?: Said } => {
  const [, word = ''] = /[?&]done=([a-z-]{1,20})(?:&|$)/.exec(request.originalUrl) ?? [];
  return isSaid(word) ? { said: word } : {};
};

type Answering = (ref: TransferRef, request: Request, response: Response) => Promise<void>;

/** The page of a person who takes a caller over, behind a signed link. The token is the credential, so it stands in no log. */
class Screen {
  readonly #deps: Pick<HttpDeps, 'publicUrl' | 'clock' | 'log'>;
  readonly #side: ScreenDeps;
  readonly #tellRefusal: (why: string) => void;
  readonly #badAllowed: () => boolean;
  readonly #allowed: ExpiringMap<string, () => boolean>;

  constructor(deps: Pick<HttpDeps, 'publicUrl' | 'clock' | 'log'>, side: ScreenDeps) {
    this.#deps = deps;
    this.#side = side;
    const tell = refusals({ clock: deps.clock, log: deps.log, count: side.count });
    this.#tellRefusal = (why) => tell('screen', why);
    this.#badAllowed = rateLimit(deps.clock, withBadTokens, minute);
    this.#allowed = new ExpiringMap(deps.clock, minute);
  }

  /** A handler that answers only who has a good token, not too often, and also when the answer fails. */
  guarded(answer: Answering): RequestHandler {
    return async (request, response) => {
      const ref = this.#admitted(request);
      if (typeof ref === 'number') {
        sendProblem(request, response, ref);
        return;
      }
      try {
        await answer(ref, request, response);
      } catch (thrown) {
        this.#failed(thrown, ref, response);
      }
    };
  }

  show: Answering = async (ref, request, response) => {
    const view = await this.#side.desk.view(ref);
    if (view === undefined) this.#refuse('no such transfer', request, response);
    else this.#send(view, request, response);
  };

  take: Answering = async (ref, request, response) => {
    const read = await this.#read(request, response);
    if (typeof read === 'number') {
      sendProblem(request, response, read);
      return;
    }
    const result = await this.#written(ref, read, response);
    if (result === undefined) return;
    if (result === 'missing') {
      this.#refuse('no such transfer', request, response);
      return;
    }
    if (wantsJson(request)) response.json({ result });
    else
      response
        .status(303)
        .set('Location', `?done=${saidOf(read, result)}`)
        .end();
  };

  /** A path that can't even be decoded. */
  misspelt(request: Request, response: Response): void {
    this.#refuse('link wrong', request, response);
  }

  /** What was sent is bad, or our side is. Never says what. */
  #failed(thrown: unknown, ref: TransferRef, response: Response): void {
    const status = problemOf(thrown);
    if (status === 503) this.#tellFailure(thrown, ref);
    if (response.headersSent) response.destroy();
    else sendProblem(response.req, response, status);
  }

  #admitted(request: Request): TransferRef | Problem {
    const { token } = request.params;
    const verified = this.#side.tokens.verify(typeof token === 'string' ? token : '');
    if (verified.kind === 'valid') return this.#mayAsk(verified.ref) ? verified.ref : 429;
    this.#tellRefusal(verified.why === 'expired' ? 'link expired' : 'link wrong');
    if (!this.#badAllowed()) return 429;
    return verified.why === 'expired' ? 410 : 404;
  }

  #mayAsk({ callId, transfer }: TransferRef): boolean {
    const key = `${callId} ${transfer}`;
    const allowed = this.#allowed.get(key) ?? rateLimit(this.#deps.clock, perTransfer, minute);
    this.#allowed.set(key, allowed);
    if (allowed()) return true;
    this.#tellRefusal('too often');
    return false;
  }

  #refuse(why: string, request: Request, response: Response): void {
    this.#tellRefusal(why);
    sendProblem(request, response, 404);
  }

  #send(view: ScreenView, request: Request, response: Response): void {
    if (wantsJson(request)) response.json(screenDocument(view));
    else response.type('html').send(screenPage(view, { now: this.#deps.clock.wall(), ...saidIn(request) }));
  }

  async #read(request: Request, response: Response): Promise<PersonsWord | Problem> {
    if (isForeign(request, this.#deps.publicUrl)) {
      this.#tellRefusal('foreign page');
      return 403;
    }
    const body = await bodyOf(request, response);
    if (body === undefined) return 415;
    const read: ReadWord = isJsonBody(request) ? wordFromJson(body) : wordFromForm(body);
    if (read.kind === 'word') return read.word;
    return read.why === 'too-long' ? 413 : 400;
  }

  /** Undefined: the store is away; people have their words back then, in a page that sends them again. */
  async #written(ref: TransferRef, word: PersonsWord, response: Response): Promise<WordResult | 'missing' | undefined> {
    const { desk } = this.#side;
    try {
      return (await desk.view(ref)) === undefined ? 'missing' : await desk.word(ref, word);
    } catch (thrown) {
      if (wantsJson(response.req)) throw thrown;
      this.#tellFailure(thrown, ref);
      response
        .status(503)
        .type('html')
        .send(unsavedPage({ notes: word.notes ?? null, outcome: word.outcome ?? null }));
      return undefined;
    }
  }

  #tellFailure(thrown: unknown, ref: TransferRef): void {
    this.#side.count('screen_failed');
    this.#deps.log.error({ callId: ref.callId, error: messageOf(thrown) }, "a person's page could not be served");
  }
}

/** `GET`, `HEAD` and `POST` of `/screen/{token}`. Nothing else is under that path. */
export const serveScreen = (app: Express, deps: HttpDeps, notAllowed: RequestHandler): void => {
  if (deps.screen === undefined) return;
  const screen = new Screen(deps, deps.screen);
  app
    .route(`${screenPath}/:token`)
    .all(secure)
    .get(screen.guarded(screen.show))
    .post(screen.guarded(screen.take))
    .all(notAllowed);
  // The path is a secret here: whatever is wrong with it must not reach the handler that logs it.
  // biome-ignore lint/complexity/useMaxParams: express tells error handlers by their four parameters
  const misspelt: ErrorRequestHandler = (_thrown, request, response, _next) => {
    secure(request, response, () => screen.misspelt(request, response));
  };
  app.use(screenPath, misspelt);
};
