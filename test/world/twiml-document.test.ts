import { describe, expect, it } from 'vitest';
import { readTwiml } from './twiml-document.ts';

const whole = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>`;

describe('a TwiML document', () => {
  it('keeps verbs, attributes and parameters in order, with entities resolved', () => {
    const twiml = readTwiml(
      'text/xml; charset=utf-8',
      whole(
        '<Say>One &amp; two</Say><Connect action="/after?a=1&amp;b=2"><Stream url="wss://h/m"><Parameter name="token" value="a&lt;b"/></Stream></Connect>',
      ),
    );
    const parameter = { name: 'Parameter', attributes: { name: 'token', value: 'a<b' }, text: '', children: [] };
    expect(twiml).toEqual({
      kind: 'document',
      warnings: [],
      verbs: [
        { name: 'Say', attributes: {}, text: 'One & two', children: [] },
        {
          name: 'Connect',
          attributes: { action: '/after?a=1&b=2' },
          text: '',
          children: [{ name: 'Stream', attributes: { url: 'wss://h/m' }, text: '', children: [parameter] }],
        },
      ],
    });
  });

  it.each([
    ['a wrong content type', 'application/json', whole(''), 12300],
    ['no content type', undefined, whole(''), 12300],
    ['an empty body', 'text/xml', ' \n', 11770],
    ['more than 64 kB', 'text/xml', whole(`<Say>${'x'.repeat(65_536)}</Say>`), 11750],
    ['an open tag', 'text/xml', '<Response><Say>hello</Response>', 12100],
    ['another root', 'text/xml', '<Answer/>', 12100],
    ['no XML', 'text/xml', 'hello', 12100],
  ])('can not be used with %s', (...[, contentType, body, code]) => {
    expect(readTwiml(contentType, body)).toMatchObject({ kind: 'unusable', code });
  });

  it.each([
    [
      'an attribute with a typo',
      '<Connect><Stream url="wss://h/m" statusCallBack="https://h/s"/></Connect>',
      /statusCallBack/,
    ],
    ['an unknown verb', '<Sing/><Hangup/>', /Sing/],
    ['a noun in the wrong verb', '<Dial><Stream url="wss://h/m"/></Dial>', /Stream/],
    ['undocumented stream attributes', '<Connect><Stream url="wss://h/m" audioFormat="x"/></Connect>', /audioFormat/],
  ])('warns of %s and leaves it out', (_name, inner, warning) => {
    const twiml = readTwiml('application/xml', whole(inner));
    expect(twiml).toMatchObject({ kind: 'document', warnings: [expect.stringMatching(warning)] });
    expect(JSON.stringify(twiml.kind === 'document' ? twiml.verbs : '')).not.toMatch(warning);
  });
});
