import { readAddress } from './address.ts';
import type { TwimlSource } from './leg.ts';
import { FormProblem, RestForm } from './rest-form.ts';
import { type StatusPlan, statusEvents } from './status-callbacks.ts';
import type { MachineDetection, Order } from './world.ts';

const taken = [
  'To From Url Method Twiml FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod StatusCallbackEvent Timeout TimeLimit',
  'MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold',
  'MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod CallerId CallReason CallToken',
  'SipAuthUsername SipAuthPassword',
].flatMap((line) => line.split(' '));

/** What a call runs: with both, `Twiml` is ignored. */
export const sourceOf = (form: RestForm): TwimlSource | undefined => {
  const url = form.callback('Url', 'Method');
  const twiml = form.text('Twiml');
  if (twiml !== undefined && twiml.length > 4_000) throw new FormProblem(20001, 'Twiml is longer than 4000 characters');
  if (url !== undefined) return { kind: 'url', purpose: 'rest', ...url };
  return twiml === undefined ? undefined : { kind: 'inline', twiml };
};

const callbacksOf = (form: RestForm): StatusPlan | undefined => {
  const callback = form.callback('StatusCallback');
  // The helper library repeats the parameter; a list in one value is taken as well.
  const wanted = form.all('StatusCallbackEvent').flatMap((value) => value.split(/\s+/));
  const unknown = wanted.find((name) => !statusEvents.some((event) => event === name));
  if (unknown !== undefined) throw new FormProblem(21626, `unknown status callback event ${unknown}`);
  const events = statusEvents.filter((event) => wanted.includes(event));
  return callback && { ...callback, events: events.length === 0 ? ['completed'] : events };
};

const detectionOf = (form: RestForm): MachineDetection | undefined => {
  const kind = form.oneOf('MachineDetection', ['Enable', 'DetectMessageEnd']);
  const isAsync = form.oneOf('AsyncAmd', ['true', 'false']) === 'true';
  const told = form.callback('AsyncAmdStatusCallback');
  form.whole('MachineDetectionTimeout', [3, 59]);
  form.whole('MachineDetectionSilenceTimeout', [2_000, 10_000]);
  const speechMs = form.whole('MachineDetectionSpeechThreshold', [1_000, 6_000]) ?? 2_400;
  const speechEndMs = form.whole('MachineDetectionSpeechEndThreshold', [500, 5_000]) ?? 1_200;
  if (kind === undefined) return undefined;
  return { messageEnd: kind === 'DetectMessageEnd', speechMs, speechEndMs, async: isAsync ? (told ?? 'untold') : undefined };
};

const isNumber = (text: string): boolean => /^\+[1-9]\d{6,14}$/.test(text);

/** Who is shown as the caller: a number of the account's; to a SIP address any plain name. */
const fromOf = (form: RestForm, to: string, owns: (number: string) => boolean): string => {
  const from = form.needed('From', 21213);
  const shown = form.text('CallerId') ?? from;
  for (const number of new Set([from, shown])) {
    if (/^sips?:/i.test(to) && /^[\w.+-]+$/.test(number) && !isNumber(number)) continue;
    if (!isNumber(number)) throw new FormProblem(21212, `From is not a valid phone number: ${number}`);
    if (!owns(number)) throw new FormProblem(21210, `the account does not own ${number}`);
  }
  return shown;
};

/** Reads the parameters of `POST …/Calls.json`. Throws `FormProblem`. */
export const readOrder = (body: string, owns: (number: string) => boolean): Order => {
  const form = new RestForm(body, taken);
  const to = form.needed('To', 21201);
  const address = readAddress(to);
  if (address.kind === 'refused') throw new FormProblem(address.code === 13252 ? 13252 : 21211, address.message);
  const from = fromOf(form, to, owns);
  const source = sourceOf(form);
  if (source === undefined) throw new FormProblem(21205, 'Url and Twiml are both missing');
  const callbacks = callbacksOf(form);
  const fallback = form.callback('FallbackUrl', 'FallbackMethod');
  const detection = detectionOf(form);
  const timeLimit = form.whole('TimeLimit', [1, 86_400]);
  return {
    direction: 'outbound-api',
    from,
    to,
    ringMs: 1_000 * (form.whole('Timeout', [1, 600]) ?? 60),
    whenAnswered: (run, signal) => run(source, { signal }),
    ...(callbacks && { callbacks }),
    ...(fallback && { fallback }),
    ...(detection && { detection }),
    ...(timeLimit !== undefined && { timeLimitMs: 1_000 * timeLimit }),
  };
};
