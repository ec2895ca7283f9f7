import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { BundleToolCall, ContextBundle } from '../../store/context/bundle.ts';
import type { ContextFact, Json, ToolStatus } from '../../store/context/event.ts';
import type { CallView, LearnedFacts, ToolDefinition, ToolOutcome } from '../definition.ts';
import { toolError } from './built-in.ts';
import { canonicalJson, cleanText, outputOf, toJson } from './safe-json.ts';

export interface ToolRun {
  readonly tool: ToolDefinition;
  /** Already checked by `decideTool`. */
  readonly arguments: Json;
  readonly clock: Clock;
  /** Ends the run: the call is over, or a newer owner has it. */
  readonly signal: AbortSignal;
  readonly call: CallView;
  /** What the caller entered for a tool that `collects`. */
  readonly digits?: string;
  /** Hears that the tool's own word on its result can't be had, as that code threw. The result stands. */
  readonly onFault?: (part: 'learns' | 'verifies') => void;
}

export interface ToolReport {
  readonly status: ToolStatus;
  /** For the bundle. At most 32 KiB as JSON. */
  readonly result: Json;
  /** For the model. At most 32 KiB. */
  readonly output: string;
  readonly facts: readonly ContextFact[];
  /** Whether the caller's problem is solved, as far as the tool can see it. */
  readonly solved?: boolean;
}

type Ending =
  | { readonly kind: 'returned'; readonly outcome: ToolOutcome }
  | { readonly kind: 'threw'; readonly thrown: unknown }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'aborted' };

/** Runs a tool within its time limit. Never rejects; whatever the tool does after its end is dropped. */
export const runTool = async (run: ToolRun): Promise<ToolReport> => reportOf(run, await endOf(run));

/** The first of: the tool's result, its time limit, the end of the call. */
const endOf = ({ tool, arguments: args, clock, signal, call, digits }: ToolRun): Promise<Ending> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve({ kind: 'aborted' });
    const inner = new AbortController();
    const settle = (ending: Ending): void => {
      cancel();
      signal.removeEventListener('abort', abort);
      resolve(ending); // the first ending wins; later ones are dropped by the promise
    };
    const stop = (ending: Ending): void => {
      settle(ending);
      inner.abort();
    };
    const abort = (): void => stop({ kind: 'aborted' });
    const cancel = clock.after(ms(tool.timeoutMs), () => stop({ kind: 'timed-out' }));
    signal.addEventListener('abort', abort, { once: true });
    started(tool, args, { signal: inner.signal, call, ...(digits === undefined ? {} : { digits }) }).then(
      (outcome) => settle({ kind: 'returned', outcome }),
      (thrown: unknown) => settle({ kind: 'threw', thrown }),
    );
  });

/** A tool that is not made by `tool()` may throw at once instead of rejecting. */
const started = async (tool: ToolDefinition, ...rest: Parameters<ToolDefinition['run']>): Promise<ToolOutcome> =>
  tool.run(...rest);

const reportOf = (run: ToolRun, ending: Ending): ToolReport => {
  const { tool } = run;
  switch (ending.kind) {
    case 'returned':
      return returned(ending.outcome, run);
    case 'threw':
      return threw(ending.thrown);
    case 'timed-out':
      return cutShort(tool, 'timeout', `No answer within ${tool.timeoutMs / 1_000} seconds.`);
    case 'aborted':
      return cutShort(tool, 'error', 'The run was ended.');
  }
};

const returned = (outcome: ToolOutcome, { onFault }: ToolRun): ToolReport => {
  const { value, output } = outputOf(toJson(outcome.result));
  const facts = learnedFacts(
    () => outcome.learned(),
    () => onFault?.('learns'),
  );
  const solved = verdictOf(outcome, () => onFault?.('verifies'));
  return { status: 'ok', result: value, output, facts, ...(solved === undefined ? {} : { solved }) };
};

