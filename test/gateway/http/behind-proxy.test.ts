import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { openConsole } from './console-world.ts';

const { server, port } = await openConsole({ consoleHost: '0.0.0.0', consoleUrl: 'https://console.example.com' });
const { server: plainServer, port: plainPort } = await openConsole({ consoleHost: '0.0.0.0' });
afterAll(() => {
  server.close();
  plainServer.close();
});

type Headers = Readonly<Record<string, string>>;

const status = async (method: string, headers: Headers, at = port): Promise<number> => {
  const path = method === 'GET' ? '/api/v1/calls' : '/api/v1/switch';
  const body = method === 'GET' ? '' : '{"on":true}';
  const sent = { 'content-type': 'application/json', 'content-length': body.length, ...headers };
  const asked = request({ port: at, method, path, headers: sent }).end(body);
  const [answer] = await once(asked, 'response');
  answer.resume();
  return answer.statusCode;
};

const browser = { origin: 'https://console.example.com', 'sec-fetch-site': 'same-origin' };

test.each<[string, string, Headers]>([
  ['that passes Host', 'GET', { host: 'console.example.com' }],
  ['that passes Host with a port', 'GET', { host: 'Console.Example.com:443' }],
  ['that has a Host of its own', 'GET', { host: 'localhost:8081' }],
  ['that passes Host, from a browser', 'PUT', { host: 'console.example.com', ...browser }],
  ['that has a Host of its own, from a browser', 'PUT', { host: '127.0.0.1:8081', ...browser }],
  ['from no browser', 'PUT', { host: 'console.example.com' }],
])('a proxy %s: %s is answered', async (_, method, headers) => {
  expect(await status(method, headers)).toBe(200);
});

test.each<[string, 'GET' | 'PUT', Headers]>([
  ['another name', 'GET', { host: 'example.com' }],
  ['a name below it', 'GET', { host: 'evil.console.example.com' }],
  ['a name that begins so', 'GET', { host: 'console.example.com.evil.example' }],
  ['a page of another name', 'PUT', { host: 'console.example.com', origin: 'https://evil.example' }],
  ['a page of the same name without TLS', 'PUT', { host: 'localhost', origin: 'http://console.example.com' }],
  ['a page at another port', 'PUT', { host: 'localhost', origin: 'https://console.example.com:8443' }],
  ['a page of a name below it', 'PUT', { host: 'localhost', origin: 'https://evil.console.example.com' }],
  ['a page that hides its name', 'PUT', { host: 'localhost', origin: 'null' }],
  ['a site beside it', 'PUT', { host: 'localhost', ...browser, 'sec-fetch-site': 'same-site' }],
  ['another site', 'PUT', { host: 'localhost', ...browser, 'sec-fetch-site': 'cross-site' }],
])('%s gets nothing and changes nothing: %s', async (_, method, headers) => {
  expect(await status(method, headers)).toBe({ GET: 421, PUT: 403 }[method]);
});

test('without CONSOLE_URL nobody is believed to be a proxy', async () => {
  expect(await status('GET', { host: 'console.example.com' }, plainPort)).toBe(421);
  expect(await status('PUT', { host: 'localhost', ...browser }, plainPort)).toBe(403);
});
