import { describe, expect, it } from 'vitest';
import { SilenceWatch } from '../../../gateway/fleet/silence.ts';

const sign = (node: string, beat: number) => ({ node, beat, address: `${node}:1`, takesCalls: true });

/** Looks every half second, each answered 20 ms later: what is silent at each. */
const looks = (watch: SilenceWatch, from: number, beats: readonly (readonly [string, number])[][]): string[] =>
  beats.map((signs, index) => {
    const askedAt = from + 500 * index;
    const silent = watch.look(
      signs.map(([node, beat]) => sign(node, beat)),
      askedAt,
      askedAt + 20,
    );
    return silent.map(({ node }) => node).join();
  });

describe('who is silent', () => {
  it('is who stands still for two seconds, and not before', () => {
    const watch = new SilenceWatch('me');
    const still = Array.from({ length: 7 }, () => [['other', 9]] as [string, number][]);
    expect(looks(watch, 0, still)).toEqual(['', '', '', '', '', 'other', 'other']);
  });

  it('is nobody who moves, however slowly', () => {
    const watch = new SilenceWatch('me');
    const slow = [1, 1, 1, 2, 2, 2, 3, 3, 3, 4].map((beat) => [['other', beat]] as [string, number][]);
    expect(looks(watch, 0, slow).join('')).toBe('');
  });

  it('is never this process itself', () => {
    const watch = new SilenceWatch('me');
    const still = Array.from({ length: 9 }, () => [['me', 1]] as [string, number][]);
    expect(looks(watch, 0, still).join('')).toBe('');
  });

  it('is nobody for two seconds after the store was away', () => {
    const watch = new SilenceWatch('me');
    const still = Array.from({ length: 4 }, () => [['other', 9]] as [string, number][]);
    expect(looks(watch, 0, still)).toEqual(['', '', '', '']);
    watch.isBlind();
    expect(looks(watch, 2_000, still)).toEqual(['', '', '', '']);
    expect(looks(watch, 4_000, still)[1]).toBe('other');
  });

  it('is nobody for two seconds after this process slept itself', () => {
    const watch = new SilenceWatch('me');
    const still = Array.from({ length: 4 }, () => [['other', 9]] as [string, number][]);
    looks(watch, 0, still);
    expect(looks(watch, 60_000, still)).toEqual(['', '', '', '']);
  });
});
