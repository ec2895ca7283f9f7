import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { knownSettings } from '../../gateway/config/known.ts';
import { readSettings } from '../../gateway/config.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = read('docker-compose.yml');
const dockerfile = read('infra/deploy/Dockerfile');

/** The lines of one service of the compose file. */
const service = (name: string): string => new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? '';

describe('docker-compose.yml', () => {
  test('Redis keeps calls over a restart and never evicts them', () => {
    expect(service('redis')).toMatch(/"--appendonly", "yes", "--appendfsync", "everysec"/);
    expect(service('redis')).toMatch(/"--maxmemory-policy", "noeviction"/);
    expect(service('redis')).toMatch(/- redis-data:\/data\n/);
    expect(service('redis')).not.toMatch(/ports:/);
  });

  test('gives only settings that exist, and enough of them to start', () => {
    const names = [...compose.matchAll(/^ {2,6}([A-Z][A-Z0-9_]+):/gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !Object.hasOwn(knownSettings, name))).toEqual([]);
    const store = /STORE: (\S+)/.exec(compose)?.[1];
    const secrets = {
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: 'x',
      OPENAI_API_KEY: 'x',
      PUBLIC_URL: 'https://x',
    };
    const unset = Object.fromEntries(names.map((name) => [name, '']));
    expect(readSettings({ ...unset, STORE: store, ...secrets }, read)).toMatchObject({
      kind: 'settings',
      settings: { store },
    });
    expect(readSettings({ STORE: store }, read, 'jobs').kind).toBe('settings');
  });

  test('secrets come from the environment, and a missing one stops it', () => {
    for (const name of ['TWILIO_AUTH_TOKEN', 'OPENAI_API_KEY', 'PUBLIC_URL']) {
      expect(service('gateway')).toMatch(new RegExp(`${name}: \\$\\{${name}:\\?`));
    }
  });

  test('the console is published on loopback only, and the container outlives the drain', () => {
    expect(service('gateway')).toMatch(/- "127\.0\.0\.1:8081:8081"/);
    const grace = Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]);
    expect(grace).toBeGreaterThan(60 + 5);
  });

  test('has no tabs, and every alias has its anchor', () => {
    expect(compose).not.toContain('\t');
    for (const [, alias] of compose.matchAll(/\*(\w+)/g)) expect(compose).toContain(`&${alias}\n`);
  });
});

describe('Dockerfile', () => {
  const lines = dockerfile.split('\n');
  test('copies only what is there and is not kept out', () => {
    const sources = lines.filter((line) => /^COPY (?!--from)/.test(line)).flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    const letIn = read('.dockerignore').split('\n');
    expect(sources.filter((source) => !letIn.includes(`!${source}`))).toEqual([]);
  });

  test('does not run as root, and gets signals itself', () => {
    const user = lines.indexOf('USER node');
    expect(user).toBeGreaterThan(0);
    expect(lines.findLastIndex((line) => /^(RUN|COPY) /.test(line))).toBeLessThan(user);
    expect(lines.findLast((line) => line.startsWith('CMD'))).toMatch(/^CMD \["node", .*"gateway\/main\.ts"\]$/);
    expect(dockerfile).not.toMatch(/^ENTRYPOINT|run\.cjs/m);
  });

  test('the health check is valid JSON and finds the port', () => {
    const check = /HEALTHCHECK [^\n]*\n\s+CMD (\[.*\])/.exec(dockerfile)?.[1] ?? '';
    expect(JSON.parse(check)).toEqual(['node', '-e', expect.stringContaining('process.env.PORT || 8080}/healthz')]);
  });
});
