import { describe, expect, it } from 'vitest';
import { demoAccount } from '../world/back-office.ts';
import { hangsUp, says } from '../world/caller.ts';
import { briefingOf } from '../world/model/record.ts';
import { publicUrl } from '../world/stage.ts';
import { clip } from '../world/voices/clips.ts';
import { eventsOf, type Played, play } from './play.ts';

/** The caller hears who answers, asks about an invoice, and hangs up when that was answered. */
const script = [says(clip('callerInvoice')), hangsUp({ after: 'agent-finished', quietMs: 2_500 })];

const briefed = ({ stage }: Played) => {
  const [first] = stage.model.records;
  if (first === undefined) throw new Error('nobody answered');
  const { facts } = JSON.parse(briefingOf(first));
  return { persona: first.persona, instructions: first.instructions, facts, record: first };
};

const ivr = (key: string, value: string) => ({ key, value, source: 'ivr', verified: false });

describe('a caller who comes from an IVR', () => {
  it('is answered by whom they chose, who knows what they entered and asks nothing of it again', async () => {
    const voiceUrl = `${publicUrl}/twilio/voice?department=billing&accountId=${demoAccount.id}`;
    const played = await play({ voiceUrl, script });
    const { persona, instructions, facts, record } = briefed(played);
    expect(persona).toBe('billing');
    expect(facts).toEqual(expect.arrayContaining([ivr('department', 'billing'), ivr('accountId', demoAccount.id)]));
    expect(instructions).toContain('in an automatic menu before');
    expect(instructions).not.toContain(demoAccount.id);
    // The briefing was there before the first response was asked for.
    expect(record.responses[0]?.asked).toBe(true);
    expect(record.responses[0]?.words).not.toBe('');
    expect(eventsOf(played.events, 'asked-again')).toEqual([]);
    expect(eventsOf(played.events, 'handoff-requested')).toEqual([]);
    const started = played.events.findIndex(({ type }) => type === 'disclosed');
    expect(played.events.slice(started + 1, started + 3).map(({ type }) => type)).toEqual(['fact-learned', 'fact-learned']);
    // What they entered is what the tools go by.
    expect(played.stage.backOffice.calls.map(({ path }) => path)).toContain(`/accounts/${demoAccount.id}/invoices`);
    expect(played.stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
    expect(played.call.record.debuggerCodes).toEqual([]);
  });

  it('is not greeted by a clip that knows nothing of it', async () => {
    const voiceUrl = `${publicUrl}/twilio/voice?accountId=${demoAccount.id}`;
    const played = await play({ voiceUrl, script: [hangsUp({ after: 'agent-finished', quietMs: 900 })], greets: true });
    // The others made what is prepared.
    const support = played.stage.model.records.at(-1);
    expect(support?.persona).toBe('support');
    expect(support?.responses.length).toBeGreaterThan(0);
    expect(support?.items.some(({ type }) => type === 'message')).toBe(false);
  });

  it('who went on in another process is not told twice, nor is it lost', async () => {
    const voiceUrl = `${publicUrl}/twilio/voice?department=billing&accountId=${demoAccount.id}`;
    let broke = false;
    const played = await play({
      voiceUrl,
      script: [
        says(clip('callerInvoice')),
        says(clip('callerInvoice'), { after: 'agent-finished', quietMs: 3_000 }),
        hangsUp(),
      ],
      watch: (event, _, call) => {
        if (broke || event.type !== 'caller-said') return;
        broke = true;
        call.stream?.drop();
      },
    });
    const [, again] = played.stage.model.records;
    expect(again?.persona).toBe('billing');
    expect(briefingOf(again ?? played.stage.model.records[0] ?? fail())).toContain(demoAccount.id);
    expect(again?.instructions).toContain('The line was interrupted');
    const learned = eventsOf(played.events, 'fact-learned').filter(({ source }) => source === 'ivr');
    expect(learned.map(({ key }) => key)).toEqual(['department', 'accountId']);
  });

  it.each<[string, string]>([
    ['garbage', '?department=%00%ff&accountId=..%2f..&invoiceMonth=2026-13&x%5B%5D=&100%&=&department=&a=1&a=2'],
    ['far too much', `?accountId=acct_${'x'.repeat(3_000)}`],
    ['fields of others', '?foo=bar&callerNumber=%2B19005550000&token=x&intake=nonsense'],
  ])('and brings %s is answered as anybody', async (_, query) => {
    const played = await play({ voiceUrl: `${publicUrl}/twilio/voice${query}`, script: [hangsUp()] });
    const { persona, facts, instructions } = briefed(played);
    expect(persona).toBe('support');
    expect(facts.map(({ key }: { key: string }) => key)).toEqual(['callerNumber']);
    expect(facts[0].value).toBe(demoAccount.phone);
    expect(instructions).toContain('ask how you can help');
  });
});

const fail = (): never => {
  throw new Error('no session');
};
