import { announce } from './announce.ts';
import type { Application, TwimlDocument } from './application.ts';
import type { Leg, Next, RunOptions, TwimlSource } from './leg.ts';
import type { LegStreams } from './leg-streams.ts';
import { runVerb } from './verbs/run-verb.ts';
import type { Stage } from './verbs/verb.ts';
import type { CarrierWorld } from './world.ts';

/** A document without anything that takes time, so many times in a row, is a loop. */
const loopLimit = 30;

interface DocumentsOptions {
  readonly world: CarrierWorld;
  readonly leg: Leg;
  readonly application: Application;
  readonly streams: LegStreams;
}

/** Runs the TwiML documents of one leg. */
export class Documents {
  readonly #options: DocumentsOptions;

  constructor(options: DocumentsOptions) {
    this.#options = options;
  }

  /** Runs documents until one ends, or ends the call. What it says after the abort of the signal counts for nothing. */
  async run(first: TwimlSource, options: RunOptions): Promise<Next> {
    const { application, leg } = this.#options;
    const { signal } = options;
    let source = first;
    for (let idle = 0; idle < loopLimit && !signal.aborted; ) {
      const document = await application.document(source);
      const startedAt = leg.record.now;
      const next =
        document === undefined ? await this.#withoutDocument(options) : await this.#perform({ document, source }, options);
      if (next.go !== 'to') return next;
      source = next.source;
      idle = leg.record.now - startedAt < 100 ? idle + 1 : 0;
    }
    if (!signal.aborted) leg.record.debug(11215, `${loopLimit} documents in a row did nothing`);
    return { go: 'end', reason: 'redirect-loop', status: 'completed' };
  }

  async #perform(
    { document, source }: { readonly document: TwimlDocument; readonly source: TwimlSource },
    options: RunOptions,
  ): Promise<Next> {
    const { signal, rules } = options;
    const { record } = this.#options.leg;
    const stage = this.#stage(document.base, source);
    for (const verb of document.verbs) {
      if (signal.aborted) break;
      if (rules !== undefined && !rules.verbs.includes(verb.name)) {
        record.debug(rules.code, `<${verb.name}> can't be used here`);
        return rules.refused;
      }
      const next = await runVerb(stage, verb, signal);
      if (next.go !== 'on') return next;
    }
    return { go: 'on' };
  }

  #stage(base: string, source: TwimlSource): Stage {
    const { world, leg, application, streams } = this.#options;
    return {
      world,
      leg,
      record: leg.record,
      base,
      method: source.kind === 'url' ? source.method : 'POST',
      run: (next, options) => this.run(next, options),
      notify: (purpose, callback, form) => application.notify(purpose, callback, form),
      report: (purpose, callback, form) => application.report(purpose, callback, form),
      stream: async (plan, signal) => (await streams.run(plan, signal))?.code !== 1006 || world.afterBreak === 'action',
      streamRefused: (element, code, message) => streams.refuse(element, code, message),
    };
  }

  /** No TwiML to be had: the caller hears an error message and the call ends. Who only waits hears nothing. */
  async #withoutDocument({ signal, rules }: RunOptions): Promise<Next> {
    if (rules !== undefined) return rules.refused;
    const mulaw = this.#options.world.say('We are sorry, an application error has occurred.');
    if (!signal.aborted) await announce(this.#options.leg.record, { mulaw }, signal);
    return { go: 'end', reason: 'application-error', status: 'completed' };
  }
}
