import { parseCallId } from '../../infra/brand.ts';
import type { TransferRef } from '../../store/transfers.ts';
import type { BackReport, LegStatus } from '../call/ports.ts';
import { personTwiml, type TransferStep, type TwimlLinks, waitingTwiml } from '../twilio/twiml.ts';
import type { HttpDeps } from './deps.ts';
import type { Form } from './form.ts';
import type { Webhook } from './webhook.ts';

const steps: ReadonlySet<string> = new Set<TransferStep>([
  'whisper',
  'key',
  'hold',
  'left',
  'status',
  'machine',
  'wait',
  'back',
]);

const isStep = (step: string): step is TransferStep => steps.has(step);

/** The transfer that a URL names, and what is asked about it; without `ref` it names none. */
export const namedTransfer = ({ named }: Pick<Webhook, 'named'>) => {
  const { callId: call = '', transfer = '', step = '' } = named;
  const callId = parseCallId(call);
  const isKnown = callId !== undefined && /^t\d{1,4}$/.test(transfer) && isStep(step);
  return isKnown ? { ref: { callId, transfer }, step } : { ref: undefined, step: undefined };
};

/** What the carrier says of the caller's way to a person. */
export const backReport = (form: Form): BackReport => {
  const dialStatus = form.get('DialCallStatus');
  const queueResult = form.get('QueueResult');
  const talkSeconds = Number(form.get('DialCallDuration') ?? '0');
  return {
    ...(dialStatus === undefined ? {} : { dialStatus }),
    ...(queueResult === undefined ? {} : { queueResult }),
    ...(talkSeconds > 0 ? { talkSeconds } : {}),
  };
};

const legStatuses: ReadonlySet<string> = new Set<LegStatus>(['completed', 'busy', 'no-answer', 'failed', 'canceled']);

const isLegStatus = (status: string): status is LegStatus => legStatuses.has(status);

const looksIn = (query: Form): number => {
  const looks = Number(query.get('looks') ?? '0');
  return Number.isSafeInteger(looks) && looks >= 0 ? looks : 0;
};

type Step = Exclude<TransferStep, 'back'>;

/** The document, or no answer but that it was heard. */
export type TransferAnswer = (ref: TransferRef, step: Step, webhook: Webhook) => Promise<string | undefined>;

/** What the carrier asks and tells about the leg of a person, and about a caller who waits for one. */
export const transferAnswers = ({ people }: Pick<HttpDeps, 'people'>, links: TwimlLinks): TransferAnswer => {
  type Answer = (ref: TransferRef, webhook: Webhook) => Promise<string | undefined>;
  const answers: Readonly<Record<Step, Answer>> = {
    whisper: async (ref, { call }) => personTwiml(await people.answered(ref, call.callId), links),
    key: async (ref, { form }) => personTwiml(await people.pressed(ref, form.get('Digits')?.slice(0, 1)), links),
    // It is asked also when the leg ended in the room: who hung up did not press the star.
    left: async (ref, { form }) => {
      const status = form.get('CallStatus') ?? '';
      if (!isLegStatus(status)) return personTwiml(await people.leftRoom(ref), links);
      await people.legEnded(ref, status);
      return undefined;
    },
    status: async (ref, { form }) => {
      const status = form.get('CallStatus') ?? '';
      if (isLegStatus(status)) await people.legEnded(ref, status);
      return undefined;
    },
    machine: async (ref, { call, form }) => {
      if (/^(machine|fax)/.test(form.get('AnsweredBy') ?? '')) await people.machineAnswered(ref, call.callId);
      return undefined;
    },
    wait: async (ref, { query }) => {
      const looks = looksIn(query);
      await people.callerWaits(ref, looks);
      return waitingTwiml(links, { ref, step: 'wait', looks });
    },
    hold: async (ref, { call, query }) => {
      const looks = looksIn(query);
      await people.personWaits(ref, call.callId, looks);
      return waitingTwiml(links, { ref, step: 'hold', looks });
    },
  };
  return (ref, step, webhook) => answers[step](ref, webhook);
};
