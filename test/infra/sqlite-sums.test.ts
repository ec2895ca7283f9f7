import { expect, it } from 'vitest';
import { addSums } from '../../infra/sqlite-sums.ts';

const added = (sums: string, more: string, sign: 1 | -1): unknown => JSON.parse(addSums(sums, more, sign));

it('adds numbers, and histograms by bucket', () => {
  expect(added('{"calls":2,"ms":[7,1,9,2]}', '{"calls":1,"cost":40,"ms":[9,1,0,5]}', 1)).toEqual({
    calls: 3,
    cost: 40,
    ms: [7, 1, 9, 3, 0, 5],
  });
});

it('takes off, and leaves nothing where nothing is left', () => {
  expect(
    added('{"calls":2,"cost":40,"ms":[7,1,9,2],"talk":[3,1]}', '{"calls":1,"cost":40,"ms":[7,1],"talk":[3,1]}', -1),
  ).toEqual({
    calls: 1,
    ms: [9, 2],
  });
});

it.each(['', 'not JSON', 'null', '7', '"text"', '[1,2]'])('sums that nobody can read count as none: %s', (stored) => {
  expect(added(stored, '{"calls":1}', 1)).toEqual({ calls: 1 });
});