/** Never throws. Whatever is no yes and no no, a promise above all, is no word. */
const verdictOf = (outcome: ToolOutcome, onFault: () => void): boolean | undefined => {
  try {
    const verdict: unknown = outcome.verified?.();
    return typeof verdict === 'boolean' ? verdict : undefined;
  } catch {
    onFault();
    return undefined;
  }
};

/** A tool's own mistake about what it teaches must not cost its result. Never throws. */
export const learnedFacts = (teach: () => LearnedFacts, onFault = () => {}): readonly ContextFact[] => {
  let learned: unknown;
  try {
    learned = teach();
  } catch {
    onFault();
    return [];
  }
  // All of them at once: whatever it is, it can be read, and is no more than one result may be.
  const facts = toJson(learned);
  if (typeof facts !== 'object' || facts === null || Array.isArray(facts)) return [];
  return Object.entries(facts)
    .slice(0, mostFacts)
    .map(([key, value]) => ({ type: 'fact-learned', key, value, source: 'tool', verified: true }));
};

/** As many as one result may teach. */
const mostFacts = 100;

/** What is told of a tool that failed, or did not even run. */
export const failedReport = (status: ToolStatus, code: string, message: string): ToolReport => ({
  status,
  result: { error: { code, message } },
  output: toolError(code, message),
  facts: [],
});

const threw = (thrown: unknown): ToolReport => {
  const code = thrown instanceof ThroughlineError ? thrown.code : 'tool-failed';
  const status = code === 'outcome-unknown' ? 'unknown' : 'error';
  return failedReport(status, code, cleanText(wordsOf(thrown), 300));
};

/** What was thrown may be anything, even something that can't be read. */
const wordsOf = (thrown: unknown): string => {
  const words = toJson(thrown instanceof Error ? thrown.message : thrown);
  return typeof words === 'string' && words !== '' ? words : 'The tool failed.';
};

/**
 * Whoever changes something and is cut short may have changed it: then nobody knows, and nobody may try again blindly. A payment only looks
 * up what to charge.
 */
const cutShort = (tool: ToolDefinition, status: 'timeout' | 'error', message: string): ToolReport =>
  tool.effect === 'reads' || tool.pays !== undefined
    ? failedReport(status, status === 'timeout' ? 'timeout' : 'aborted', `${message} You may try again once.`)
    : failedReport('unknown', 'outcome-unknown', `${message} It may or may not have happened: say so, and don't try again.`);

/**
 * What became of the same irreversible tool with the same arguments earlier in this call, in whatever session: its result must
 * be used instead of running it again. A run that is under way, or whose outcome nobody knows, counts; one that surely failed doesn't.
 */
export const earlierResult = (bundle: ContextBundle, name: string, args: Json): BundleToolCall | undefined => {
  const wanted = canonicalJson(args);
  const same = bundle.toolCalls.filter(
    (call) =>
      call.name === name &&
      call.effect === 'irreversible' &&
      call.status !== 'error' &&
      canonicalJson(call.arguments) === wanted,
  );
  return same.find(({ status }) => status === 'ok') ?? same[0];
};

/** What to tell the model that asked for `earlier` again while it ran, now that it has ended. At most 32 KiB. */
export const sameOutput = (earlier: BundleToolCall, { status, result, output }: ToolReport): string =>
  status === 'ok' ? earlierOutput({ ...earlier, status, result }) : output;

/** What to tell the model in place of running the tool again. At most 32 KiB. */
export const earlierOutput = ({ status, result }: BundleToolCall): string => {
  if (status === 'ok') {
    return outputOf({ alreadyDone: true, note: 'This was done earlier in this call and was not repeated.', result }).output;
  }
  return status === 'running'
    ? toolError('under-way', 'The same action is already under way. Wait for its result.')
    : toolError(
        'outcome-unknown',
        'The same action was started earlier and its outcome is unknown. Say so, and do not repeat it.',
      );
};
