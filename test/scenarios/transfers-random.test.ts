import { describe, expect, it } from 'vitest';
import { drawHistory, type PlayedHistory, playHistory } from './transfer-history.ts';
import { brokenLaws, returnLaws } from './transfer-laws.ts';
import { brokenTruth } from './transfer-truth.ts';

/** Histories in one run; `TRANSFER_RUNS=1000` makes more, `TRANSFER_SEED=n TRANSFER_RUNS=1` plays one again. */
const runs = Number(process.env['TRANSFER_RUNS'] ?? 40);
const first = Number(process.env['TRANSFER_SEED'] ?? 1);
const enough = Number(process.env['TRANSFER_ENOUGH'] ?? 5);

const broken = (played: PlayedHistory): readonly string[] => {
  const { blows, storm } = played.history;
  const isCalm = blows.length === 0 && storm === 0;
  return [...brokenLaws(played), ...brokenTruth(played), ...(isCalm ? returnLaws(played) : [])];
};

describe('random histories of a caller and the people', () => {
  it(`${runs} of them break no law`, async () => {
    const found: string[] = [];
    for (let seed = first; seed < first + runs && found.length < enough; seed += 1) {
      const history = drawHistory(seed);
      const laws = await playHistory(history).then(broken, (thrown: unknown) => [String(thrown)]);
      if (laws.length > 0)
        found.push(`TRANSFER_SEED=${seed} TRANSFER_RUNS=1: ${laws.join('; ')} ${JSON.stringify(history)}`);
    }
    expect(found).toEqual([]);
  }, 3_600_000);
});
