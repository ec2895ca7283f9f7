import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { twilioOrders } from '../../gateway/twilio/rest.ts';
import { type CallId, parseCallId } from '../../infra/brand.ts';
import { human } from './carrier/person.ts';
import { accountSid, authToken, dialledNumber, raiseStage, type Stage } from './stage.ts';

const links = { transfer: 'https://throughline.example.com/twilio/transfer', after: 'https://h/twilio/after' };
const anna = '+15005550042';

/** The package that the gateway uses, pointed at the simulated carrier. */
const clientOf = (apiUrl: string) => {
  class Client extends twilio.RequestClient {
    override request<Data>(options: Parameters<InstanceType<typeof twilio.RequestClient>['request']>[0]) {
      const { pathname, search } = new URL(options.uri);
      return super.request<Data>({ ...options, uri: new URL(pathname + search, apiUrl).href } as typeof options & {
        data?: Data;
      });
    }
  }
  return twilio(accountSid, authToken, { httpClient: new Client() });
};

const callIdOf = (sid: string): CallId => {
  const callId = parseCallId(sid);
  if (callId === undefined) throw new Error(`${sid} is no CallSid`);
  return callId;
};

describe.each(['fast', 'wire'] as const)('REST on the stage, %s', (mode) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await raiseStage({ mode, store: 'sqlite::memory:', carrier: { people: { [anna]: human(undefined, 100) } } });
  });
  afterEach(() => stage.close());

  it('the orders of the gateway reach the carrier, and no call time passes meanwhile', async () => {
    const { apiUrl } = stage.settings.twilio;
    const orders = twilioOrders({ accountSid, authToken, apiUrl: new URL(apiUrl), clock: stage.clock, links });
    const call = stage.carrier.call();
    await stage.until(() => call.record.agentEar.audibleMs > 500);
    const startedAt = stage.clock.now();
    await stage.play(orders.complete(callIdOf(call.sid)));
    expect(call.record.end).toMatchObject({ reason: 'rest-completed' });
    if (mode === 'fast') expect(stage.clock.now() - startedAt).toBeLessThan(100);
    expect(await stage.play(orders.complete(callIdOf(call.sid)))).toBe('gone');
  });

  it('the package can ring a person, ask after the leg, and end it', async () => {
    const client = clientOf(stage.settings.twilio.apiUrl);
    const made = await stage.play(
      client.calls.create({
        to: anna,
        from: dialledNumber,
        twiml: '<Response><Pause length="60"/></Response>',
        timeout: 20,
        timeLimit: 600,
        machineDetection: 'Enable',
        asyncAmd: 'true',
        statusCallback: 'https://throughline.example.com/twilio/status',
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      }),
    );
    expect(made).toMatchObject({ status: 'queued', direction: 'outbound-api', to: anna });
    const leg = stage.carrier.legs.get(made.sid);
    await stage.until(() => leg?.leg.answeredBy !== undefined);
    const asked = await stage.play(client.calls(made.sid).fetch());
    expect(asked).toMatchObject({ status: 'in-progress', answeredBy: 'human' });
    await stage.play(client.calls(made.sid).update({ status: 'completed' }));
    expect(leg?.over).toBe(true);
  });
});
