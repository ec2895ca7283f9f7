import { describe, expect, test } from 'vitest';
import { help, readArguments } from './arguments.ts';

const plain = { scenario: 'article', mode: 'wire', json: false, realKey: undefined, callerFile: undefined, out: undefined };

describe('the command line of the demo', () => {
  test.each([
    [[], plain],
    [['--fast'], { ...plain, mode: 'fast' }],
    [['--fast', '--json'], { ...plain, mode: 'fast', json: true }],
    [['--caller', 'me.wav'], { ...plain, callerFile: 'me.wav' }],
    [['--caller=--odd.wav'], { ...plain, callerFile: '--odd.wav' }],
    [['--out', 'there'], { ...plain, out: 'there' }],
    [['--scenario', 'ivr', '--fast'], { ...plain, scenario: 'ivr', mode: 'fast' }],
    [['--scenario=person'], { ...plain, scenario: 'person' }],
    [['--scenario', 'article', '--caller', 'me.wav'], { ...plain, callerFile: 'me.wav' }],
    [['--real'], { ...plain, realKey: 'sk-test' }],
  ])('%j', (argv, options) => {
    expect(readArguments(argv, 'sk-test')).toEqual({ kind: 'run', options });
  });

  test.each([
    [['--quick'], 'sk-test', /--quick is not something the demo knows/],
    [['-x'], 'sk-test', /-x is not/],
    [['fast'], 'sk-test', /"fast" is not/],
    [['--fast=yes'], 'sk-test', /--fast takes no value/],
    [['--caller'], 'sk-test', /--caller needs a value/],
    [['--caller', '--fast'], 'sk-test', /--caller needs a value/],
    [['--caller='], 'sk-test', /--caller needs a value/],
    [['--scenario', 'queue'], 'sk-test', /--scenario queue: there is none.*article, ivr, person/],
    [['--scenario'], 'sk-test', /--scenario needs a value/],
    [['--scenario', 'ivr', '--real'], 'sk-test', /--real is for the scenario "article" only/],
    [['--scenario', 'person', '--caller', 'me.wav'], 'sk-test', /--caller is for the scenario "article" only/],
    [['--real'], undefined, /needs OPENAI_API_KEY/],
    [['--real'], '', /needs OPENAI_API_KEY/],
    [['--real', '--fast'], 'sk-test', /exclude each other/],
  ])('%j with the key %j is refused in words', (argv, key, words) => {
    const asked = readArguments(argv, key);
    expect(asked.kind).toBe('wrong');
    expect(asked).toHaveProperty('problem', expect.stringMatching(words));
  });

  const week = { calls: 4_600, seed: 1, store: 'sqlite:./data/week.db', isAgreed: false, json: false };
  test.each([
    [['--week'], week],
    [['--week', '--json', '--yes', '--calls', '200'], { ...week, json: true, isAgreed: true, calls: 200 }],
    [['--week', '--seed=7', '--store', 'redis://h/0'], { ...week, seed: 7, store: 'redis://h/0' }],
  ])('%j is a week', (argv, options) => {
    expect(readArguments(argv, undefined)).toEqual({ kind: 'week', options });
  });

  test.each([
    [['--week', '--fast'], /--fast is for a call, not for --week/],
    [['--week', '--calls', 'many'], /--calls needs a whole number from 1/],
    [['--week', '--seed', '0'], /--seed needs a whole number from 1/],
    [['--calls', '5'], /--calls is for --week only/],
    [['--yes'], /--yes is for --week only/],
  ])('%j is refused in words', (argv, words) => {
    expect(readArguments(argv, undefined)).toMatchObject({ kind: 'wrong', problem: expect.stringMatching(words) });
  });

  test.each([[['--help']], [['-h']], [['--help', '--real']]])('%j is help', (argv) => {
    expect(readArguments(argv, undefined)).toEqual({ kind: 'help' });
  });

  test('help has each scenario on one line', () => {
    for (const name of ['article', 'ivr', 'person']) expect(help).toMatch(new RegExp(`^ {6}${name} +\\S.*$`, 'm'));
  });
});
