import { z } from 'zod';
import { type TokenKind, tokenKinds } from '../context/usage.ts';
import type { LegKind, ModelPrices, Price, PriceOrigin, PriceTable, TranscriptionPrices } from '../prices.ts';

/** A table, or all that is wrong with it, each with its place. */
export type ReadPrices =
  | { readonly ok: true; readonly table: PriceTable }
  | { readonly ok: false; readonly problems: readonly string[] };

const mostDollars = 1_000_000;
const notDollars = 'must be US dollars: a number from 0 on, or null when it is not known';
const notADay = 'must be the day of the price, like 2026-11-28';
const notRows = 'must be an object';

const price = z.number({ error: notDollars }).min(0, notDollars).max(mostDollars, notDollars).nullable().exactOptional();
const rows = <Row extends z.ZodType>(row: Row) => z.record(z.string().min(1), row, { error: notRows }).exactOptional();
const row = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(
    {
      asOf: z.string({ error: notADay }).refine((text) => isDay(text), notADay),
      source: z.string({ error: 'must be text' }).min(1, 'must be text').exactOptional(),
      ...shape,
    },
    { error: notRows },
  );

const tokenPrices = {
  textIn: price,
  textCached: price,
  audioIn: price,
  audioCached: price,
  imageIn: price,
  textOut: price,
  audioOut: price,
} satisfies Readonly<Record<TokenKind, unknown>>;
const leg = row({ perMinute: price }).exactOptional();

const overrides = z.strictObject(
  {
    models: rows(row({ tokens: z.strictObject(tokenPrices, { error: notRows }) })),
    transcription: rows(row({ perMinute: price, tokensIn: price, tokensOut: price })),
    telephony: z.strictObject({ inbound: leg, mediaStream: leg }, { error: notRows }).exactOptional(),
  },
  { error: notRows },
);
type Overrides = z.output<typeof overrides>;

const isDay = (text: string): boolean => {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};

/**
 * Reads prices of one's own and lays them over a table: by model and kind, so that what they don't name stays. `source`: named as theirs where
 * they name none.
 */
export const readPrices = (text: string, known: PriceTable, source: string): ReadPrices => {
  const json = parse(text);
  if (json === undefined) return { ok: false, problems: ['is not JSON'] };
  const parsed = overrides.safeParse(json);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap(inWords) };
  return { ok: true, table: merged(known, parsed.data, source) };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const inWords = (issue: z.core.$ZodIssue): readonly string[] => {
  const place = (path: readonly PropertyKey[]): string => path.map((key) => String(key).slice(0, 60)).join(' > ');
  if (issue.code !== 'unrecognized_keys')
    return [[place(issue.path), issue.message].filter((part) => part !== '').join(': ')];
  return issue.keys.map((key) => `${place([...issue.path, key])}: is no field of a price table`);
};

/** Where only some prices of a row are new, the row is as old as the others. */
const originOf = (
  given: { readonly asOf: string; readonly source?: string },
  before: PriceOrigin | undefined,
  { isWhole, source }: { readonly isWhole: boolean; readonly source: string },
): PriceOrigin => ({
  asOf: isWhole || before === undefined || before.asOf > given.asOf ? given.asOf : before.asOf,
  source: given.source ?? source,
});

const merged = (known: PriceTable, given: Overrides, source: string): PriceTable => ({
  models: { ...known.models, ...mapped(given.models, (name, row) => modelRow(row, rowOf(known.models, name), source)) },
  transcription: {
    ...known.transcription,
    ...mapped(given.transcription, (name, row) => transcriptionRow(row, rowOf(known.transcription, name), source)),
  },
  telephony: {
    inbound: legRow('inbound', { known, given, source }),
    mediaStream: legRow('mediaStream', { known, given, source }),
  },
});

const rowOf = <Row>(rows: Readonly<Record<string, Row>>, name: string): Row | undefined =>
  Object.hasOwn(rows, name) ? rows[name] : undefined;

const mapped = <Given, Row>(
  given: Readonly<Record<string, Given>> | undefined,
  make: (name: string, row: Given) => Row,
): Readonly<Record<string, Row>> =>
  Object.fromEntries(Object.entries(given ?? {}).map(([name, row]) => [name, make(name, row)]));

const modelRow = (
  given: NonNullable<Overrides['models']>[string],
  before: ModelPrices | undefined,
  source: string,
): ModelPrices => {
  const of = (kind: TokenKind): Price => pick(given.tokens[kind], before?.tokens[kind]);
  const isWhole = tokenKinds.every((kind) => given.tokens[kind] !== undefined);
  return {
    ...originOf(given, before, { isWhole, source }),
    tokens: {
      textIn: of('textIn'),
      textCached: of('textCached'),
      audioIn: of('audioIn'),
      audioCached: of('audioCached'),
      imageIn: of('imageIn'),
      textOut: of('textOut'),
      audioOut: of('audioOut'),
    },
  };
};

const pick = (given: Price | undefined, before: Price | undefined): Price =>
  given === undefined ? (before ?? null) : given;

const transcriptionRow = (
  given: NonNullable<Overrides['transcription']>[string],
  before: TranscriptionPrices | undefined,
  source: string,
): TranscriptionPrices => {
  const isWhole = [given.perMinute, given.tokensIn, given.tokensOut].every((one) => one !== undefined);
  return {
    ...originOf(given, before, { isWhole, source }),
    perMinute: pick(given.perMinute, before?.perMinute),
    tokensIn: pick(given.tokensIn, before?.tokensIn),
    tokensOut: pick(given.tokensOut, before?.tokensOut),
  };
};

const legRow = (
  kind: LegKind,
  { known, given, source }: { readonly known: PriceTable; readonly given: Overrides; readonly source: string },
): PriceTable['telephony'][LegKind] => {
  const before = known.telephony[kind];
  const row = given.telephony?.[kind];
  if (row?.perMinute === undefined) return before;
  return { ...originOf(row, before, { isWhole: true, source }), perMinute: row.perMinute };
};
