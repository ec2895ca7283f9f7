// The thread that has OpenTelemetry's SDK: loading it, and writing batches as JSON, takes time that speech does not have.
import { parentPort, workerData } from 'node:worker_threads';
import { openOtlp } from './otlp.ts';
import type { CallSpan } from './span.ts';

const otlp = openOtlp({ endpoint: String(workerData), onSettled: (settled) => parentPort?.postMessage(settled) });

parentPort?.on('message', async (given: readonly CallSpan[] | 'close') => {
  const { give, close } = await otlp;
  if (given !== 'close') return give(given);
  await close();
  parentPort?.close();
});
