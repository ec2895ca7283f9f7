import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { IntakeDefinition } from '../../agents/definition.ts';
import { learnFromIntake } from '../../agents/intake.ts';
import { fieldNamesOf } from '../../agents/intake-names.ts';
import { CallRegistry } from '../../gateway/call/registry.ts';
import { readAnnouncement } from '../../gateway/http/announcement.ts';
import type { HttpDeps } from '../../gateway/http/deps.ts';
import { parsePosted, parseQuery } from '../../gateway/http/form.ts';
import { streamServer } from '../../gateway/http/serve-stream.ts';
import { voiceAnswers } from '../../gateway/http/voice.ts';
import { packBrought, unpackBrought } from '../../gateway/twilio/carried.ts';
import { type Pair, readFields } from '../../gateway/twilio/intake-fields.ts';
import { StreamTokens } from '../../gateway/twilio/token.ts';
import { readUserToUser } from '../../gateway/twilio/user-to-user.ts';
import type { CallId } from '../../infra/brand.ts';
import { parseIntakeKey } from '../../store/intake-key.ts';
import { houseOver, newCall } from '../gateway/call/call-world.ts';
import { memoryStore } from '../gateway/call/faulty-store.ts';
import { FakePeople } from '../gateway/http/world.ts';
import { settle } from '../world/clock.ts';
import { joinedSockets } from '../world/joined-sockets.ts';
import { readTwiml } from '../world/twiml-document.ts';
import { damaged, disturbed, fuzzRuns, nastyJson, nastyText, neverThrows } from './runs.ts';

const accepts = z.object({
  department: z.enum(['billing', 'support']),
  accountId: z.string().regex(/^acct_\w{1,20}$/),
  tries: z.number().int(),
  note: z.string(),
});
const intake: IntakeDefinition = {
  accepts,
  facts: (fields) => fields,
  verified: new Set(['accountId']),
  playsGreeting: false,
};
const known = Object.keys(intake.accepts.shape);
const names = fieldNamesOf(known);
const schemaOf = (key: string) => new Map<string, z.ZodType>(Object.entries(accepts.shape)).get(key);
const account = `AC${'a'.repeat(32)}`;

const goodValue = fc.constantFrom('billing', 'acct_1042', '3', 'true', 'Ünï "quoted" <&>', '0123456789', 'x'.repeat(500));
const anyName = fc.oneof(
  fc.constantFrom('department', 'account_id', 'SipHeader_X-Account-Id', 'X-Tries', 'note', 'NOTE', 'intake', 'intake1'),
  fc.constantFrom('SipHeader_User-to-User', 'User-to-User', 'token', 'from', 'CallSid', 'callerNumber', 'accountIdd'),
  nastyText,
);
const hexOf = (text: string): string => `${Buffer.from(text).toString('hex')};encoding=hex`;
const header = fc.oneof(
  nastyJson.map((value) => hexOf(JSON.stringify(value) ?? '')),
  damaged(
    fc.constantFrom(
      hexOf('{"accountId":"acct_1"}'),
      hexOf('note=n&department=billing'),
      '{"note":"a, b;c"}',
      '"a=b;c",d;x=y',
    ),
  ),
  nastyText,
);
const anyValue = fc.oneof(goodValue, header, nastyText);
const anyPairs: fc.Arbitrary<Pair[]> = fc.array(fc.tuple(anyName, anyValue), { maxLength: 30 });

/** What may be known, whatever came in. */
const expectOnlyAccepted = (fields: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(fields)) {
    expect(known).toContain(name);
    expect(value).toMatch(/^\P{Cc}{1,500}$/u);
    expect(value.isWellFormed() && value.trim() === value).toBe(true);
  }
};

