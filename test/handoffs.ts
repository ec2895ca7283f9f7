// npm run handoffs: what handoffs carry, lose and cost, next to two other ways of doing them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadTokenizer } from '../agents/openai/tokenizer.ts';
import { type PlayedCall, playCall } from './handoffs/play-call.ts';
import { figuresOf, inWords } from './handoffs/report.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const calls = Number(values.calls);
const first = Number(values.seed);
if (!Number.isInteger(calls) || calls < 1 || !Number.isInteger(first)) {
  process.stderr.write('handoffs: --calls and --seed are whole numbers, --calls at least 1\n');
  process.exit(2);
}
const countTokens = await loadTokenizer();

const playAll = async (warm: boolean): Promise<readonly PlayedCall[]> => {
  const played: PlayedCall[] = [];
  for (let seed = first; seed < first + calls; seed += 1) {
    played.push(await playCall(seed, { warm, countTokens }));
    if (seed % 20 === 0)
      process.stderr.write(`handoffs: ${warm ? 'warm' : 'cold'}, ${seed - first + 1} of ${calls} calls\n`);
  }
  return played;
};

const figures = figuresOf(await playAll(false), await playAll(true));
const text = inWords(figures);
process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : text);
if (values.write) writeFileSync(join(import.meta.dirname, '..', 'docs', 'handoffs.md'), text);
