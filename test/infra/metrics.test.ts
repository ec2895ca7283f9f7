import { expect, test } from 'vitest';
import { createMetrics, type MetricsOptions } from '../../infra/metrics.ts';

const metricsOf = (options: MetricsOptions = {}) =>
  createMetrics(
    {
      things_total: { type: 'counter', help: 'Things', labels: { colour: ['red', 'green'] } },
      notices_total: { type: 'counter', help: 'Notices', labels: { why: 'words' } },
      things_now: { type: 'gauge', help: 'Things now', labels: {} },
      shelf_now: { type: 'gauge', help: 'Things on a shelf', labels: { colour: ['red', 'green'] } },
      thing_seconds: { type: 'histogram', help: 'How long', labels: {}, buckets: [0.3, 0.5] },
    },
    options,
  );

test('counts, gauges and histograms by name', async () => {
  const metrics = metricsOf();
  metrics.count('things_total', { colour: 'red' });
  metrics.count('things_total', { colour: 'red' });
  metrics.gauge('things_now', 7);
  metrics.observe('thing_seconds', 0.4);
  const text = await metrics.text();
  expect(text).toContain('things_total{colour="red"} 2\n');
  expect(text).toContain('things_now 7\n');
  expect(text).toContain('thing_seconds_bucket{le="0.3"} 0\n');
  expect(text).toContain('thing_seconds_bucket{le="0.5"} 1\n');
});

test('a gauge with labels has a value for each', async () => {
  const metrics = metricsOf();
  metrics.gauge('shelf_now', 7, { colour: 'red' });
  metrics.gauge('shelf_now', 2, { colour: 'green' });
  metrics.gauge('shelf_now', 3, { colour: 'red' });
  metrics.gauge('shelf_now', 1, { colour: 'blue' });
  expect(await seriesOf(metrics, 'shelf_now')).toEqual([
    'shelf_now{colour="red"} 3',
    'shelf_now{colour="green"} 2',
    'shelf_now{colour="other"} 1',
  ]);
});

const seriesOf = async (metrics: ReturnType<typeof metricsOf>, name: string) =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(name));

test('values and labels that were not declared make no new time series', async () => {
  const metrics = metricsOf();
  for (let caller = 0; caller < 50; caller += 1)
    metrics.count('things_total', { colour: `canary-${caller}`, caller: `+1555${caller}` });
  metrics.count('things_total');
  expect(await seriesOf(metrics, 'things_total')).toEqual(['things_total{colour="other"} 51']);
});

test('counts several at once', async () => {
  const metrics = metricsOf();
  metrics.count('things_total', { colour: 'red' }, 40);
  metrics.count('things_total', { colour: 'red' });
  expect(await seriesOf(metrics, 'things_total')).toEqual(['things_total{colour="red"} 41']);
});

test('words: those of code, and not more than 64 of them', async () => {
  const metrics = metricsOf();
  metrics.count('notices_total', { why: 'wrong-path' });
  metrics.count('notices_total', { why: 'token used' });
  metrics.count('notices_total');
  metrics.count('notices_total', { why: '+15551234567' });
  metrics.count('notices_total', { why: 'CA12' });
  expect(await seriesOf(metrics, 'notices_total')).toEqual([
    'notices_total{why="wrong-path"} 1',
    'notices_total{why="token used"} 1',
    'notices_total{why=""} 1',
    'notices_total{why="other"} 2',
  ]);
  for (let first = 97; first < 107; first += 1)
    for (let second = 97; second < 107; second += 1)
      metrics.count('notices_total', { why: String.fromCharCode(first, second) });
  expect(await seriesOf(metrics, 'notices_total')).toHaveLength(64 + 2);
});

test('two of them share nothing', async () => {
  const [one, other] = [metricsOf(), metricsOf({ ofProcess: true })];
  one.gauge('things_now', 1);
  expect(await other.text()).toContain('things_now 0\n');
  expect(await other.text()).toContain('process_cpu_seconds_total');
  expect(await one.text()).not.toContain('process_cpu_seconds_total');
});
