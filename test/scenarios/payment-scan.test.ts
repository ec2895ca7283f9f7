import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { received } from '../gateway/audio/dtmf-receiver.ts';
import { hangsUp, waits } from '../world/caller.ts';
import { dials, fromConsole, heardBy, onDisk } from './all-bytes.ts';
import { atBilling, type Card, cardQuestions, contentAfter, keysOf, owes, when } from './paying.ts';
import { eventsOf, type PlayOptions, play } from './play.ts';

const cards: readonly Card[] = [
  { number: '4000056655665556', expires: '1139', code: '847', postal: '80331' },
  { number: '5105105105105100', expires: '0738', code: '296', postal: '10117' },
  { number: '371449635398431', expires: '1037', code: '7391', postal: '50667' },
];

const folder = mkdtempSync(join(tmpdir(), 'throughline-payment-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every byte that this process has written, told or sent of a call, by where it went. */
const bytesOf = async (name: string, options: PlayOptions) => {
  const lines: string[] = [];
  let told = '';
  let callId = '';
  const played = await play({
    ...atBilling,
    settings: { THROUGHLINE_AUDIO: 'pcmu' },
    store: `sqlite:${join(folder, `${name}.db`)}`,
    logLevel: 'trace',
    logTo: { write: (line) => lines.push(line) },
    ...options,
    direct: (stage, call) => {
      callId = call.sid;
      owes(stage);
      options.direct?.(stage, call);
    },
    after: async (stage) => {
      told = await fromConsole(stage, callId);
    },
  });
  const { stage, events } = played;
  const model = JSON.stringify(stage.model.records.map(({ appended: _, ...record }) => record));
  const texts = { disk: onDisk(folder), console: told, model, log: lines.join('\n'), events: JSON.stringify(events) };
  return { ...played, texts, tones: received(heardBy(stage)) };
};

/** Whether these digits stand in a text for themselves: short ones are part of many a number. */
const stands = (text: string, digits: string): boolean => new RegExp(`(?<![\\w.:-])${digits}(?![\\w.:-])`).test(text);

/** Pieces of a number of a card that nothing else is likely to have. */
const pieces = (number: string): readonly string[] =>
  Array.from({ length: number.length - 7 }, (_, start) => number.slice(start, start + 8));

/** What of a card stands in a text. */
const found = (text: string, { number, expires, code, postal }: Card): readonly string[] => [
  ...pieces(number).filter((piece) => text.includes(piece)),
  ...(text.includes([...number.slice(0, 6)].join('","')) ? ['the keys one by one'] : []),
  ...[expires, code, postal].filter((digits) => stands(text, digits)),
  ...(/x{4}-x/.test(text) ? ['a masked number'] : []),
];

describe('a card that is paid with', () => {
  it.each(cards.map((card) => [card.number.slice(0, 2), card] as const))(
    '%s…: not a digit of it is on disk, in the log, jobs, metrics or the console, nor in anything a model got',
    async (name, card) => {
      const { texts, tones, events } = await bytesOf(`paid-${name}`, {
        direct: (stage, call) => {
          void when(stage, call, () => cardQuestions(call) > 0).then(() => dials(stage, call, keysOf(card)));
        },
        watch: contentAfter(/went through/),
      });
      expect(eventsOf(events, 'payment-ended')).toMatchObject([{ outcome: 'paid' }]);
      for (const [place, text] of Object.entries(texts)) {
        expect([place, found(text, card)]).toEqual([place, []]);
        expect([place, text.length > 500]).toEqual([place, true]);
      }
      for (const place of ['disk', 'console', 'model', 'events'] as const) expect(texts[place]).toContain('payInvoice');
      expect(tones).toBe('');
    },
  );

  it('would have been found: the same keys said to the agent are on disk, in the console and in what the model got', async () => {
    const [card] = cards;
    if (card === undefined) throw new Error('there is no card');
    const { number, expires, code, postal } = card;
    const { texts, tones } = await bytesOf('told', {
      script: [waits(40_000), hangsUp('at-once')],
      watch: (event, stage, call) => {
        if (event.type === 'bound') void dials(stage, call, `${number}#${expires}#${code}#${postal}#`);
      },
    });
    for (const place of ['disk', 'console', 'model', 'events'] as const)
      expect([place, found(texts[place], card)]).toEqual([
        place,
        expect.arrayContaining([...pieces(number), expires, code, postal]),
      ]);
    expect(tones).toBe(`${number}#${expires}#${code}#${postal}#`);
  });
});
