import type { CallFilter } from '../../store/calls/filter.ts';
import type { FiguresQuery } from '../../store/figures/figures.ts';
import type { HandoffFilter } from '../../store/handoffs/filter.ts';

type Value = string | number | boolean | null | undefined;

/** A path with a query; what is undefined is left out. */
export const linkTo = (path: string, query: Readonly<Record<string, Value>>): string => {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null) pairs.set(name, String(value));
  return pairs.size === 0 ? path : `${path}?${pairs}`;
};

type Period = FiguresQuery;

/** The calls behind a number. Those that agents did not take are in no figure but their own. */
export const callsLink = (period: Period, filter: CallFilter = {}): string =>
  linkTo('/calls', { ...period, turnedAway: false, ...filter });

/** The handoffs behind a number. */
export const handoffsLink = (period: Period, filter: HandoffFilter = {}): string =>
  linkTo('/handoffs', { ...period, ...filter });

export const callLink = (callId: string): string => `/calls/${encodeURIComponent(callId)}`;
