import type { IntakeDefinition } from '../../agents/definition.ts';
import { problemWithField } from '../../agents/intake.ts';
import { type FieldNames, fieldNamesOf, foldedName, longestIntakeValue } from '../../agents/intake-names.ts';
import { type CallId, parseCallId } from '../../infra/brand.ts';
import { parseJson } from '../twilio/checked-json.ts';
import { pairsOf } from '../twilio/intake-fields.ts';
import { plainText } from '../twilio/plain-text.ts';
import { plainFact } from '../twilio/token.ts';

const shortestTtl = 30;
const longestTtl = 3_600;
const defaultTtl = 600;

/** One thing wrong with an announcement, and where. */
interface Problem {
  readonly path: string;
  readonly reason: string;
}

/** What an IVR wants to be kept of a call that is to come. */
export interface Wish {
  readonly fields: Readonly<Record<string, string>>;
  readonly callId: CallId | undefined;
  readonly from: string;
  readonly to: string;
  readonly ttlSeconds: number;
}

export type ReadAnnouncement = { readonly wish: Wish } | { readonly problems: readonly Problem[] };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const known = ['fields', 'callSid', 'from', 'to', 'ttlSeconds'];

/** Collects what is wrong, so that everything can be put right at once. */
class Reading {
  readonly problems: Problem[] = [];
  readonly #body: Readonly<Record<string, unknown>>;
  readonly #intake: IntakeDefinition | undefined;

  constructor(body: Readonly<Record<string, unknown>>, intake: IntakeDefinition | undefined) {
    this.#body = body;
    this.#intake = intake;
    for (const name of Object.keys(body))
      if (!known.includes(name)) this.#wrong(plainText(name, 64), `is not known; there are ${known.join(', ')}`);
  }

  #wrong(path: string, reason: string): void {
    this.problems.push({ path, reason });
  }

  text(name: 'from' | 'to'): string {
    const value = this.#body[name] ?? '';
    if (typeof value === 'string') return plainFact(value);
    this.#wrong(name, 'must be text');
    return '';
  }

  callId(): CallId | undefined {
    const value = this.#body['callSid'];
    if (value === undefined || value === null) return undefined;
    const callId = typeof value === 'string' ? parseCallId(value) : undefined;
    if (callId === undefined) this.#wrong('callSid', 'must be CA and 32 hexadecimal digits');
    return callId;
  }

  ttlSeconds(): number {
    const value = this.#body['ttlSeconds'] ?? defaultTtl;
    if (typeof value === 'number' && Number.isInteger(value) && value >= shortestTtl && value <= longestTtl) return value;
    this.#wrong('ttlSeconds', `must be a whole number from ${shortestTtl} to ${longestTtl}`);
    return defaultTtl;
  }

  fields(): Readonly<Record<string, string>> {
    const value = this.#body['fields'];
    if (!isObject(value)) {
      this.#wrong('fields', 'must be an object with the fields that the line takes');
      return {};
    }
    const names = fieldNamesOf(Object.keys(this.#intake?.accepts.shape ?? {}));
    const given = new Map(pairsOf(value));
    const fields = new Map<string, string>();
    for (const name of Object.keys(value)) {
      const field = this.#field(names, [name, given.get(name)]);
      if (field === undefined) continue;
      if (fields.has(field[0])) this.#wrong(`fields.${field[0]}`, 'is there twice');
      fields.set(...field);
    }
    return Object.fromEntries(fields);
  }

  #field(names: FieldNames, [given, value]: readonly [string, string | undefined]): [string, string] | undefined {
    const name = names.get(foldedName(given));
    const path = `fields.${plainText(given, 64)}`;
    if (name === undefined) {
      const all = [...names.values()].join(', ');
      this.#wrong(path, all === '' ? 'this line takes no fields' : `is no field of this line; there are ${all}`);
      return undefined;
    }
    const text = value === undefined ? undefined : plainText(value, longestIntakeValue + 1);
    const reason = this.#reason(name, text);
    if (reason !== undefined) this.#wrong(path, reason);
    return reason === undefined && text !== undefined && text !== '' ? [name, text] : undefined;
  }

  #reason(name: string, text: string | undefined): string | undefined {
    if (text === undefined) return 'must be text, a number, true or false';
    if (text.length > longestIntakeValue) return `is longer than ${longestIntakeValue} characters`;
    // A menu that got no answer leaves a field empty.
    return text === '' || this.#intake === undefined ? undefined : problemWithField(this.#intake, [name, text]);
  }
}

/** Reads the body of `POST /intakes`. Never throws. `intake`: what the line takes. */
export const readAnnouncement = (body: unknown, intake: IntakeDefinition | undefined): ReadAnnouncement => {
  const value = Buffer.isBuffer(body) ? parseJson(body.toString('utf8')) : undefined;
  if (!isObject(value)) return { problems: [{ path: '', reason: 'is not a JSON object' }] };
  const reading = new Reading(value, intake);
  const wish = {
    fields: reading.fields(),
    callId: reading.callId(),
    from: reading.text('from'),
    to: reading.text('to'),
    ttlSeconds: reading.ttlSeconds(),
  };
  return reading.problems.length > 0 ? { problems: reading.problems } : { wish };
};
