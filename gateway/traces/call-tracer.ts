import type { CallId } from '../../infra/brand.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { type Course, newCourse } from './course.ts';
import type { AboutModel } from './genai.ts';
import type { SpanSink } from './span.ts';
import { follow, reread } from './spans.ts';

export interface CallTracerOptions {
  readonly about: AboutModel;
  readonly sink: SpanSink;
  /** The call's log as it is stored; undefined when there is none. May reject. */
  readonly load: (callId: CallId) => Promise<readonly ContextEvent[] | undefined>;
  /** The trace of a call has a hole; the call has not. */
  readonly onTrouble: (callId: CallId, error: unknown) => void;
}

type Known =
  | { readonly kind: 'following'; readonly course: Course }
  /** The call began elsewhere: its log is read, and what happens meanwhile is kept. */
  | { readonly kind: 'reading'; readonly kept: ContextEvent[] };

/** Calls that are followed; of one more the longest silent is forgotten, and read again when it goes on. */
const mostCalls = 5_000;
/** Events that are kept while a log is read: a store that is away must not cost memory. */
const mostKept = 500;

/**
 * Makes spans of what the calls of this process tell. A call that was served elsewhere before is read from the store, in the background:
 * so it knows what was open when it was lost, and when the call began.
 */
export class CallTracer {
  readonly #options: CallTracerOptions;
  readonly #calls = new Map<CallId, Known>();

  constructor(options: CallTracerOptions) {
    this.#options = options;
  }

  /** How many calls it knows of now. */
  get size(): number {
    return this.#calls.size;
  }

  /** Every event of every call, in order. Never blocks, never throws. */
  readonly learn = (callId: CallId, event: ContextEvent): void => {
    try {
      this.#learn(callId, event);
    } catch (error) {
      this.#forget(callId, error);
    }
  };

  #learn(callId: CallId, event: ContextEvent): void {
    const known = this.#calls.get(callId);
    if (known?.kind === 'reading') {
      if (known.kept.length < mostKept) known.kept.push(event);
      return;
    }
    // An owner that has lost the call may not know it yet.
    if (known !== undefined && event.term < known.course.term) return;
    if (event.seq === 1) this.#take(newCourse(callId, this.#options.about, event), event);
    else if (known?.course.seq === event.seq - 1) this.#take(known.course, event);
    else this.#read(callId, event);
  }

  /** What broke here is nothing to the call. */
  #forget(callId: CallId, error: unknown): void {
    this.#calls.delete(callId);
    this.#options.onTrouble(callId, error);
  }

  #take(course: Course, event: ContextEvent): void {
    const { course: next, spans } = follow(course, event);
    this.#calls.delete(next.callId);
    // After its stream has ended the call may go on anywhere.
    if (!next.isOver && event.type !== 'stream-ended') this.#remember(next.callId, { kind: 'following', course: next });
    if (spans.length > 0) this.#options.sink.give(spans);
  }

  #remember(callId: CallId, known: Known): void {
    this.#calls.set(callId, known);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > mostCalls && oldest !== undefined) this.#calls.delete(oldest);
  }

  #read(callId: CallId, event: ContextEvent): void {
    const reading = { kind: 'reading' as const, kept: [event] };
    this.#calls.delete(callId);
    this.#remember(callId, reading);
    const goOn = (events: readonly ContextEvent[] = []) => {
      if (this.#calls.get(callId) !== reading) return;
      this.#calls.delete(callId);
      const { about } = this.#options;
      const earlier = events.filter(({ seq }) => seq < event.seq);
      this.#take(reread(callId, about, earlier) ?? newCourse(callId, about, event), event);
      for (const later of reading.kept.slice(1)) this.learn(callId, later);
    };
    const goOnWithout = (error: unknown) => {
      this.#options.onTrouble(callId, error);
      goOn();
    };
    this.#options
      .load(callId)
      .then(goOn, goOnWithout)
      .catch((error) => this.#forget(callId, error));
  }
}
