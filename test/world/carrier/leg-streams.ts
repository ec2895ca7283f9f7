import type { TwimlElement } from '../twiml-document.ts';
import type { Application } from './application.ts';
import { CallRecord } from './call-record.ts';
import type { CallIdentity } from './leg.ts';
import { MediaStream, type StreamEnd } from './media-stream.ts';
import { signatureOf } from './signature.ts';
import { methodOf, type StreamPlan } from './stream-plan.ts';
import { streamErrorOf } from './stream-socket.ts';
import type { CarrierWorld } from './world.ts';

interface LegStreamsOptions {
  readonly world: CarrierWorld;
  readonly identity: CallIdentity;
  readonly record: CallRecord;
  readonly application: Application;
}

/** What a stream status callback is about. */
interface StreamNews {
  readonly event: 'stream-started' | 'stream-stopped' | 'stream-error';
  readonly streamSid: string;
  readonly error?: string;
}

/** The Media Streams of one call, one after another. */
export class LegStreams {
  /** All streams so far, in order. */
  readonly all: MediaStream[] = [];
  readonly #options: LegStreamsOptions;
  #open: { readonly stream: MediaStream; readonly plan: StreamPlan } | undefined;

  constructor(options: LegStreamsOptions) {
    this.#options = options;
  }

  get current(): MediaStream | undefined {
    return this.#open?.stream;
  }

  /** Opens a stream and waits until it is over (the answer says how) or could not be opened. The abort of `signal` stops it. */
  async run(plan: StreamPlan, signal: AbortSignal): Promise<StreamEnd | undefined> {
    const { record } = this.#options;
    const stream = await this.#connect(plan, record);
    if (stream === undefined) return undefined;
    const { streamSid } = stream.identity;
    this.all.push(stream);
    const open = { stream, plan };
    this.#open = open;
    record.note({ type: 'stream-opened', streamSid, url: plan.url });
    this.#callBack(plan, { event: 'stream-started', streamSid });
    signal.addEventListener('abort', () => stream.stop());
    stream.start();
    if (signal.aborted) stream.stop();
    const end = await stream.ended;
    if (this.#open === open) this.#open = undefined;
    this.#callBack(plan, { event: 'stream-stopped', streamSid });
    return end;
  }

  /** A `<Stream>` that is not even tried. */
  refuse(element: TwimlElement, code: number, message: string): void {
    this.#options.record.debug(code, message);
    const { statusCallback, statusCallbackMethod, name } = element.attributes;
    const usable = statusCallback !== undefined && URL.canParse(statusCallback);
    const callback = usable ? { url: statusCallback, method: methodOf(statusCallbackMethod) } : undefined;
    const streamSid = this.#options.world.sid('MZ');
    this.#options.application.notify(
      'stream-status',
      callback,
      this.#form(name, { event: 'stream-error', streamSid, error: `${code} ${message}` }),
    );
  }

  /** Fault: a second stream with the same TwiML beside the open one. It has a record of its own. */
  async duplicate(): Promise<MediaStream | undefined> {
    if (this.#open === undefined) return undefined;
    const stream = await this.#connect(this.#open.plan, new CallRecord(this.#options.world.clock));
    stream?.start();
    return stream;
  }

  async #connect(plan: StreamPlan, record: CallRecord): Promise<MediaStream | undefined> {
    const { world, identity } = this.#options;
    const streamSid = world.sid('MZ');
    try {
      const headers = { 'x-twilio-signature': signatureOf(world.authToken, plan.url) };
      const socket = await world.openStream(world.dialUrl(plan.url), headers);
      const { accountSid } = world;
      return new MediaStream(record, socket, { accountSid, callSid: identity.sid, streamSid, parameters: plan.parameters });
    } catch (thrown) {
      const code = streamErrorOf(thrown);
      record.debug(code, String(thrown));
      this.#callBack(plan, { event: 'stream-error', streamSid, error: `${code} ${String(thrown)}` });
      return undefined;
    }
  }

  #callBack(plan: StreamPlan, news: StreamNews): void {
    this.#options.application.notify('stream-status', plan.statusCallback, this.#form(plan.name, news));
  }

  #form(name: string | undefined, { event, streamSid, error }: StreamNews): Record<string, string> {
    return {
      StreamSid: streamSid,
      StreamName: name ?? streamSid,
      StreamEvent: event,
      Timestamp: new Date(this.#options.world.clock.wall()).toISOString(),
      ...(error !== undefined && { StreamError: error }),
    };
  }
}
