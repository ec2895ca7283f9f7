import { callerCard } from '../../agents/handoff/caller-card.ts';
import { cleanText } from '../../agents/tools/safe-json.ts';
import type { BundleFact } from '../../store/context/bundle.ts';
import type { PersonContext } from './person-headers.ts';

/** Largest attributes of a task, in bytes as UTF-8. */
const mostBytes = 4_096;

const longestReason = 1_000;
const longestText = 200;
const mostFacts = 100;
const mostAttempts = 5;
const longestSolution = 80;

type Scalar = string | number | boolean;
type Attribute =
  | Scalar
  | readonly { readonly solution: string; readonly outcome: string }[]
  | Readonly<Record<string, Scalar>>;

const text = (value: string, longest = longestText): string => cleanText(value, longest);

const isPlainKey = (key: string): boolean => /^[A-Za-z]\w{0,63}$/.test(key) && key !== 'constructor' && key !== 'prototype';

/** TaskRouter's expressions can't name a key with a hyphen in it. */
const plainKey = (key: string): string => key.replaceAll(/\W+/g, '_');

/** Plain values only: keys inside of others are not ours to rename. */
const factEntries = (facts: readonly BundleFact[]): readonly (readonly [string, Scalar])[] =>
  [...facts.filter(({ verified }) => verified), ...facts.filter(({ verified }) => !verified)]
    .slice(0, mostFacts)
    .flatMap(({ key, value }) => {
      const name = plainKey(key);
      if (!isPlainKey(name) || value === null || typeof value === 'object') return [];
      return [[name, typeof value === 'string' ? text(value) : value] as const];
    });

const fits = (attributes: object): boolean => Buffer.byteLength(JSON.stringify(attributes)) <= mostBytes;

/** Attributes that are there and fit, the most important first. */
const fitting = (wanted: readonly (readonly [string, Attribute | undefined])[]): Readonly<Record<string, Attribute>> => {
  let kept: Readonly<Record<string, Attribute>> = {};
  for (const [key, value] of wanted) {
    const more = value === undefined || value === '' ? kept : { ...kept, [key]: value };
    if (fits(more)) kept = more;
  }
  return kept;
};

const withFacts = (
  attributes: Readonly<Record<string, Attribute>>,
  facts: readonly BundleFact[],
): Readonly<Record<string, Attribute>> => {
  let known: Readonly<Record<string, Scalar>> = {};
  for (const [key, value] of factEntries(facts)) {
    const more = Object.hasOwn(known, key) ? known : { ...known, [key]: value };
    if (fits({ ...attributes, facts: more })) known = more;
  }
  return Object.keys(known).length === 0 ? attributes : { ...attributes, facts: known };
};

/**
 * The attributes of a TaskRouter task, as the JSON text that `<Task>` holds: what routes the call, then what the person wants to know, then as many
 * facts as fit into 4 kB (`facts.accountTier == "Pro"`). No key has a hyphen. Pure.
 */
export const taskAttributes = ({ bundle, transfer, link }: PersonContext): string => {
  const { name, company, tier, number } = callerCard(bundle);
  const attempts = bundle.attempts
    .slice(-mostAttempts)
    .map(({ solution, outcome }) => ({ solution: text(solution, longestSolution), outcome }));
  const attributes = fitting([
    ['callId', bundle.callId],
    ['to', text(transfer.to)],
    ['screen', link],
    ['reason', text(transfer.reason, longestReason)],
    ['category', text(bundle.category ?? '')],
    ['mood', text(bundle.sentiment ?? '')],
    ['tier', text(tier?.text ?? '')],
    ['callerName', text(name?.text ?? '')],
    ['callerNameVerified', name?.verified],
    ['callerNumber', number],
    ['company', text(company?.text ?? '')],
    ['line', text(bundle.line)],
    ['attempts', attempts.length === 0 ? undefined : attempts],
  ]);
  return JSON.stringify(withFacts(attributes, bundle.facts));
};
