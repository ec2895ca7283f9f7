import { compoundRows } from './compound-rows.ts';
import { modelRows } from './model-rows.ts';
import { phoneRows } from './phone-rows.ts';
import { processRows } from './process-rows.ts';
import type { ChaosRow } from './row.ts';
import { storeRows } from './store-rows.ts';
import { toolRows } from './tool-rows.ts';

/** Every row that is tried out, by its number. */
export const chaosRows: readonly ChaosRow[] = [
  ...modelRows,
  ...phoneRows,
  ...processRows,
  ...storeRows,
  ...toolRows,
  ...compoundRows,
].toSorted((one, other) => Number(one.row.slice(1)) - Number(other.row.slice(1)));
