// The load generator: carrier and model in one process of its own. Started by bench.ts, with a plan; prints one line of JSON.
//   node load.ts '{"target":"gateway"|"bridge", …}'
import { randomBytes } from 'node:crypto';
import { LoadCall, ring } from './carrier-side.ts';
import type { Format } from './level-marks.ts';
import { serveModel } from './model-side.ts';
import { spreadOf } from './statistics.ts';

export interface LoadPlan {
  /** A gateway is rung at its webhook; a bridge is only a socket. */
  readonly target: 'gateway' | 'bridge';
  readonly port: number;
  readonly calls: number;
  readonly seconds: number;
  readonly format: Format;
  readonly deltaMs: number;
  readonly pace: number;
  readonly interrupts: boolean;
}

const talkMs = 2_000;
const warmUpMs = 3_000;
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const tell = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);

const plan: LoadPlan = JSON.parse(process.argv[2] ?? '{}');
const model = await serveModel({ format: plan.format, deltaMs: plan.deltaMs, pace: plan.pace, talkMs });
tell({ modelUrl: model.url });
// Whoever started this tells when the system under test listens.
await new Promise((resolve) => process.stdin.once('data', resolve));

const calls: LoadCall[] = [];
const openOne = async (): Promise<void> => {
  const callSid = `CA${randomBytes(16).toString('hex')}`;
  const origin = `http://127.0.0.1:${plan.port}`;
  const parameters = plan.target === 'gateway' ? await ring(origin, callSid) : {};
  const session = model.next();
  const call = await LoadCall.open(`ws://127.0.0.1:${plan.port}/twilio/media`, callSid, parameters);
  calls.push(call);
  call.model = await session;
};

const turns = new Map<LoadCall, number>();
const tick = (): void => {
  const now = performance.now();
  for (const call of calls) {
    call.tick(now);
    call.model?.tick(now);
    if (!call.marked || call.model === undefined) continue;
    const due = turns.get(call) ?? now + Math.random() * 2 * talkMs;
    if (!turns.has(call)) turns.set(call, due);
    if (now < due) continue;
    turns.set(call, due + 2 * talkMs);
    const audioMs = call.model.appends * 20;
    if (plan.interrupts) setTimeout(() => call.interrupt(audioMs), 500 + Math.random() * 800);
    call.model.commits(audioMs);
    call.model.speak(now);
  }
};
const ticking = setInterval(tick, 1);

for (let index = 0; index < plan.calls; index += 1) await openOne();
for (let waited = 0; waited < 10_000 && calls.some((call) => call.model?.ready !== true); waited += 50) await sleep(50);
await sleep(500);
for (const call of calls) {
  call.marked = true;
  await sleep(20 / plan.calls);
}
await sleep(warmUpMs);
for (const call of calls) {
  call.model?.caller.restart();
  call.model?.agent.restart();
  call.delays.length = 0;
  if (call.model === undefined) continue;
  call.model.delays.length = 0;
  call.model.latenesses.length = 0;
}
const busyBefore = performance.eventLoopUtilization();
tell({ measuring: true });
await sleep(plan.seconds * 1_000);
tell({ measured: true });
const busy = performance.eventLoopUtilization(performance.eventLoopUtilization(), busyBefore).utilization;
await sleep(200);
clearInterval(ticking);
const models = calls.flatMap((call) => call.model ?? []);
const total = (read: (one: (typeof models)[number]) => number) => models.reduce((sum, one) => sum + read(one), 0);
tell({
  result: {
    calls: calls.filter(({ isOpen }) => isOpen).length,
    toModel: spreadOf(models.flatMap(({ delays }) => delays)),
    late: spreadOf(models.flatMap(({ latenesses }) => latenesses)),
    toPhone: spreadOf(calls.flatMap(({ delays }) => delays)),
    lostToModel: total(({ caller }) => caller.lost),
    lostToPhone: total(({ agent }) => agent.lost),
    alien: total(({ caller, agent }) => caller.alien + agent.alien),
    clear: spreadOf(calls.flatMap(({ clears }) => clears)),
    truncation: spreadOf(calls.flatMap(({ truncations }) => truncations.map(Math.abs))),
    generatorBusy: busy,
  },
});
for (const call of calls) call.close();
model.close();
process.exit(0);
