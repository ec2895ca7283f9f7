import { expect, test } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { thinned } from '../../infra/thinned.ts';
import { FakeClock } from '../world/clock.ts';

test('one line of each kind at a time, which says how many of its kind were kept back', () => {
  const clock = new FakeClock();
  const thin = thinned(clock, ms(1_000));
  const written: string[] = [];
  const tell = (kind: string) => thin(kind, (keptBack) => written.push(`${kind} ${keptBack}`));
  for (const kind of ['a', 'a', 'b', 'a']) tell(kind);
  clock.advance(999);
  tell('a');
  expect(written).toEqual(['a 0', 'b 0']);
  clock.advance(1);
  for (const kind of ['b', 'a', 'a']) tell(kind);
  clock.advance(60_000);
  tell('a');
  expect(written.slice(2)).toEqual(['b 0', 'a 3', 'a 1']);
});
