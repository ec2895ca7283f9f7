import type { TwimlElement } from '../../twiml-document.ts';
import { abortOf, waitFor } from '../announce.ts';
import type { FormValues } from '../signature.ts';
import { methodOf } from '../stream-plan.ts';
import { pause, play, say } from './speech.ts';
import { absolute, on, type Stage, seconds, type Verb } from './verb.ts';

const prompts: Readonly<Record<string, Verb>> = { Say: say, Play: play, Pause: pause };

/** Says what is nested in a verb that waits for keys. */
export const prompt = async (stage: Stage, nested: readonly TwimlElement[], signal: AbortSignal): Promise<void> => {
  for (const element of nested) {
    if (signal.aborted) return;
    await prompts[element.name]?.(stage, element, signal);
  }
};

export interface KeyRules {
  /** Says what is wanted. A key stops it. */
  readonly prompt: (signal: AbortSignal) => Promise<void>;
  /** Keys do not stop the prompt, and count from its end on. */
  readonly patient?: boolean;
  /** How long to wait for the next key, ms: from the end of the prompt, and from each key. */
  readonly timeoutMs: number;
  /** Ends the input, without belonging to it. Empty: no key does. */
  readonly finishOnKey: string;
  /** So many digits end the input; asked after each. */
  readonly enough: (digits: string) => boolean;
}

export interface KeysPressed {
  readonly digits: string;
  readonly finishedBy: string | undefined;
}

/** Listens to the caller's keys until there are enough, one ends it, or none comes in time. */
export const collectKeys = async (stage: Stage, rules: KeyRules, signal: AbortSignal): Promise<KeysPressed> => {
  const input = { digits: '', finishedBy: undefined as string | undefined };
  const over = new AbortController();
  const prompting = new AbortController();
  let waiting = new AbortController();
  let ready = rules.patient !== true;
  const stop = stage.leg.keypad.listen((key) => {
    if (!ready) return;
    prompting.abort();
    waiting.abort();
    if (key !== '' && rules.finishOnKey.includes(key)) input.finishedBy = key;
    else input.digits += key;
    if (input.finishedBy !== undefined || rules.enough(input.digits)) over.abort();
  });
  try {
    await rules.prompt(AbortSignal.any([signal, prompting.signal]));
    ready = true;
    while (!over.signal.aborted && !signal.aborted) {
      waiting = new AbortController();
      const any = AbortSignal.any([signal, waiting.signal]);
      await Promise.race([waitFor(stage.world.clock, rules.timeoutMs, any), abortOf(any)]);
      if (!any.aborted) break;
    }
    return input;
  } finally {
    stop();
  }
};

/** `<Gather>` without an action asks the document's own URL again. */
const gathered = (stage: Stage, element: TwimlElement, form: FormValues) => {
  const { action, method } = element.attributes;
  const url = action === undefined ? stage.base : absolute(action, stage.base);
  return {
    go: 'to',
    source: { kind: 'url', purpose: 'action', url, method: method === undefined ? 'POST' : methodOf(method), form },
  } as const;
};

export const gather: Verb = async (stage, element, signal) => {
  const { input = 'dtmf', numDigits, timeout, finishOnKey = '#', actionOnEmptyResult, bargeIn } = element.attributes;
  if (input !== 'dtmf') stage.record.debug(12200, `<Gather input="${input}">: only keys are simulated`);
  const most = Number(numDigits ?? Number.POSITIVE_INFINITY);
  const rules: KeyRules = {
    prompt: (stopped) => prompt(stage, element.children, stopped),
    patient: bargeIn === 'false',
    timeoutMs: seconds(timeout, 5),
    finishOnKey,
    enough: (digits) => digits.length >= most,
  };
  const { digits, finishedBy } = await collectKeys(stage, rules, signal);
  if (signal.aborted || (digits === '' && actionOnEmptyResult !== 'true')) return on;
  return gathered(stage, element, { Digits: digits, msg: 'Gather End', ...(finishedBy && { FinishedOnKey: finishedBy }) });
};
