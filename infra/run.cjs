'use strict';
// The launcher behind every npm script. Plain CommonJS that runs on Node 18 and newer: it installs what the lock file asks for if
// that is not there yet, then starts the pinned Node 24 on the file it was given, which runs TypeScript sources as they are.
//   node infra/run.cjs [--keep] FILE [arguments …]
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { constants } = require('node:os');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '..');
const parent = process.ppid; // read before an installation, which it may not outlive
const parentCheckMs = 500;
const stampFile = join(root, 'node_modules', '.throughline-installed');
const node24 = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

function say(text) {
  process.stderr.write(`throughline: ${text}\n`);
}

function giveUp(text) {
  say(text);
  process.exit(1);
}

function wantedStamp() {
  const hash = createHash('sha256');
  for (const name of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

function isInstalled(stamp) {
  return existsSync(node24) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
}

function npmCommand() {
  const cli = process.env.npm_execpath;
  return cli && /\.c?js$/.test(cli) ? [process.execPath, [cli]] : ['npm', []];
}

/** Where install scripts are switched off, the `node` package is there but its binary is not: run that one script ourselves. */
function fetchNode24() {
  const installer = join(root, 'node_modules', 'node', 'installArchSpecificPackage.js');
  if (existsSync(node24) || !existsSync(installer)) return;
  const done = spawnSync(process.execPath, [installer], {
    cwd: join(root, 'node_modules', 'node'),
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) say(`fetching Node 24 from the npm registry failed (exit ${done.status}).`);
}

function install(stamp) {
  say('first run here, or the lock file changed: installing packages (about half a minute) …');
  const started = Date.now();
  const [command, first] = npmCommand();
  const done = spawnSync(command, [...first, 'install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: '' },
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (done.error) giveUp(`could not start npm (${done.error.message}). Install Node.js 18 or newer together with npm.`);
  if (done.status !== 0) {
    giveUp(
      `npm install failed (exit ${done.status}). Its own words are above. Most often the npm registry can't be reached: check ` +
        'the network and `npm config get registry`, then run the same command again.',
    );
  }
  fetchNode24();
  if (!existsSync(node24)) {
    giveUp(
      'packages are installed, but Node 24 (the npm package `node`) is not. Allow its install script ' +
        '(`npm install --allow-scripts=node`, or `npm rebuild node`) and run the same command again.',
    );
  }
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  // npm may have written the lock file: the stamp is of what stands there now.
  writeFileSync(stampFile, wantedStamp() || stamp);
  say(`ready after ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

function run(file, rest, ended) {
  const bin = join(root, 'node_modules', 'node', 'bin');
  const separator = process.platform === 'win32' ? ';' : ':';
  const child = spawn(node24, ['--disable-warning=ExperimentalWarning', resolve(root, file), ...rest], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${separator}${process.env.PATH}` },
  });
  child.on('error', (error) => giveUp(`could not start Node 24 (${error.message}).`));
  child.on('exit', ended);
  return child;
}

/**
 * npm ends at once on SIGTERM, and with it the shell that started us; neither passes the signal on. So a package script takes the
 * loss of its parent for the signal that npm got. Where `ppid` never changes (Windows), nothing happens.
 */
function whenParentGoes(gone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, parentCheckMs);
  timer.unref();
}

/** With `--keep`, a process that was killed is started again, but not more often than five times a minute. */
function start(file, rest, keep) {
  let asked = false;
  let starts = [];
  let child;
  const begin = () => {
    starts = [...starts.filter((at) => Date.now() - at < 60_000), Date.now()];
    child = run(file, rest, (code, signal) => {
      if (keep && signal !== null && !asked && starts.length < 5) {
        say(`${file} was ended by ${signal}; starting it again.`);
        begin();
      } else process.exit(code === null ? 128 + (constants.signals[signal] || 1) : code);
    });
  };
  const stop = (signal) => {
    asked = true;
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
  begin();
  // After Ctrl-C the parent goes too: the child was asked by then, and a second signal would mean "now".
  whenParentGoes(() => asked || stop('SIGTERM'));
}

const [major] = process.versions.node.split('.');
if (Number(major) < 18) giveUp(`this is Node ${process.versions.node}; Node 18 or newer is needed to set up.`);
const words = process.argv.slice(2);
const keep = words[0] === '--keep';
const [file, ...rest] = keep ? words.slice(1) : words;
if (file === undefined) giveUp('usage: node infra/run.cjs [--keep] FILE [arguments …]');
const stamp = wantedStamp();
if (!isInstalled(stamp)) install(stamp);
start(file, rest, keep);
