import { describe, expect, it } from 'vitest';
import { redisAvailable } from '../world/redis-server.ts';
import { tried } from './row.ts';
import { chaosRows } from './rows.ts';

describe('the catalogue of faults, one whole call each, in virtual time', () => {
  it.each(chaosRows.filter(({ isReal }) => !isReal).map((row) => [`${row.row}: ${row.fault}`, row] as const))(
    '%s',
    async (_, row) => {
      const { measured, pass } = await tried(row);
      expect(pass, measured).toBe(true);
    },
  );
});

describe.skipIf(!redisAvailable())('and on real processes, as far as a loaded machine can tell', () => {
  it.each(['B28', 'B35'])('%s: the call is taken up, nothing is lost', { timeout: 150_000 }, async (number) => {
    const row = chaosRows.find((each) => each.row === number && each.isReal);
    if (row === undefined) throw new Error(`there is no row ${number}`);
    const { measured } = await tried(row);
    expect(measured).toMatch(/[1-9] taken up/); // the bound on dead air is for a machine that is not busy: npm run chaos
    expect(measured).not.toMatch(/BROKEN|NOT|DID NOT HAPPEN|broke off/);
  });
});
