import type { CallId } from '../../infra/brand.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import { toldOf } from '../../store/calls/told.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { WebhookType } from '../../store/webhooks/types.ts';

/** What is sent. No words of anybody and no numbers of callers: who may know those asks the console. `timestamp`: ISO 8601, UTC. */
export interface Payload {
  readonly type: WebhookType | 'webhook.test';
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const types: Partial<Record<ContextEvent['type'], WebhookType>> = {
  'call-started': 'call.started',
  'call-ended': 'call.ended',
  'handoff-requested': 'handoff.requested',
  'handoff-committed': 'handoff.committed',
  'handoff-failed': 'handoff.failed',
  'handoff-refused': 'handoff.refused',
  'transfer-requested': 'transfer.requested',
  'transfer-accepted': 'transfer.accepted',
  'transfer-failed': 'transfer.failed',
  'transfer-ended': 'transfer.ended',
};

/** What an event of a call is called outside; undefined: it is not told. */
export const webhookTypeOf = (event: Pick<ContextEvent, 'type'>): WebhookType | undefined => types[event.type];

type Data = Payload['data'];

/** The reasons, notes and `why` of handoffs are words of models and people: they stay here. */
const dataOf = (event: ContextEvent): Data | undefined => {
  switch (event.type) {
    case 'call-started':
      return { line: event.line };
    case 'call-ended':
      return { reason: event.reason, resolved: event.resolved };
    case 'handoff-requested':
      return { term: event.term, epoch: event.epoch, from: event.from, to: event.to, trigger: event.trigger };
    case 'handoff-committed': {
      const { term, epoch, from, to, switchMs, configuredMs, firstAudioMs, silenceMs, keptMs } = event;
      const { foreseen, factsCarried, briefingTokens } = event;
      const times = { switchMs, configuredMs, firstAudioMs, silenceMs, keptMs };
      return { term, epoch, from, to, ...times, foreseen, factsCarried, briefingTokens };
    }
    case 'handoff-failed':
      return { term: event.term, epoch: event.epoch, from: event.from, to: event.to };
    case 'handoff-refused':
      return { from: event.from, to: event.to };
    default:
      return transferData(event);
  }
};

const transferData = (event: ContextEvent): Data | undefined => {
  switch (event.type) {
    case 'transfer-requested': {
      const { transfer, from, to, way, trigger } = event;
      return { transfer, from, to, way, trigger };
    }
    case 'transfer-accepted':
      return { transfer: event.transfer, to: event.to };
    case 'transfer-failed':
      return { transfer: event.transfer, to: event.to, why: event.why };
    case 'transfer-ended': {
      const { transfer, to, ending, talkMs, verdict } = event;
      return { transfer, to, ending, talkMs, verdict };
    }
    default:
      return undefined;
  }
};

/** What is told of an event; undefined: nothing. */
export const payloadOf = (callId: CallId, event: ContextEvent): Payload | undefined => {
  const [type, data] = [webhookTypeOf(event), dataOf(event)];
  if (type === undefined || data === undefined) return undefined;
  return { type, timestamp: new Date(event.at).toISOString(), data: { callId, seq: event.seq, ...data } };
};

/** What is told of a call that was analysed. */
export const analysedPayload = (record: CallRecord): Payload => ({
  type: 'call.analysed',
  timestamp: record.endedAt,
  data: { ...toldOf(record), revision: record.revision },
});
