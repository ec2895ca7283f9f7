import { expect, test } from 'vitest';
import { createLine } from '../../agents/acme/line.ts';
import { requireLine } from '../../agents/line.ts';
import { compose } from '../../gateway/compose.ts';
import { readSettings } from '../../gateway/config.ts';
import { gatewayMetrics } from '../../gateway/metrics.ts';
import { createLog } from '../../infra/log.ts';
import { openStores } from '../../store/stores.ts';
import { FakeClock } from '../world/clock.ts';

test.each([
  ['https://gw.example.com/twilio/voice', false],
  ['https://GW.example.com:443/old-ivr', false],
  ['https://gw.example.com:8443/voice', true],
  ['https://ivr.example.com/voice', true],
])('a pilot that sends the rest to %s', async (url, isGood) => {
  const result = readSettings(
    { OPENAI_API_KEY: 'sk', TWILIO_AUTH_TOKEN: 'x', PUBLIC_URL: 'https://gw.example.com' },
    () => '',
  );
  if (result.kind === 'problems') throw new Error('settings');
  const clock = new FakeClock();
  const log = createLog({ level: 'silent' });
  const stores = await openStores({ kind: 'sqlite', path: ':memory:' }, { clock, log });
  const line = requireLine({ ...createLine({ backOfficeUrl: undefined }), pilot: { share: 0.1, otherwise: { url } } });
  const composed = () => compose(result.settings, { clock, log, metrics: gatewayMetrics(), stores, line });
  if (isGood) expect(composed().calls.readiness).toBe('ready');
  else expect(composed).toThrow(/pilot\.otherwise\.url: .*PUBLIC_URL/);
  await stores.close();
});
