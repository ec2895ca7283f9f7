import { knownPrices } from '../../store/price-table.ts';
import { readPrices } from '../../store/prices/wire.ts';
import { isPriced, type PriceTable } from '../../store/prices.ts';
import type { SettingsReader } from './reader.ts';
import type { Settings } from './settings.ts';
import { anyText } from './values.ts';

const setting = 'THROUGHLINE_PRICES';

/** The known prices with one's own over them. Everything that is wrong in the file is a problem, with its place. */
export const readPriceTable = (reader: SettingsReader): Settings['prices'] => {
  const path = reader.optional(setting, anyText);
  if (path === undefined) return { path, table: knownPrices };
  const text = reader.contentOf(setting, path);
  const read = text === undefined ? undefined : readPrices(text, knownPrices, path);
  if (read?.ok === false) for (const problem of read.problems) reader.problem(setting, `${path}: ${problem}`);
  return { path, table: read?.ok === true ? read.table : knownPrices };
};

/** A model without a price makes what a call costs unknown. */
export const warnOfUnpriced = (
  reader: SettingsReader,
  table: PriceTable,
  { realtimeModel, transcriptionModel }: Settings['openai'],
): void => {
  const models = [
    { name: realtimeModel, isKnown: isPriced(table.models, realtimeModel) },
    { name: transcriptionModel, isKnown: transcriptionModel === '' || isPriced(table.transcription, transcriptionModel) },
  ];
  for (const { name, isKnown } of models)
    if (!isKnown) reader.warn(`model ${name}: no price is known, so what calls cost is not; ${setting} can name it`);
};
