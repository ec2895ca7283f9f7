import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { playHistory } from './history.ts';
import { hanging, losing, rough } from './weather.ts';

/** What some seeds play, in one word: equal only if everything is. */
export const fingerprint = async (seeds: readonly number[]): Promise<string> => {
  const hash = createHash('sha256');
  for (const weather of [rough, hanging, losing])
    for (const seed of seeds) hash.update(JSON.stringify(await playHistory(seed, weather)));
  return hash.digest('hex');
};

const [, script, ...seeds] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href)
  process.stdout.write(await fingerprint(seeds.map(Number)));
