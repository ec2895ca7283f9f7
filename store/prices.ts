import type { UsageByModel } from './context/call-usage.ts';
import { noTokens, noTranscription, type TokenKind, tokenKinds } from './context/usage.ts';

/** Where a price is from: the day on which the page said so, and its address. */
export interface PriceOrigin {
  /** `2026-11-28` */
  readonly asOf: string;
  readonly source: string;
}

/** US dollars; null: not known. */
export type Price = number | null;

/** A model's prices, per million tokens. */
export interface ModelPrices extends PriceOrigin {
  readonly tokens: Readonly<Record<TokenKind, Price>>;
}

/** What writing speech down costs, by the minute or per million tokens: its server says which of them it used. */
export interface TranscriptionPrices extends PriceOrigin {
  readonly perMinute: Price;
  readonly tokensIn: Price;
  readonly tokensOut: Price;
}

export const legKinds = ['inbound', 'mediaStream'] as const;
/** What the carrier bills by the minute: the call that comes in, and the stream that brings it here. */
export type LegKind = (typeof legKinds)[number];

/** Prices by the name of the model: exactly that name, as even two dates of one model can differ. */
export interface PriceTable {
  readonly models: Readonly<Record<string, ModelPrices>>;
  readonly transcription: Readonly<Record<string, TranscriptionPrices>>;
  readonly telephony: Readonly<Record<LegKind, PriceOrigin & { readonly perMinute: Price }>>;
}

export type CostKind = TokenKind | 'transcription' | LegKind;

/** US dollars. A part is null when something of it was used whose price is not known, and then so is the whole. */
export interface Cost {
  readonly usd: number | null;
  readonly byKind: Readonly<Record<CostKind, number | null>>;
  /** The oldest price in it; null when nothing was used that has one. */
  readonly asOf: string | null;
}

/** What a call took. `minutes`: as the carrier bills them, see `billedMinutes`. */
export interface Used {
  readonly usage: UsageByModel;
  readonly minutes: Readonly<Record<LegKind, number>>;
}

/** The carrier bills each minute that was begun. */
export const billedMinutes = (durationMs: number): number => Math.ceil(durationMs / 60_000);

const perMillion = 1_000_000;

/** One thing that was used, at its price: `amount` of what `price` buys `per` of. */
interface Item {
  readonly kind: CostKind;
  readonly amount: number;
  readonly price: Price | undefined;
  readonly per: number;
  readonly asOf: string | undefined;
}

/** What it costs, in whole millionths of a dollar, so that sums are exact; null: not known. */
const microsOf = ({ amount, price, per }: Item): number | null =>
  price === null || price === undefined ? null : Math.round((amount * Math.round(price * 1_000_000)) / per);

const tokenItems = ({ tokens }: UsageByModel, { models }: PriceTable): readonly Item[] =>
  [...tokens].flatMap(([model, used]) => {
    const prices = rowOf(models, model);
    return tokenKinds.map((kind) => ({
      kind,
      amount: { ...noTokens, ...used }[kind],
      price: prices?.tokens[kind],
      per: perMillion,
      asOf: prices?.asOf,
    }));
  });

const transcriptionItems = ({ transcription }: UsageByModel, table: PriceTable): readonly Item[] =>
  [...transcription].flatMap(([model, used]) => {
    const prices = rowOf(table.transcription, model);
    const { seconds, tokensIn, tokensOut } = { ...noTranscription, ...used };
    const about = { kind: 'transcription', asOf: prices?.asOf } as const;
    return [
      { ...about, amount: seconds, price: prices?.perMinute, per: 60 },
      { ...about, amount: tokensIn, price: prices?.tokensIn, per: perMillion },
      { ...about, amount: tokensOut, price: prices?.tokensOut, per: perMillion },
    ];
  });

const legItems = (minutes: Used['minutes'], { telephony }: PriceTable): readonly Item[] =>
  legKinds.map((kind) => ({
    kind,
    amount: minutes[kind],
    price: telephony[kind].perMinute,
    per: 1,
    asOf: telephony[kind].asOf,
  }));

/** Names come from settings: one like `constructor` must find nothing. */
const rowOf = <Row>(rows: Readonly<Record<string, Row>>, name: string): Row | undefined =>
  Object.hasOwn(rows, name) ? rows[name] : undefined;

/** Whether a table has a row for a model. */
export const isPriced = (rows: Readonly<Record<string, unknown>>, name: string): boolean => Object.hasOwn(rows, name);

const sum = (amounts: readonly (number | null)[]): number | null =>
  amounts.reduce((total, amount) => (total === null || amount === null ? null : total + amount), 0);

const inDollars = (micros: number | null): number | null => (micros === null ? null : micros / 1_000_000);

/** What a call cost by a table of prices. What was not used costs nothing, known or not. Never a guess. */
export const costOf = ({ usage, minutes }: Used, table: PriceTable): Cost => {
  const items = [...tokenItems(usage, table), ...transcriptionItems(usage, table), ...legItems(minutes, table)].filter(
    ({ amount }) => amount > 0,
  );
  const of = (kind: CostKind): number | null => inDollars(sum(items.filter((item) => item.kind === kind).map(microsOf)));
  const dates = items.flatMap(({ asOf }) => asOf ?? []).sort();
  return {
    usd: inDollars(sum(items.map(microsOf))),
    byKind: {
      textIn: of('textIn'),
      textCached: of('textCached'),
      audioIn: of('audioIn'),
      audioCached: of('audioCached'),
      imageIn: of('imageIn'),
      textOut: of('textOut'),
      audioOut: of('audioOut'),
      transcription: of('transcription'),
      inbound: of('inbound'),
      mediaStream: of('mediaStream'),
    },
    asOf: dates[0] ?? null,
  };
};
