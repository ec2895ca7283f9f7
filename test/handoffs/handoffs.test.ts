import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../agents/handoff/count-tokens.ts';
import { inTheBackground } from '../sim/in-the-background.ts';
import { playCall } from './play-call.ts';
import { figuresOf } from './report.ts';

inTheBackground();

const seeds = [3, 7, 11, 19, 23, 42];
const playAll = (warm: boolean) => Promise.all(seeds.map((seed) => playCall(seed, { warm, countTokens: estimateTokens })));

describe('npm run handoffs', () => {
  it('calls of many minutes: everything planted is carried, no frame is lost, nothing is done twice', async () => {
    const [cold, warm] = [await playAll(false), await playAll(true)];
    const figures = figuresOf(cold, warm);
    expect(figures.handoffs).toBeGreaterThan(10);
    expect(figures.rotations + figures.losses).toBeGreaterThan(3);
    expect(figures.planted).toBeGreaterThan(300);
    for (const way of [figures.cold, figures.warm]) {
      expect(way.carriedShare).toBe(1);
      expect(way.carriedAfterLossShare).toBe(1);
      expect(way.framesLost).toBe(0);
    }
    expect(figures.effectsAsked).toBeGreaterThan(figures.effectsRun);
    expect(figures.effectsRepeated).toBe(0);
    expect(figures.asides.recalledShare).toBe(1);
    expect(figures.addedMs.p99).toBeLessThanOrEqual(5);
    // The other ways lose something, or the figures would say nothing.
    expect(figures.baselines.messages.carriedShare).toBeLessThan(0.7);
    expect(figures.baselines.messages.framesLost).toBeGreaterThan(0);
    expect(figures.baselines.sameSession.carriedAfterLossShare).toBeLessThan(0.1);
  }, 60_000);

  it('the same seed is the same call', async () => {
    const how = { warm: false, countTokens: estimateTokens };
    expect(await playCall(3, how)).toEqual(await playCall(3, how));
  });

  it('--json prints one line of figures and nothing else', async () => {
    const child = spawn(process.execPath, ['test/handoffs.ts', '--calls', '1', '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.on('data', (piece) => {
      stdout += piece;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ calls: 1, effectsRepeated: 0 });
  }, 60_000);

  it('what it can not read it says', async () => {
    const child = spawn(process.execPath, ['test/handoffs.ts', '--calls', 'many'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.on('data', (piece) => {
      words += piece;
    });
    const [code] = await once(child, 'close');
    expect([code, words]).toEqual([2, expect.stringMatching(/--calls and --seed are whole numbers/)]);
  }, 60_000);
});
