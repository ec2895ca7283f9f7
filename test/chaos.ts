// npm run chaos: works through the catalogue of faults, and prints what was expected and measured. Ends with 1 when a row fails. Linux.
//   --quick        what takes less than a minute in all    --rows B28,B34  these only
//   --kills N      random kills at the end (200)           --seed N        of the kills (by the clock)
//   --json         { rows: [{ row, fault, expected, measured, pass }] }
//   --write        the table to docs/chaos.md
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runKills } from './chaos/kills.ts';
import { rowOfKills, tableOf, verdictOf } from './chaos/report.ts';
import { type ChaosRow, type TriedRow, tried } from './chaos/row.ts';
import { chaosRows } from './chaos/rows.ts';
import { ensureRedis } from './ensure-redis.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    rows: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
  },
});

const say = (text: string) => process.stderr.write(`${text}\n`);
const numberOf = (name: 'kills' | 'seed', usual: number): number => {
  const number = Number(values[name] ?? usual);
  if (Number.isInteger(number) && number >= 0) return number;
  say(`--${name} must be a whole number`);
  process.exit(2);
};

/** Calls mostly wait, but each row on real processes starts some. */
const lanes = 2;

const only = values.rows?.split(',');
const isPartial = values.quick || only !== undefined;
const kills = numberOf('kills', isPartial ? 0 : 200);
const seed = numberOf('seed', Date.now() % 1_000_000);
const chosen = chaosRows.filter(({ row, isQuick }) => (only === undefined ? isQuick || !values.quick : only.includes(row)));
if (chosen.length === 0 && kills === 0) {
  say(`--rows: none of ${values.rows} is tried out; there are ${[...new Set(chaosRows.map(({ row }) => row))].join(', ')}`);
  process.exit(2);
}

const done = new Map<ChaosRow, TriedRow>();
const lane = async (waiting: ChaosRow[]): Promise<void> => {
  for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
    const result = await tried(row);
    done.set(row, result);
    say(`${result.pass ? 'pass' : 'FAIL'}  ${row.row.padEnd(4)} ${row.fault}: ${result.measured}`);
  }
};

const redis = ensureRedis(say);
if (redis.kind === 'missing') {
  say(`there is no redis-server, which most rows need. ${redis.how}`);
  process.exit(2);
}
const since = performance.now();
// One after the other: virtual time has one thread, and needs all of it.
await lane(chosen.filter(({ isReal }) => !isReal));
const real = chosen.filter(({ isReal }) => isReal);
await Promise.all(Array.from({ length: lanes }, () => lane(real)));
const rows = chosen.flatMap((row) => done.get(row) ?? []);
if (kills > 0) rows.push(rowOfKills(await runKills({ kills, seed, say })));

const verdict = verdictOf(rows, performance.now() - since);
if (values.json) process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
else process.stdout.write(`\n${tableOf(rows)}\n`);
say(`\n${verdict}${kills > 0 ? ` Seed of the kills: ${seed}.` : ''}`);
if (values.write) {
  const machine = `${cpus()[0]?.model.replace(/ \d+-Core.*/, '') ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}`;
  const text = `# Chaos

Made by \`npm run chaos -- ${process.argv.slice(2).join(' ')}\`; every figure is from that one run. ${verdict} Machine: ${machine}.

Rows are those of the catalogue of faults that the tests go by. Most are one whole call of the simulated carrier, and what its caller heard: *dead air* is the longest silence while it was the agent's turn,
from the fault to the end of the call, soft tones and words alike counting as sound. Rows about the model, the telephone line and tools run in virtual time; rows about processes and Redis on real
gateways, a real Redis and real sockets, ${lanes} at a time. Of every call: it ended when its caller or its agent ended it, its log has every event once and in order and one end, nothing that can't be undone was done twice, and the
model server had nothing to refuse.

${tableOf(rows)}
`;
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'chaos.md'), text);
}
process.exit(rows.every(({ pass }) => pass) ? 0 : 1);
