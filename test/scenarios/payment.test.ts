import { describe, expect, it } from 'vitest';
import type { PaymentAnswer } from '../world/carrier/world.ts';
import { briefingOf } from '../world/model/record.ts';
import { clip } from '../world/voices/clips.ts';
import { fromConsole } from './all-bytes.ts';
import {
  atBilling,
  type Card,
  cardQuestions,
  contentAfter,
  keysOf,
  openInvoice,
  owes,
  types,
  visa,
  when,
} from './paying.ts';
import { eventsOf, type Played, type PlayOptions, play } from './play.ts';
import { expectTransferLaws } from './transfer-laws.ts';

interface Deeds {
  /** What the caller types when the carrier asks for a card for the first time, the second time … */
  readonly keys?: readonly string[];
  /** The words of an agent after which the caller is content. */
  readonly content?: RegExp;
  readonly processor?: PaymentAnswer;
}

/**
 * What holds of every call with a payment: the laws of a call that leaves and comes back; each payment is started, and decided, once; the
 * carrier is asked for money at most once per payment; while the caller pays there is no session, and the log never ends before its time.
 */
const expectPaymentLaws = (played: Played): void => {
  expectTransferLaws(played);
  const { events, call, stage } = played;
  const started = eventsOf(events, 'payment-started').map(({ payment }) => payment);
  expect(new Set(started).size).toBe(started.length);
  expect(eventsOf(events, 'payment-ended').map(({ payment }) => payment)).toEqual(started);
  const asked = call.record.facts.filter((fact) => fact.type === 'verb' && fact.name === 'Pay');
  expect(asked).toHaveLength(eventsOf(events, 'payment-handed-over').length);
  for (const { toolCallId, tool } of eventsOf(events, 'payment-started')) {
    const returned = eventsOf(events, 'tool-returned').filter((event) => event.toolCallId === toolCallId);
    expect([tool, returned.length]).toEqual([tool, 1]);
  }
  expect(call.record.debuggerCodes).toEqual([]);
  expect(stage.gateway.calls.live).toEqual([]);
};

const pays = async ({ keys = [keysOf(visa)], content = /went through/, processor }: Deeds, more: PlayOptions = {}) => {
  let told = '';
  const played = await play({
    ...atBilling,
    watch: contentAfter(content),
    ...(processor === undefined ? {} : { carrier: { connectors: { Default: () => processor } } }),
    after: async (stage) => {
      told = await fromConsole(stage, [...stage.carrier.legs.keys()].join());
    },
    ...more,
    direct: (stage, call) => {
      owes(stage);
      const typesAll = async () => {
        for (const [index, some] of keys.entries()) {
          await when(stage, call, () => cardQuestions(call) > index);
          await types(stage, call, some);
        }
      };
      void typesAll();
      more.direct?.(stage, call);
    },
  });
  expectPaymentLaws(played);
  return { ...played, told };
};

const outcomes = ({ events }: Played) => eventsOf(events, 'payment-ended').map(({ outcome }) => outcome);

const counted = (outcome: string): string => `throughline_payments_total{outcome="${outcome}"} 1`;

