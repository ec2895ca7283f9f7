import { waitFor } from './announce.ts';
import type { CallLeg } from './call-leg.ts';
import { samplesPerMs } from './mulaw.ts';
import { follow, type Person, type Ringing } from './person.ts';
import type { PhoneCall } from './phone-call.ts';
import { beep } from './tones.ts';
import type { MachineDetection, Order } from './world.ts';

/** How long a human says hello: short against a machine's greeting. */
const helloMs = 400;

/** An address that nobody has. */
const unreachable: Person = { kind: 'failed', sipResponseCode: 404 };

interface Outgoing {
  readonly call: PhoneCall;
  readonly order: Order;
  /** How long it stays in the carrier's queue, in ms. */
  readonly queuedMs: number;
  readonly ringing: Ringing;
}

/** Aborts when the leg is over. */
const lifeOf = (leg: CallLeg): AbortSignal => {
  const controller = new AbortController();
  void leg.ended.then(() => controller.abort());
  return controller.signal;
};

const detected = (person: Person, { messageEnd, speechMs, speechEndMs }: MachineDetection) => {
  if (person.kind !== 'machine') return { by: 'human', afterMs: helloMs + speechEndMs };
  if (!messageEnd) return { by: 'machine_start', afterMs: speechMs };
  return { by: 'machine_end_beep', afterMs: (person.greeting.length + beep.length) / samplesPerMs };
};

const talk = (person: Person, call: PhoneCall): void => {
  if (person.kind === 'human') void follow(person.does, call);
  if (person.kind !== 'machine') return;
  call.speak(person.greeting);
  call.speak(beep);
};

/** What follows the answer: the person acts, the carrier finds out who it is, and the leg gets to work. */
const answered = async (person: Person, { call, order }: Outgoing, life: AbortSignal): Promise<void> => {
  const { leg } = call;
  const { clock } = leg.record;
  const { detection, timeLimitMs } = order;
  if (timeLimitMs !== undefined) void waitFor(clock, timeLimitMs, life).then(() => leg.end('time-limit', 'completed'));
  talk(person, call);
  leg.answer();
  if (detection === undefined || detection.async !== undefined) leg.work();
  if (detection === undefined) return;
  const { by, afterMs } = detected(person, detection);
  await waitFor(clock, afterMs, life);
  if (leg.over) return;
  leg.answeredBy = by;
  if (detection.async === undefined) leg.work();
  else if (detection.async !== 'untold')
    leg.notify('amd', detection.async, { AnsweredBy: by, MachineDetectionDuration: String(afterMs) });
};

/** Rings somebody and does what follows: an answer, or the reason why there is none. */
export const ringOut = async (script: Order['person'], outgoing: Outgoing): Promise<void> => {
  const { call, order, queuedMs, ringing } = outgoing;
  const { leg } = call;
  const { clock } = leg.record;
  const life = lifeOf(leg);
  await waitFor(clock, queuedMs, life);
  if (leg.over) return;
  leg.initiate();
  const person = (typeof script === 'function' ? script(ringing) : script) ?? unreachable;
  if (person.kind === 'failed') return leg.end('unreachable', 'failed', String(person.sipResponseCode));
  if (person.kind === 'busy') return leg.end('busy', 'busy');
  leg.alert();
  const patienceMs = 'ringMs' in person ? person.ringMs : Number.POSITIVE_INFINITY;
  await waitFor(clock, Math.min(patienceMs, order.ringMs), life);
  if (leg.over) return;
  if (patienceMs < order.ringMs) await answered(person, outgoing, life);
  else leg.end('rang-out', 'no-answer');
};