test('fields of any request: those that the line names, clean, and the same on the other side of the stream', () => {
  neverThrows(anyPairs, (pairs) => {
    const { brought, leftOut } = readFields(names, pairs);
    for (const { name } of leftOut) expect([...known, 'intake']).toContain(name);
    const packed = packBrought(brought);
    for (const [name, value] of Object.entries(packed)) expect(`${name}=${value}`).toMatch(/^[\w=-]{1,499}$/);
    expect(unpackBrought(packed)).toEqual(brought);
    if (brought === undefined) return;
    expectOnlyAccepted(brought.fields);
    if (brought.key !== undefined) expect(parseIntakeKey(brought.key)).toBe(brought.key);
  });
});

test('fields become facts of the line only, each fitting, or none', () => {
  const records = fc.dictionary(fc.oneof(fc.constantFrom(...known), nastyText), anyValue, { noNullPrototype: true });
  neverThrows(records, (fields) => {
    for (const { key, value, verified } of learnFromIntake({ intake, userState: undefined }, fields, true).facts) {
      expect(known).toContain(key);
      expect(schemaOf(key)?.safeParse(value).success).toBe(true);
      expect(verified).toBe(key === 'accountId');
    }
  });
});

test('queries: a flat map of at most 100 strings, whatever is wrong in them', () => {
  const encoded = anyPairs.map((pairs) => {
    const query = new URLSearchParams();
    for (const [name, value] of pairs) query.append(name, value);
    return query.toString();
  });
  neverThrows(fc.oneof(nastyText, damaged(encoded)), (text) => {
    const query = parseQuery(text);
    expect(query.size).toBeLessThanOrEqual(100);
    expect(query.has('')).toBe(false);
    // What is good as a form says the same as a query.
    for (const [name, value] of parsePosted(text)?.form ?? [])
      if (name !== '' && !name.startsWith('SipHeader_')) expect(query.get(name)).toBe(value);
  });
});

test('User-to-User: at most five texts', () => {
  neverThrows(
    fc.oneof(
      header,
      fc.array(header, { maxLength: 8 }).map((all) => all.join(',')),
    ),
    (text) => {
      const texts = readUserToUser(text);
      expect(texts.length).toBeLessThanOrEqual(5);
      expect(texts.every((each) => each !== '')).toBe(true);
    },
  );
});

test('bodies of POST /intakes: fields that fit, or what is wrong with them', () => {
  const good = {
    fields: { accountId: 'acct_1', tries: 3 },
    callSid: `CA${'1'.repeat(32)}`,
    from: '+14155550134',
    ttlSeconds: 60,
  };
  const fieldsOf = fc.dictionary(fc.oneof(fc.constantFrom(...known), nastyText), fc.oneof(nastyJson, goodValue), {
    noNullPrototype: true,
  });
  const bodies = fc.oneof(
    damaged(fc.constant(JSON.stringify(good))),
    disturbed(good).map((body) => JSON.stringify(body)),
    fieldsOf.map((fields) => JSON.stringify({ ...good, fields })),
    nastyJson.map((value) => JSON.stringify(value) ?? ''),
  );
  neverThrows(bodies, (body) => {
    const result = readAnnouncement(Buffer.from(body), intake);
    if ('problems' in result) {
      expect(result.problems.length).toBeGreaterThan(0);
      for (const { path, reason } of result.problems) expect(path.length + reason.length).toBeLessThan(1_000);
      return;
    }
    const { fields, ttlSeconds, from } = result.wish;
    expectOnlyAccepted(fields);
    const { facts, unfit } = learnFromIntake({ intake, userState: undefined }, fields, true);
    expect([facts.length, unfit]).toEqual([Object.keys(fields).length, []]);
    expect([ttlSeconds >= 30 && ttlSeconds <= 3_600, from.length <= 256]).toEqual([true, true]);
  });
});

const sqlite = await memoryStore();
afterAll(() => sqlite.close());