describe('a payment', () => {
  it('leaves the stream, is made at the carrier, and comes back to the same agent with the conversation intact', async () => {
    const played = await pays({});
    const { stage, events, call } = played;
    expect(eventsOf(events, 'payment-ended')).toMatchObject([
      { payment: 'p1', outcome: 'paid', confirmation: 'ch_0001', cardType: 'visa', error: null },
    ]);
    expect(stage.backOffice.state.payments).toEqual([
      { invoice: openInvoice, amount: '49.00', currency: 'usd', confirmationCode: 'ch_0001' },
    ]);
    expect(eventsOf(events, 'bound')).toMatchObject([
      { agent: 'billing', cause: 'answer' },
      { agent: 'billing', cause: 'return' },
    ]);
    const back = stage.model.records.at(-1);
    if (back === undefined) throw new Error('nobody took the caller back');
    expect(briefingOf(back)).toMatch(/like to pay my open invoice.*/);
    expect(briefingOf(back)).toMatch(/"outcome":"paid","confirmationCode":"ch_0001"/);
    expect(eventsOf(events, 'fact-learned')).toContainEqual(
      expect.objectContaining({ key: 'paymentConfirmation', value: 'ch_0001', source: 'tool', verified: true }),
    );
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
    expect(played.told).toContain(counted('paid'));
    // The intent is in the log before the caller leaves, and that they are handed over before the carrier asks.
    const order = events.map(({ type }) => type).filter((type) => /payment|stream-ended|tool-called/.test(type));
    expect(order.slice(-5)).toEqual([
      'tool-called',
      'payment-started',
      'stream-ended',
      'payment-handed-over',
      'payment-ended',
    ]);
    // The last words are heard before Twilio speaks, and no session is open while it does.
    const said = events.findLast((event) => event.type === 'agent-said' && /secure payment/.test(event.text));
    expect(said).toMatchObject({ heardText: expect.stringMatching(/cancels it/) });
    const paid = call.record.facts.findIndex((fact) => fact.type === 'verb' && fact.name === 'Pay');
    expect(call.record.facts.slice(0, paid).findLast(({ type }) => type.startsWith('stream-'))?.type).toBe('stream-closed');
  });

  it.each<[string, Deeds, string, string, string | null]>([
    ['the star ends it', { keys: ['4242*'] }, 'cancelled', 'error', null],
    [
      'three wrong cards',
      { keys: ['4242424242424241', '4242424242424241', '4242424242424241'] },
      'too-many-attempts',
      'error',
      'invalid-card-number',
    ],
    ['nobody types', { keys: [] }, 'too-many-attempts', 'error', 'input-timeout'],
    [
      'the card is refused',
      { processor: { kind: 'refused', payErrorCode: 64_012, paymentError: 'do not honor 4242424242424242' } },
      'declined',
      'error',
      '64012',
    ],
  ])('%s: nothing was charged, and the agent says so', async (...[, deeds, outcome, status, error]) => {
    const played = await pays({ content: /nothing was charged/, ...deeds });
    expect(eventsOf(played.events, 'payment-ended')).toMatchObject([{ outcome, error, confirmation: null }]);
    expect(eventsOf(played.events, 'tool-returned').at(-1)).toMatchObject({ tool: 'payInvoice', status });
    expect(played.stage.backOffice.state.payments).toEqual([]);
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'agent-ended' }]);
    expect(JSON.stringify(played.events)).not.toContain('honor');
    expect(played.told).toContain(counted(outcome));
  });

  it('whose connector breaks may have been made: the agent says that it cannot tell', async () => {
    const processor = { kind: 'refused', payErrorCode: 64_008, paymentError: 'timeout', connectorError: 'x' } as const;
    const played = await pays({ content: /can't tell whether/, processor });
    expect(eventsOf(played.events, 'payment-ended')).toMatchObject([{ outcome: 'unknown', error: '64008' }]);
    expect(eventsOf(played.events, 'tool-returned').at(-1)).toMatchObject({ tool: 'payInvoice', status: 'unknown' });
  });

  it.each([
    ['while they type', visa.number.slice(0, 9), 0],
    ['while it is processed', keysOf(visa), 300],
  ])('whose caller hangs up %s: the call is written down as over, the payment as unknown', async (_, keys, waitMs) => {
    const played = await pays(
      { keys: [] },
      {
        direct: async (stage, call) => {
          await when(stage, call, () => cardQuestions(call) > 0);
          await types(stage, call, keys);
          const until = stage.clock.now() + waitMs;
          await when(stage, call, () => stage.clock.now() >= until);
          call.hangUp();
        },
      },
    );
    expect(outcomes(played)).toEqual(['caller-hung-up']);
    expect(eventsOf(played.events, 'tool-returned').at(-1)).toMatchObject({ tool: 'payInvoice', status: 'unknown' });
    expect(eventsOf(played.events, 'call-ended')).toMatchObject([{ reason: 'caller-hung-up' }]);
    expect(played.stage.model.records).toHaveLength(1);
  });

  it('whose caller hangs up before they leave for it was never made', async () => {
    const played = await pays(
      { keys: [] },
      {
        watch: (event, _, call) => {
          if (event.type === 'payment-started') call.hangUp();
        },
      },
    );
    expect(outcomes(played)).toEqual(['caller-hung-up']);
    expect(eventsOf(played.events, 'payment-handed-over')).toEqual([]);
    expect(eventsOf(played.events, 'tool-returned').at(-1)).toMatchObject({ tool: 'payInvoice', status: 'error' });
  });
});

/** The caller asks for the same once more when an agent has said this, and is content after that. */
const asksAgainAfter = (words: RegExp, content: RegExp): NonNullable<PlayOptions['watch']> => {
  let isAsked = false;
  const isContent = contentAfter(content);
  return (event, stage, call) => {
    if (isAsked) isContent(event, stage, call);
    else if (event.type === 'agent-said' && words.test(event.text) && event.heardMs >= event.saidMs) {
      isAsked = true;
      call.speak(clip('callerPays'));
    }
  };
};

describe('the same payment, asked for again', () => {
  it('is not taken twice once it was made: the first result is given again', async () => {
    const played = await pays({}, { watch: asksAgainAfter(/went through/, /paid that already/) });
    expect(outcomes(played)).toEqual(['paid']);
    expect(played.stage.backOffice.state.payments).toHaveLength(1);
  });

  it('is not taken while nobody knows whether it was made', async () => {
    let charges = 0;
    const connectors = {
      Default: (): PaymentAnswer => {
        charges += 1;
        return { kind: 'refused', payErrorCode: 64_008, paymentError: 'timeout' };
      },
    };
    let hangsUp = false;
    const again = asksAgainAfter(/can't tell whether/, /never/);
    const played = await pays(
      {},
      {
        carrier: { connectors },
        watch: (event, stage, call) => {
          again(event, stage, call);
          if (event.type !== 'agent-said' || !/can't tell/.test(event.text) || event.heardMs < event.saidMs) return;
          if (hangsUp) call.hangUp();
          hangsUp = true;
        },
      },
    );
    expect([charges, outcomes(played)]).toEqual([1, ['unknown']]);
  });

  it('is taken when the first one took nothing', async () => {
    const other: Card = { ...visa, number: '5555555555554444' };
    const played = await pays(
      { keys: ['42*', keysOf(other)] },
      { watch: asksAgainAfter(/nothing was charged/, /went through/) },
    );
    expect(outcomes(played)).toEqual(['cancelled', 'paid']);
    expect(eventsOf(played.events, 'payment-ended').map(({ cardType }) => cardType)).toEqual([null, 'mastercard']);
    expect(played.stage.backOffice.state.payments).toHaveLength(1);
  });
});
