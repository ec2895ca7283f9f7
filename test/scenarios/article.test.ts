import { describe, expect, it } from 'vitest';
import { factsCarriedTo } from '../world/article.ts';
import { firstWordsOf } from '../world/model/record.ts';
import { eventsOf, play } from './play.ts';

describe.each(['pcm', 'pcmu'])('the call of the article, %s', (audio) => {
  it('is handed to a specialist who already knows, and ends as resolved', async () => {
    const { stage, call, outcome, events } = await play({ settings: { THROUGHLINE_AUDIO: audio } });

    expect(outcome).toBe('finished');
    expect(call.phoneSockets).toBe(1);
    expect(call.record.debuggerCodes).toEqual([]);
    expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
    expect(stage.model.records.map(({ persona, voice }) => [persona, voice])).toEqual([
      ['support', 'marin'],
      ['technical', 'cedar'],
    ]);
    const [support, technical] = stage.model.records;
    expect(support?.turns.map(({ words }) => words)).toEqual([
      "Hi, my API key isn't working, though I activated it yesterday.",
      'I tried it. I still get a 401 error. This is really frustrating.',
    ]);
    if (technical === undefined) throw new Error('there was no specialist');
    const facts = factsCarriedTo(technical);
    expect(facts.carried).toHaveLength(facts.total);
    expect(firstWordsOf(technical)).toMatch(/Pro account.*reset.*401/);
    expect(technical.turns.map(({ words }) => words)).toEqual(['Oh! Yes, adding the header fixed it. Thank you!']);

    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
    expect(eventsOf(events, 'handoff-committed')).toMatchObject([{ from: 'support', to: 'technical', silenceMs: 0 }]);
    expect(eventsOf(events, 'first-words-judged')).toMatchObject([{ agent: 'technical', issue: true, finding: true }]);
    expect(eventsOf(events, 'asked-again')).toEqual([]);
    expect(eventsOf(events, 'tool-called').map(({ tool }) => tool)).toEqual([
      'checkAccountStatus',
      'resetApiKey',
      'checkApiLogs',
    ]);
    expect(stage.backOffice.state.resets.size).toBe(1);
    expect(call.record.facts.findLast(({ type }) => type === 'ended')).toMatchObject({ reason: 'hangup-verb' });
  });

  it('nothing that was said, looked up or passed on stands in the specialist’s instructions', async () => {
    const { stage } = await play({ settings: { THROUGHLINE_AUDIO: audio } });
    for (const { instructions, items } of stage.model.records) {
      expect(instructions).not.toMatch(/Robin|acct_1042|4155550134|yesterday|401 error/);
      expect(items.filter((item) => item.type === 'message' && item.role === 'system')).toEqual([]);
    }
  });
});
