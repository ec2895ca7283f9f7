import { setImmediate as othersTurn } from 'node:timers/promises';

/** Does a small thing to each item, `atATime` of them in one go; between them whatever else waits has its turn: a frame of speech, say. */
export const inTurns = async <Item, Result>(
  items: readonly Item[],
  atATime: number,
  act: (item: Item, index: number) => Result,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const [index, item] of items.entries()) {
    if (index % atATime === 0 && index > 0) await othersTurn();
    results.push(act(item, index));
  }
  return results;
};
