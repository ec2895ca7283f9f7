/**
 * Microseconds that one 20 ms frame costs each way: `node infra/run.cjs test/bench/transcoder.ts`. Medians of interleaved rounds;
 * 200 calls in turn, so that their state competes for the cache as it does in a busy gateway.
 */
import { cpus } from 'node:os';
import { passThrough, pcmTranscoder } from '../../gateway/audio/transcoder.ts';

const CALLS = 200;
const ROUNDS = 31;
const FRAMES_PER_CALL = 10;

const mulaw = Uint8Array.from({ length: 160 }, (_, index) => (index * 97) & 0xff);
const pcm = pcmTranscoder().toModel(mulaw).slice();
const pcmCalls = Array.from({ length: CALLS }, pcmTranscoder);
const pcmuCalls = Array.from({ length: CALLS }, passThrough);

const stages: Readonly<Record<string, () => void>> = {
  'phone to model, pcm': () => {
    for (const call of pcmCalls) call.toModel(mulaw);
  },
  'model to phone, pcm': () => {
    for (const call of pcmCalls) call.toPhone(pcm);
  },
  'phone to model, pcmu': () => {
    for (const call of pcmuCalls) call.toModel(mulaw);
  },
  'model to phone, pcmu': () => {
    for (const call of pcmuCalls) call.toPhone(mulaw);
  },
};

const microsecondsPerFrame = (stage: () => void): number => {
  const start = process.hrtime.bigint();
  for (let frame = 0; frame < FRAMES_PER_CALL; frame++) stage();
  return Number(process.hrtime.bigint() - start) / 1_000 / (FRAMES_PER_CALL * CALLS);
};

const measured = new Map(Object.keys(stages).map((name) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, stage] of Object.entries(stages)) measured.get(name)?.push(microsecondsPerFrame(stage));
}

process.stdout.write(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${CALLS} calls\n`);
for (const [name, rounds] of measured) {
  const [best = 0] = rounds.sort((a, b) => a - b);
  const median = rounds[ROUNDS >> 1] ?? 0;
  process.stdout.write(`${name.padEnd(22)} ${median.toFixed(2)} us per frame (best ${best.toFixed(2)})\n`);
}
