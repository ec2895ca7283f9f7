import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { IntakeDefinition } from '../../agents/definition.ts';
import { learnFromIntake, problemWithField } from '../../agents/intake.ts';
import { foldedName } from '../../agents/intake-names.ts';

const accepts = z.object({
  department: z.enum(['billing', 'support']),
  accountId: z.string().regex(/^acct_\w+$/),
  tries: z.number().int(),
  isBusiness: z.boolean(),
  amount: z.coerce.number(),
  pin: z.string().length(4),
});
const intakeOf = (more: Partial<IntakeDefinition> = {}): IntakeDefinition => ({
  accepts,
  facts: (fields) => fields,
  verified: new Set(),
  playsGreeting: false,
  ...more,
});
const learn = (fields: Readonly<Record<string, string>>, more: Partial<IntakeDefinition> = {}, isTrusted = true) =>
  learnFromIntake({ intake: intakeOf(more), userState: undefined }, fields, isTrusted);
const byKey = ({ facts }: ReturnType<typeof learn>) => Object.fromEntries(facts.map(({ key, value }) => [key, value]));

describe('fields become facts', () => {
  it('each on its own: what does not fit, or is not there, costs no other', () => {
    const learned = learn({ department: 'sales', accountId: 'acct_1042', pin: '12345', unknown: 'x' });
    expect(learned).toEqual({
      facts: [{ type: 'fact-learned', key: 'accountId', value: 'acct_1042', source: 'ivr', verified: false }],
      unfit: ['department', 'pin'],
    });
  });

  it('texts are read as the number or the boolean that the line asks for, and as nothing else', () => {
    expect(byKey(learn({ tries: '3', isBusiness: 'false', amount: '4.50', pin: '0042' }))).toEqual({
      tries: 3,
      isBusiness: false,
      amount: 4.5,
      pin: '0042',
    });
    for (const tries of ['03', '3e1', ' 3', '3.5', '0x3', 'NaN', 'Infinity', '9'.repeat(40)])
      expect(learn({ tries }).unfit).toEqual(['tries']);
    expect(learn({ isBusiness: 'yes' }).unfit).toEqual(['isBusiness']);
  });

  it('verified are those that the line names, and only when they came by a way of its own', () => {
    const verified = new Set(['accountId']);
    const fields = { accountId: 'acct_1', pin: '1234' };
    const verifiedOf = (isTrusted: boolean) => learn(fields, { verified }, isTrusted).facts.map((fact) => fact.verified);
    expect(verifiedOf(true)).toEqual([true, false]);
    expect(verifiedOf(false)).toEqual([false, false]);
  });

  it('the line says what they mean; what it does not know it leaves out', () => {
    const facts = ({ pin, department }: Readonly<Record<string, unknown>>) => ({
      isKnown: pin !== undefined,
      nothing: undefined,
      about: { department: String(department) },
      when: new Date(Date.UTC(2026, 0, 1)),
    });
    expect(byKey(learn({ pin: '1234', department: 'billing' }, { facts }))).toEqual({
      isKnown: true,
      about: { department: 'billing' },
      when: '2026-01-01T00:00:00.000Z',
    });
  });

  it('is not asked when nothing fitted', () => {
    const facts = () => ({ surprise: true });
    expect(learn({ department: 'x' }, { facts }).facts).toEqual([]);
  });

  it.each<[string, IntakeDefinition['facts']]>([
    [
      'throws',
      () => {
        throw new Error('no table');
      },
    ],
    ['returns nothing', () => untyped(undefined)],
    [
      'returns what can not be read',
      () => ({
        get accountId() {
          throw new Error('no');
        },
      }),
    ],
  ])('a line whose own code %s has no facts, and says so', (_, facts) => {
    const { facts: none, trouble } = learn({ pin: '1234' }, { facts });
    expect(none).toEqual([]);
    expect(trouble).toMatch(/^intake\.facts failed/);
  });

  it('a schema whose own code throws, or that only answers later, refuses its field', () => {
    const odd = z.object({
      a: z.string().refine(() => {
        throw new Error('no');
      }),
      b: z.string().refine(async () => true),
      c: z.string(),
    });
    expect(learn({ a: '1', b: '2', c: '3' }, { accepts: odd })).toMatchObject({
      facts: [{ key: 'c' }],
      unfit: ['a', 'b'],
    });
  });

  it('a fact that the line knows the type of must have it', () => {
    const userState = z.object({ accountId: z.string().max(8) }).partial();
    const { facts, unfit } = learnFromIntake({ intake: intakeOf(), userState }, { accountId: 'acct_12345' }, true);
    expect([facts, unfit]).toEqual([[], ['accountId']]);
  });

  it('a line that takes nothing learns nothing', () => {
    expect(learnFromIntake({ intake: undefined, userState: undefined }, { accountId: 'x' }, true).facts).toEqual([]);
  });

  it.each(['__proto__', 'toString', 'constructor'])('%s is no field', (name) => {
    expect(learn({ [name]: 'x' })).toEqual({ facts: [], unfit: [] });
    expect(problemWithField(intakeOf(), [name, 'x'])).toBe('is no field of this line');
  });
});

/** What a JavaScript user can do although the types forbid it. */
const untyped = (value: unknown): never => value as never;

it.each([
  'accountId',
  'account_id',
  'AccountId',
  'ACCOUNT-ID',
  'X-Account-Id',
  'SipHeader_X-Account-Id',
  'sipheader_x-accountid',
])('%s is accountId', (name) => expect(foldedName(name)).toBe('accountid'));
