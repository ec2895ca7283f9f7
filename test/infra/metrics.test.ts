import { expect, test } from 'vitest';
import { createMetrics } from '../../infra/metrics.ts';

test('counts, gauges and histograms by name', async () => {
  const metrics = createMetrics();
  metrics.count('throughline_calls_started_total', { cause: 'answer' });
  metrics.count('throughline_calls_started_total', { cause: 'answer' });
  metrics.gauge('throughline_calls_active', 7);
  metrics.observe('throughline_handoff_dead_air_seconds', 0.4);
  const text = await metrics.text();
  expect(text).toContain('throughline_calls_started_total{cause="answer"} 2\n');
  expect(text).toContain('throughline_calls_active 7\n');
  expect(text).toContain('throughline_handoff_dead_air_seconds_bucket{le="0.3"} 0\n');
  expect(text).toContain('throughline_handoff_dead_air_seconds_bucket{le="0.5"} 1\n');
});

test('values and labels that were not declared make no new time series', async () => {
  const metrics = createMetrics();
  for (let caller = 0; caller < 50; caller += 1) {
    metrics.count('throughline_calls_ended_total', { reason: `canary-${caller}`, caller: `+1555${caller}` });
  }
  metrics.count('throughline_calls_ended_total');
  const series = (await metrics.text()).split('\n').filter((line) => line.startsWith('throughline_calls_ended_total'));
  expect(series).toEqual(['throughline_calls_ended_total{reason="other"} 51']);
});

test('two of them share nothing', async () => {
  const [one, other] = [createMetrics(), createMetrics({ ofProcess: true })];
  one.gauge('throughline_calls_active', 1);
  expect(await other.text()).toContain('throughline_calls_active 0\n');
  expect(await other.text()).toContain('process_cpu_seconds_total');
  expect(await one.text()).not.toContain('process_cpu_seconds_total');
});
