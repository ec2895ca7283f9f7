import { describe, expect, it } from 'vitest';
import { describeStore, parseStoreUrl } from '../../store/store-url.ts';

const node = (host: string, port: number) => ({ host, port });
const redis = (target: object) => ({ kind: 'redis', target: { tls: false, ...target } });

describe('parseStoreUrl', () => {
  it.each([
    ['sqlite:./data/throughline.db', { kind: 'sqlite', path: './data/throughline.db' }],
    ['sqlite:/var/lib/t.db', { kind: 'sqlite', path: '/var/lib/t.db' }],
    ['sqlite::memory:', { kind: 'sqlite', path: ':memory:' }],
    ['redis://localhost', redis({ kind: 'single', node: node('localhost', 6379), db: 0 })],
    [' redis://10.0.0.7:7000/3 ', redis({ kind: 'single', node: node('10.0.0.7', 7000), db: 3 })],
    ['redis://[::1]:6379/0', redis({ kind: 'single', node: node('::1', 6379), db: 0 })],
    ['rediss://r:6380/', redis({ kind: 'single', node: node('r', 6380), db: 0, tls: true })],
    ['redis://:p%40ss:w@r', redis({ kind: 'single', node: node('r', 6379), db: 0, password: 'p@ss:w' })],
    ['redis://me:secret@r', redis({ kind: 'single', node: node('r', 6379), db: 0, username: 'me', password: 'secret' })],
    ['redis+cluster://a:7000,b:7001', redis({ kind: 'cluster', nodes: [node('a', 7000), node('b', 7001)] })],
    [
      'rediss+cluster://me:s@a',
      redis({ kind: 'cluster', nodes: [node('a', 6379)], tls: true, username: 'me', password: 's' }),
    ],
    [
      'redis+sentinel://a:1,b/calls',
      redis({ kind: 'sentinel', nodes: [node('a', 1), node('b', 26_379)], primary: 'calls', db: 0 }),
    ],
    ['redis+sentinel://a/calls/4', redis({ kind: 'sentinel', nodes: [node('a', 26_379)], primary: 'calls', db: 4 })],
  ])('%s', (text, expected) => {
    expect(parseStoreUrl(text)).toEqual(expected);
  });

  it.each([
    [''],
    ['data/throughline.db'],
    ['sqlite:'],
    ['sqlite://data/throughline.db'],
    ['postgres://localhost'],
    ['redis:localhost'],
    ['redis://'],
    ['redis://host:0'],
    ['redis://host:70000'],
    ['redis://host:port'],
    ['redis://a,b'],
    ['redis://host/calls'],
    ['redis://host/0?tls=1'],
    ['redis+cluster://a,b/1'],
    ['redis+cluster://a,,b'],
    ['redis+sentinel://a,b'],
    ['redis+sentinel://a/calls/x'],
    ['redis://me:secret-%ZZ@host'],
    ['redis://me:secret-word@host:port'],
  ])('has a problem, and tells no password: %s', (text) => {
    const parsed = parseStoreUrl(text);
    expect(parsed).toEqual({ problem: expect.stringMatching(/\w/) });
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });

  it.each([
    ['sqlite:./x.db', 'sqlite:./x.db'],
    ['redis://me:secret@r/2', 'redis://r:6379/2'],
    ['rediss+cluster://:secret@a,b', 'rediss+cluster://a:6379,b:6379'],
    ['redis+sentinel://:secret@[::1]/calls', 'redis+sentinel://[::1]:26379/calls'],
  ])('is described without a password: %s', (text, described) => {
    const parsed = parseStoreUrl(text);
    expect('problem' in parsed ? parsed.problem : describeStore(parsed)).toBe(described);
  });
});
