// Makes what a line's agents say before any session is there, once and with their own voices: the greeting, and words for a dead line.
import { systemClock } from '../infra/clock.ts';
import { runOnce } from './boot.ts';
import { loadLine, sessionsOf } from './compose.ts';
import { makeGreetings } from './greetings.ts';
import { gatewayMetrics } from './metrics.ts';
import { makeMoments } from './moments.ts';

await runOnce('make clips', process.env, async ({ settings, log, stores }) => {
  const line = await loadLine(settings.line);
  const openSession = sessionsOf(settings, { clock: systemClock, log, metrics: gatewayMetrics() });
  const options = { line, model: settings.openai.realtimeModel, clips: stores.clips, openSession, clock: systemClock };
  for (const made of [await makeGreetings(options), await makeMoments(options)]) {
    for (const [agent, { text, mulaw }] of made)
      process.stdout.write(`${agent}, ${(mulaw.length / 8_000).toFixed(1)} s: ${text}\n`);
  }
  process.stdout.write('Running gateways play them after their next start.\n');
});
