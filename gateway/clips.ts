// Makes the spoken greetings of a line once, with the agents' own voices, so that a call is answered at once.
import { systemClock } from '../infra/clock.ts';
import { runOnce } from './boot.ts';
import { loadLine, sessionsOf } from './compose.ts';
import { makeGreetings } from './greetings.ts';
import { gatewayMetrics } from './metrics.ts';

await runOnce('make clips', process.env, async ({ settings, log, stores }) => {
  const line = await loadLine(settings.line);
  const openSession = sessionsOf(settings, { clock: systemClock, log, metrics: gatewayMetrics() });
  const options = { line, model: settings.openai.realtimeModel, clips: stores.clips, openSession, clock: systemClock };
  for (const [agent, { text, mulaw }] of await makeGreetings(options)) {
    process.stdout.write(`${agent}, ${(mulaw.length / 8_000).toFixed(1)} s: ${text}\n`);
  }
  process.stdout.write('Running gateways play them after their next start.\n');
});
