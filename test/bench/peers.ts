import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from './run-load.ts';

const folder = join(import.meta.dirname, 'peers');

/** Installs what is compared with, into a folder of its own; false: it can't be had here. Once. */
export const installPeers = (say: (text: string) => void): boolean => {
  if (existsSync(join(folder, 'node_modules', 'alawmulaw'))) return true;
  say('installing what is compared with, into test/bench/peers/node_modules …');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'ignore',
  });
  if (status !== 0) say('that failed: the comparison is left out');
  return status === 0;
};

const bridge = (name: string, file: string): System => ({
  name,
  file: `test/bench/peers/${file}`,
  target: 'bridge',
  format: 'pcmu',
});

/** Others that pass mu-law through, by their documentation; versions in test/bench/peers/package.json. */
export const peers: readonly System[] = [
  bridge('OpenAI Agents SDK, Twilio transport', 'agents-sdk.mjs'),
  bridge('twilio-realtime-agents', 'twilio-realtime-agents.mjs'),
];
