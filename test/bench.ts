// npm run bench: what a call costs and how late its speech is, against plain bridges under the same load in the same run.
//   --calls N      calls at a time (200)             --seconds S   measured, per run (10)      --rounds R   runs of each system (3)
//   --quick        20 calls, 2 s, once               --only gateway | bargein | time | transcoder
//   --peers        also others' bridges and libraries, installed into test/bench/peers
//   --search       also how many calls a core holds; takes a quarter of an hour
//   --figures      instead: what records and sums of calls cost, in both stores; --write writes docs/figures-bench.md
//   --json         figures as JSON                   --write       writes docs/benchmarks.md
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureFigures } from './bench/figures.ts';
import { figuresText } from './bench/figures-report.ts';
import { describeMachine } from './bench/machine.ts';
import { measureBargeIn, measureCapacity, measureGateway, measureTime, type Plan } from './bench/measure.ts';
import { installPeers } from './bench/peers.ts';
import { asText, type Figures } from './bench/report.ts';
import { measureTranscoder } from './bench/transcoder.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    figures: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    search: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const usual = values.quick ? { calls: 20, seconds: 2, rounds: 1 } : { calls: 200, seconds: 10, rounds: 3 };
const numberOf = (name: 'calls' | 'seconds' | 'rounds'): number => {
  const number = Number(values[name] ?? usual[name]);
  if (Number.isInteger(number) && number > 0) return number;
  process.stderr.write(`--${name} must be a whole number from 1 on\n`);
  process.exit(2);
};
const say = (text: string) => process.stderr.write(`${text}\n`);

if (values.figures) {
  const figuresPlan = { rate: 1_000, seconds: values.quick ? 2 : 10, callsOfMonth: values.quick ? 2_000 : 20_000 };
  const machine = `${describeMachine()}; load ${loadavg()[0]?.toFixed(1)} when it began`;
  const measured = await measureFigures(figuresPlan, say);
  const page = figuresText(measured, { machine, plan: figuresPlan });
  process.stdout.write(values.json ? `${JSON.stringify(measured, null, 2)}\n` : page);
  if (values.write) writeFileSync(new URL('../docs/figures-bench.md', import.meta.url), page);
  process.exit(0);
}

const withPeers = values.peers && installPeers(say);
const plan: Plan = { calls: numberOf('calls'), seconds: numberOf('seconds'), rounds: numberOf('rounds'), withPeers };
const wants = (section: string): boolean => values.only === undefined || values.only === section;

const figures: Figures = {
  machine: describeMachine(),
  plan,
  transcoder: wants('transcoder') ? await measureTranscoder(plan) : undefined,
  gateway: wants('gateway') ? await measureGateway(plan, say) : undefined,
  bargeIn: wants('bargein') ? await measureBargeIn(plan, say) : undefined,
  time: wants('time') ? await measureTime(plan, say) : undefined,
  capacity: values.search ? await measureCapacity(plan, say) : undefined,
};
const text = asText(figures);
process.stdout.write(values.json ? `${JSON.stringify(figures, null, 2)}\n` : text);
if (values.write) writeFileSync(new URL('../docs/benchmarks.md', import.meta.url), text);
