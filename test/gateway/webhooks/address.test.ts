import { describe, expect, it } from 'vitest';
import { checkUrl, isPublicAddress, publicAddresses } from '../../../gateway/webhooks/address.ts';

const none = new Set<string>();

const evil = [
  ...[
    'http://hooks.example.com/',
    'ftp://hooks.example.com/',
    'file:///etc/passwd',
    'gopher://hooks.example.com/',
    'javascript:1',
  ],
  ...[
    '',
    ' ',
    'hooks.example.com',
    '//hooks.example.com/',
    'https:hooks.example.com',
    'https:/hooks.example.com',
    'https://',
    'https:///x',
  ],
  ...[
    'https://hooks.example.com:8443/',
    'https://hooks.example.com:80/',
    'https://hooks.example.com:22/',
    'https://hooks.example.com:99999/',
  ],
  ...[
    'https://u@hooks.example.com/',
    'https://u:p@hooks.example.com/',
    'https://@hooks.example.com/',
    'https://good.example.com@127.0.0.1/',
  ],
  ...[
    'https://good.example.com:443@evil.example.com/',
    'https://hooks.example.com#@evil.example.com/',
    'https://hooks.example.com/#',
  ],
  ...[
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.1/',
    'https://0/',
    'https://0.0.0.0/',
    'https://0x7f.1/',
    'https://0x7f000001/',
  ],
  ...[
    'https://2130706433/',
    'https://017700000001/',
    'https://0177.0.0.1/',
    'https://127.0.0.1./',
    'https://%31%32%37.0.0.1/',
    'https://8.8.8.8/',
  ],
  ...[
    'https://169.254.169.254/latest/meta-data/',
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://10.0.0.1/',
    'https://192.168.0.1/',
  ],
  ...[
    'https://172.16.0.1/',
    'https://100.64.0.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://1.1/',
  ],
  ...[
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
  ],
  ...[
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2606:4700::1111]/',
    'https://[fe80::1%25eth0]/',
    'https://[::127.0.0.1]/',
  ],
  ...[
    'https://localhost/',
    'https://LOCALHOST/',
    'https://localhost./',
    'https://x.localhost/',
    'https://intranet/',
    'https://hooks/',
  ],
  ...[
    'https://db.internal/',
    'https://metadata.google.internal/computeMetadata/v1/',
    'https://printer.local/',
    'https://nas.home.arpa/',
    'https://a.lan/',
  ],
  ...[
    'https://hooks.example.com./',
    'https://hooks..example.com/',
    'https://-hooks.example.com/',
    'https://hooks.example.1/',
  ],
  ...[
    'https://ⓛocalhost/',
    'https://①②⑦.⓪.⓪.①/',
    'https://exa\tmple.com/',
    'https://example.com/\r\nx: y',
    'https://exam\nple.com/',
  ],
  ...[
    'https://evil.example.com\\@good.example.com/',
    'https:\\\\hooks.example.com/',
    'https://hooks.example.com /',
    'https://hooks。example。com/',
  ],
  ...[
    'https://127。0。0。1/',
    'HTTP://hooks.example.com/',
    `https://hooks.example.com/${'x'.repeat(2_100)}`,
    `https://${'a'.repeat(64)}.example.com/`,
  ],
];

describe('URLs of webhooks', () => {
  it('there are enough bad ones', () => expect(new Set(evil).size).toBeGreaterThanOrEqual(60));

  it.each(evil)('%j is refused, in words', (url) => {
    const checked = checkUrl(url, none);
    expect(checked).toEqual({ ok: false, why: expect.stringMatching(/^(must|has) /) });
  });

  it.each([
    ['https://hooks.example.com', 'https://hooks.example.com/'],
    ['https://hooks.example.com:443/a?b=c', 'https://hooks.example.com/a?b=c'],
    ['HTTPS://Hooks.Example.COM/Calls', 'https://hooks.example.com/Calls'],
    ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/'],
  ])('%s is taken', (url, href) => {
    const checked = checkUrl(url, none);
    expect(checked.ok && checked.value.href).toBe(href);
  });

  it('what the operator allows may be anywhere, but only that', () => {
    const allow = new Set(['127.0.0.1:8090', 'hooks.internal:443', '[fd00::7]:8080', 'old.internal:80']);
    for (const url of [
      'http://127.0.0.1:8090/x',
      'https://127.1:8090/',
      'https://hooks.internal/',
      'http://[fd00::7]:8080/',
      'http://old.internal/',
    ])
      expect(checkUrl(url, allow).ok, url).toBe(true);
    for (const url of [
      'http://127.0.0.1:8091/',
      'http://hooks.internal/',
      'http://u:p@127.0.0.1:8090/',
      'http://127.0.0.2:8090/',
      'http://x.hooks.internal:443/',
    ])
      expect(checkUrl(url, allow).ok, url).toBe(false);
  });
});

describe('addresses', () => {
  it.each([
    ...[
      '0.0.0.0',
      '0.1.2.3',
      '10.1.2.3',
      '100.64.0.1',
      '100.100.100.200',
      '127.0.0.1',
      '127.255.255.255',
      '168.63.129.16',
      '169.254.169.254',
    ],
    ...[
      '172.16.0.1',
      '172.31.255.255',
      '192.0.0.1',
      '192.0.2.1',
      '192.88.99.1',
      '192.168.1.1',
      '198.18.0.1',
      '198.19.255.255',
      '198.51.100.1',
    ],
    ...['203.0.113.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '::ffff:169.254.169.254',
      '::7f00:1',
      '::ffff:0:127.0.0.1',
      '64:ff9b::808:808',
    ],
    ...[
      '64:ff9b::a00:1',
      '64:ff9b:1::1',
      '100::1',
      '2001::1',
      '2001:0:53aa:64c:0:0:80ff:fffe',
      '2001:db8::1',
      '2001:20::1',
      '2002:7f00:1::',
    ],
    ...[
      '2002:808:808::1',
      '3fff::1',
      '5f00::1',
      'fc00::1',
      'fd00:ec2::254',
      'fe80::1',
      'fec0::1',
      'ff02::1',
      '4000::1',
      'fe80::1%eth0',
    ],
    ...['2606:4700::1111%eth0', 'no address', '', '8.8.8', '0x08080808', '1.2.3.4.5'],
  ])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '93.184.216.34',
    '172.32.0.1',
    '100.128.0.1',
    '::ffff:8.8.8.8',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  it('one that is not public makes all of a name suspect; a name without any is none', async () => {
    const of = (...addresses: string[]) => publicAddresses('hooks.example.com', { resolve: async () => addresses });
    expect(await of('8.8.8.8', '2606:4700::1111')).toEqual({ ok: true, value: ['8.8.8.8', '2606:4700::1111'] });
    expect((await of('8.8.8.8', '10.0.0.1')).ok).toBe(false);
    expect((await of('::ffff:127.0.0.1', '8.8.8.8')).ok).toBe(false);
    expect((await of()).ok).toBe(false);
  });
});