/** A whole gateway but for the network. */
const gateway = () => {
  const world = houseOver(sqlite);
  const registry = new CallRegistry(
    { ...world.house, line: { ...world.house.line, intake } },
    {
      maxCalls: 1e6,
      maxCallsOfFleet: undefined,
      maxCallsPerCaller: undefined,
      shared: undefined,
      fallbackNumber: undefined,
    },
  );
  const failures: string[] = [];
  const deps: HttpDeps = {
    publicUrl: new URL('https://gw.example.com'),
    accountSid: account,
    authTokens: [],
    tokens: new StreamTokens(['secret'], world.clock),
    desk: registry,
    people: new FakePeople(),
    lastResort: { kind: 'goodbye', words: 'Sorry.' },
    clock: world.clock,
    count: (what) => failures.push(what),
    log: { info() {}, warn() {}, error: (_, text) => failures.push(text) },
    intakeNames: names,
  };
  const answers = voiceAnswers(deps);
  const serve = streamServer(deps);
  /** The parameters of the stream that the answer to a webhook asks for. */
  const rings = async (inUrl: readonly Pair[], inForm: readonly Pair[]) => {
    const call = newCall();
    const webhook = { call, accountSid: account, form: new Map(inForm), query: new Map(inUrl), named: {} };
    const document = readTwiml('text/xml', String(await answers.voice(webhook)));
    const [connect] = document.kind === 'document' ? document.verbs : [];
    expect(connect?.name).toBe('Connect');
    const parameters = connect?.children[0]?.children ?? [];
    return [call.callId, parameters.map(({ attributes: { name = '', value = '' } }) => [name, value] as const)] as const;
  };
  /** A stream of TwiML that is not ours, with anything in it. */
  const foreign = (others: readonly Pair[]) => {
    const call = { ...newCall(), brought: { fields: {}, key: '0123456789' } };
    return [call.callId, [...others, ...Object.entries(deps.tokens.issueAhead(call, account, 60_000))]] as const;
  };
  /** Streams with these parameters; what the one who answers was told. */
  const answered = async (callSid: CallId, parameters: readonly Pair[]) => {
    const [phone, ours] = joinedSockets(world.clock);
    phone.listen({ message() {}, closed() {} });
    serve(ours);
    const streamSid = `MZ${'2'.repeat(32)}`;
    const start = { accountSid: account, streamSid, callSid, customParameters: Object.fromEntries(parameters) };
    const before = world.sessions.length;
    phone.send(JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid }));
    world.clock.advance(0);
    expect(world.sessions.length).toBe(before + 1);
    const facts = (await registry.bundle(callSid))?.facts ?? [];
    phone.close(1000, '');
    world.clock.advance(0);
    registry.ended(callSid, 'completed');
    await settle();
    return { facts, instructions: world.sessions.at(-1)?.setup.instructions ?? '' };
  };
  return { rings, foreign, answered, failures };
};

/** JSON with such a key is refused whole, so no carrier's parameter can be named so. */
const reachesForPrototypes = ([name]: Pair): boolean => /^(__proto__|constructor|prototype)$/.test(name);

test('B68: a call with garbage at every door is answered, and knows nothing but what is accepted', async () => {
  const { rings, foreign, answered, failures } = gateway();
  const cases = fc.asyncProperty(anyPairs, anyPairs, anyPairs, async (inUrl, inForm, others) => {
    const streams = [await rings(inUrl, inForm), foreign(others.filter((pair) => !reachesForPrototypes(pair)))];
    for (const [callId, parameters] of streams) {
      const { facts, instructions } = await answered(callId, parameters);
      const ivr = facts.filter(({ source }) => source === 'ivr');
      expect(facts.filter((fact) => !ivr.includes(fact)).map(({ key }) => key)).toEqual(['callerNumber']);
      for (const { key, value } of ivr) expect(schemaOf(key)?.safeParse(value).success).toBe(true);
      expect(instructions.includes('automatic menu')).toBe(ivr.length > 0);
    }
  });
  await fc.assert(cases, { numRuns: Math.min(fuzzRuns, 700) });
  expect(failures.filter((what) => what !== 'intake_field_left_out')).toEqual([]);
});
