import type { TwimlElement } from '../../twiml-document.ts';
import { abortOf, announce, waitFor } from '../announce.ts';
import type { DocumentRules, Ending, Next, PlacedLeg } from '../leg.ts';
import type { Ticket } from '../queues.ts';
import { methodOf } from '../stream-plan.ts';
import { holdMusic } from '../tones.ts';
import { talk } from './bridge.ts';
import { scriptedEnqueue } from './scripted.ts';
import { planQueue } from './task.ts';
import { absolute, callbackOf, type Stage, toAction, type Verb } from './verb.ts';

const waitRules: DocumentRules = {
  verbs: ['Play', 'Say', 'Pause', 'Hangup', 'Redirect', 'Leave', 'Gather'],
  code: 12200,
  refused: { go: 'leave', result: 'error' },
};

/** How long a taker's phone rings. */
const takerRingMs = 30_000;

interface Waiting {
  readonly name: string;
  readonly element: TwimlElement;
  readonly ticket: Ticket;
  readonly signal: AbortSignal;
}

const whole = (milliseconds: number): string => String(Math.round(milliseconds / 1_000));

/** What is heard in the queue: music, or the document of `waitUrl`, over and over. The answer: why it was left from inside. */
const hearQueue = async (stage: Stage, { element, ticket, name, signal }: Waiting): Promise<'leave' | 'error' | Ending> => {
  const { waitUrl, waitUrlMethod } = element.attributes;
  while (waitUrl !== undefined && waitUrl !== '' && !signal.aborted) {
    const startedAt = stage.record.now;
    const form = {
      QueueSid: ticket.queueSid,
      QueuePosition: String(ticket.position),
      QueueTime: whole(ticket.waitedMs),
      AvgQueueTime: whole(ticket.averageMs),
      CurrentQueueSize: String(ticket.size),
      MaxQueueSize: String(mostIn(stage, name, element)),
    };
    const url = absolute(waitUrl, stage.base);
    const source = { kind: 'url', purpose: 'wait', url, method: methodOf(waitUrlMethod), form } as const;
    const next = await stage.run(source, { signal, rules: waitRules });
    if (!signal.aborted && next.go === 'leave') return next.result;
    if (!signal.aborted && next.go === 'end') return next;
    // A document that takes no time is not asked for without end.
    if (stage.record.now - startedAt < 100) await waitFor(stage.world.clock, 1_000, signal);
  }
  if (waitUrl === undefined) await announce(stage.record, { mulaw: holdMusic, times: Number.POSITIVE_INFINITY }, signal);
  await abortOf(signal);
  return 'leave';
};

/** Rings the one who takes calls from the queue until they answer. Settles then, or never. */
const taken = async (stage: Stage, { name, signal }: Waiting): Promise<PlacedLeg | undefined> => {
  const taker = stage.world.queueScripts[name]?.taker;
  while (taker !== undefined && !signal.aborted) {
    await waitFor(stage.world.clock, taker.afterMs, signal);
    if (signal.aborted) break;
    const ready = Promise.withResolvers<void>();
    const placed = stage.world.place({
      direction: 'outbound-api',
      from: stage.leg.identity.to,
      to: taker.address,
      ringMs: takerRingMs,
      ...(taker.person && { person: taker.person }),
      whenAnswered: async (_run, released) => {
        ready.resolve();
        await abortOf(released);
        return { go: 'on' };
      },
    });
    await Promise.race([ready.promise, abortOf(AbortSignal.any([signal, placed.released]))]);
    if (!signal.aborted && !placed.released.aborted) return placed;
    if (!placed.released.aborted) placed.leg.end('caller-gone', 'canceled');
    if (taker.afterMs === 0) await waitFor(stage.world.clock, 1_000, signal);
  }
  await abortOf(signal);
  return undefined;
};

const mostIn = (stage: Stage, name: string, element: TwimlElement): number =>
  Math.min(Number(element.attributes['maxQueueSize'] ?? 1_000), stage.world.queueScripts[name]?.maxSize ?? 1_000);

/** Waits for a taker. Who left from inside the queue says why. */
const wait = async (stage: Stage, waiting: Waiting): Promise<PlacedLeg | 'leave' | 'error' | Ending | undefined> => {
  const over = new AbortController();
  const within = { ...waiting, signal: AbortSignal.any([waiting.signal, over.signal]) };
  const hearing = hearQueue(stage, within);
  const result = await Promise.race([taken(stage, within), hearing]);
  over.abort();
  await hearing;
  waiting.ticket.leave();
  return waiting.signal.aborted && !(typeof result === 'object' && 'released' in result) ? undefined : result;
};

/** The caller went, or was taken elsewhere. */
const goneResult = (stage: Stage, wasBridged: boolean): string => {
  if (stage.leg.over) return wasBridged ? 'bridged' : 'hangup';
  return wasBridged ? 'redirected-from-bridged' : 'redirected';
};

const queued = async (stage: Stage, waiting: Waiting): Promise<Next> => {
  const { element, ticket, signal } = waiting;
  const { action, method } = element.attributes;
  const result = await wait(stage, waiting);
  const form = { QueueSid: ticket.queueSid, QueueTime: whole(ticket.waitedMs) };
  const tell = (QueueResult: string) => stage.notify('action', callbackOf(stage, action, method), { ...form, QueueResult });
  if (typeof result === 'object' && 'go' in result) {
    tell('hangup');
    return result;
  }
  const isTaken = typeof result === 'object';
  if (isTaken) {
    await talk(stage, { other: result, element, signal });
    if (!result.released.aborted) result.leg.end('caller-gone', 'completed');
  }
  if (!signal.aborted)
    return toAction(stage, element, { ...form, QueueResult: typeof result === 'string' ? result : 'bridged' });
  tell(goneResult(stage, isTaken));
  return { go: 'on' };
};

/** `<Enqueue>`: the caller waits until somebody takes the call, and then talks with them. */
export const enqueue: Verb = async (stage, element, signal) => {
  const dialled = { kind: 'Enqueue', target: element.text, attributes: element.attributes, dial: {} };
  const outcome = stage.world.dialOutcome(dialled);
  if (outcome !== undefined) return scriptedEnqueue(stage, { element, outcome, signal });
  const plan = planQueue(element);
  if (plan.kind === 'refused') {
    stage.record.debug(plan.code, plan.message);
    return toAction(stage, element, { QueueResult: 'error' });
  }
  const { name } = plan;
  if (plan.kind === 'workflow')
    stage.record.note({ type: 'task', workflowSid: name, attributes: plan.attributes, priority: plan.priority });
  const ticket = stage.world.queues.enter(name, mostIn(stage, name, element));
  if (ticket === undefined) return toAction(stage, element, { QueueResult: 'queue-full' });
  return queued(stage, { name, element, ticket, signal });
};
