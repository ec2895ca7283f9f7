import { expect, test } from 'vitest';
import { readUserToUser } from '../../../gateway/twilio/user-to-user.ts';

const hex = (text: string): string => Buffer.from(text).toString('hex');

test.each<[string, string, readonly string[]]>([
  ['the example of Twilio', '48656c6c6f;encoding=hex', ['Hello']],
  ['upper case, and more parameters', '48656C6C6F;ENCODING=HEX;purpose=isdn-uui;content=isdn-uui', ['Hello']],
  ['a quoted parameter', '48656c6c6f;encoding="hex"', ['Hello']],
  ['no encoding: as it is', '48656c6c6f', ['48656c6c6f']],
  ['another encoding', 'SGVsbG8=;encoding=base64', []],
  ['several values', `${hex('a=1')};encoding=hex, ${hex('b=2')};encoding=hex;purpose=x`, ['a=1', 'b=2']],
  ['a quoted text with separators', '"a=1;b,c\\"d";purpose=x', ['a=1;b,c"d']],
  ['JSON as it is', '{"a":"1, 2","b":2}', ['{"a":"1, 2","b":2}']],
  ['UTF-8', `${hex('Ünï')};encoding=hex`, ['Ünï']],
  ['a protocol discriminator of the telephone network', `04${hex('Hello')};encoding=hex`, ['Hello']],
  ['half a byte', '48656;encoding=hex', []],
  ['no hex', 'xyz!;encoding=hex', []],
  ['no text', 'ffd8ffe0;encoding=hex', []],
  ['nothing', '', []],
  ['only separators', ';;,;,,', []],
  ['an open quote', '"abc;encoding=hex', ['"abc;encoding=hex']],
  ['too long', 'a'.repeat(2_049), []],
  ['one bad and one good', `zz;encoding=hex,${hex('ok')};encoding=hex`, ['ok']],
])('%s', (...[, header, texts]) => {
  expect(readUserToUser(header)).toEqual(texts);
});

test('of more than five values the first five count', () => {
  expect(readUserToUser(Array.from({ length: 50 }, (_, index) => `v${index}`).join(','))).toHaveLength(5);
});
