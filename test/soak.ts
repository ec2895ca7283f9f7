// npm run soak: many short calls, good and bad ones, and what stays of them in the serving process. Ends with 1 when something does. Linux.
//   --calls N      in all (2,000)       --waves N      readings in between (10)
//   --quick        200 calls in 5 waves --json         readings and verdict as JSON
//   --forget       waits eleven minutes at the end, until calls that are over are forgotten
import { parseArgs } from 'node:util';
import { Callers, mixture, startModel } from './soak/callers.ts';
import { SoakedGateway } from './soak/gateway.ts';
import { judge, type Reading } from './soak/judge.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string' },
    waves: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    forget: { type: 'boolean', default: false },
  },
});
const numberOf = (name: 'calls' | 'waves', usual: number): number => {
  const number = Number(values[name] ?? usual);
  if (Number.isInteger(number) && number > 0) return number;
  process.stderr.write(`--${name} must be a whole number from 1 on\n`);
  process.exit(2);
};
const calls = numberOf('calls', values.quick ? 200 : 2_000);
const waves = numberOf('waves', values.quick ? 5 : 10);

/** New calls per second, and how long what ended slowly gets after each wave. */
const perSecond = 40;
/** Calls before the first reading: what is made once is made then. */
const warmUp = 120;
const settleMs = 8_000;
const forgetMs = 660_000;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const say = (text: string) => process.stderr.write(`${text}\n`);
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2).padStart(8);

const model = await startModel();
const gateway = await SoakedGateway.start(model.url);
const callers = new Callers(gateway.port, model);
const readings: Reading[] = [];
let made = 0;

const wave = async (count: number): Promise<void> => {
  const running: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const kind = mixture[(made + index) % mixture.length] ?? 'talk';
    running.push(callers[kind]());
    await sleep(1_000 / perSecond);
  }
  await Promise.all(running);
  await gateway.quiet();
  await sleep(settleMs);
  made += count;
};

const read = async (): Promise<Reading> => {
  const reading = { calls: made, ...(await gateway.holdings()) };
  const { sockets, timers, heap, buffers } = reading;
  say(
    `${String(made).padStart(6)} calls: ${String(sockets).padStart(3)} sockets and files, ${String(timers).padStart(3)} timers, ${megabytes(heap)} MB heap, ${megabytes(buffers)} MB buffers`,
  );
  return reading;
};

try {
  await wave(Math.max(warmUp, Math.floor(calls / waves)));
  readings.push(await read());
  for (let index = 1; index < waves; index += 1) {
    await wave(Math.floor(calls / waves));
    readings.push(await read());
  }
  let forgotten: Reading | undefined;
  if (values.forget) {
    say('waiting until calls that are over are forgotten (11 minutes)');
    await sleep(forgetMs);
    forgotten = await read();
  }
  const verdict = judge(readings, forgotten);
  if (values.json) process.stdout.write(`${JSON.stringify({ readings, forgotten, ...verdict }, null, 2)}\n`);
  for (const leak of verdict.leaks) say(`LEAK  ${leak}`);
  if (verdict.leaks.length === 0)
    say(`Nothing stays: ${Math.round(verdict.bytesPerCall)} bytes of each call, by the slope.`);
  process.exitCode = verdict.leaks.length === 0 ? 0 : 1;
} finally {
  callers.close();
  await gateway.stop();
}
process.exit();
