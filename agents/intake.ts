import { z } from 'zod';
import type { ContextFact, Json } from '../store/context/event.ts';
import type { IntakeDefinition, LineDefinition } from './definition.ts';
import { toJson } from './tools/safe-json.ts';

export type LearnedFact = Extract<ContextFact, { type: 'fact-learned' }>;

/** What an IVR's fields teach about a call. */
export interface IntakeFacts {
  readonly facts: readonly LearnedFact[];
  /** Names of fields and facts that did not fit. Never what was in them. */
  readonly unfit: readonly string[];
  /** What went wrong in the line's own code. */
  readonly trouble?: string;
}

const nothing: IntakeFacts = { facts: [], unfit: [] };

/** Texts that a number or a boolean may be written as. Nothing that says less than it looks, such as 007 or 1e3. */
const plainNumber = /^-?(0|[1-9]\d{0,14})(\.\d{1,10})?$/;

/** All that a text may be: itself first. Everything comes as text, but a line may ask for a number or a boolean. */
const readings = (text: string): readonly Json[] => {
  if (plainNumber.test(text)) return [text, Number(text)];
  return text === 'true' || text === 'false' ? [text, text === 'true'] : [text];
};

type Fit = { readonly fits: true; readonly value: unknown } | { readonly fits: false; readonly why: string };

/** One field by its schema. A schema's own code may throw. */
const fieldBy = (schema: z.core.$ZodType, text: string): Fit => {
  try {
    const results = readings(text).map((reading) => z.safeParse(schema, reading));
    const good = results.find(({ success }) => success);
    if (good?.success === true) return { fits: true, value: good.data };
    return { fits: false, why: results[0]?.error?.issues[0]?.message ?? 'does not fit' };
  } catch {
    return { fits: false, why: 'could not be checked' };
  }
};

const schemaOf = (schema: z.ZodObject | undefined, name: string) =>
  schema !== undefined && Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;

/** What is wrong with a field, in words; `undefined`: the line takes it. */
export const problemWithField = (intake: IntakeDefinition, [name, text]: readonly [string, string]): string | undefined => {
  const schema = schemaOf(intake.accepts, name);
  const result: Fit = schema === undefined ? { fits: false, why: 'is no field of this line' } : fieldBy(schema, text);
  return result.fits ? undefined : result.why;
};

/**
 * What a line makes of an IVR's fields. Each counts on its own: one that is missing or does not fit costs no other. Never throws.
 * `isTrusted`: they came by a way that only the line's own IVR has.
 */
export const learnFromIntake = (
  { intake, userState }: Pick<LineDefinition, 'intake' | 'userState'>,
  fields: Readonly<Record<string, string>>,
  isTrusted: boolean,
): IntakeFacts => {
  if (intake === undefined) return nothing;
  const unfit: string[] = [];
  const accepted = acceptedOf(intake.accepts, fields, unfit);
  if (Object.keys(accepted).length === 0) return { facts: [], unfit };
  let learned: readonly (readonly [string, unknown])[];
  try {
    learned = Object.entries(intake.facts(accepted));
  } catch (thrown) {
    return { facts: [], unfit, trouble: `intake.facts failed: ${thrown instanceof Error ? thrown.message : 'no error'}` };
  }
  const facts = learned.flatMap(([key, value]): readonly LearnedFact[] => {
    if (value === undefined || value === '') return [];
    const plain = toJson(value);
    if (isFitFor(userState, key, plain))
      return [{ type: 'fact-learned', key, value: plain, source: 'ivr', verified: isTrusted && intake.verified.has(key) }];
    unfit.push(key);
    return [];
  });
  return { facts, unfit };
};

const acceptedOf = (
  accepts: z.ZodObject,
  fields: Readonly<Record<string, string>>,
  unfit: string[],
): Record<string, unknown> => {
  const accepted: [string, unknown][] = [];
  for (const name of Object.keys(accepts.shape)) {
    const text = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const schema = text === undefined ? undefined : schemaOf(accepts, name);
    if (text === undefined || schema === undefined) continue;
    const result = fieldBy(schema, text);
    if (result.fits) accepted.push([name, result.value]);
    else unfit.push(name);
  }
  return Object.fromEntries(accepted);
};

/** A well-known fact must fit the line's `userState`, as one that an agent writes down must. */
const isFitFor = (userState: z.ZodObject | undefined, key: string, value: Json): boolean => {
  const schema = schemaOf(userState, key);
  if (schema === undefined) return true;
  try {
    return z.safeParse(schema, value).success;
  } catch {
    return false;
  }
};
