import { afterEach, expect, it, vi } from 'vitest';
import type * as Run from '../../agents/tools/run-tool.ts';
import type * as Comforts from '../../gateway/call/comfort.ts';
import type * as Kept from '../../gateway/call/kept-words.ts';
import type * as Switches from '../../gateway/call/switching.ts';
import type { Append, AppendResult } from '../../store/context-store.ts';
import { inTheBackground } from './in-the-background.ts';
import type * as Stores from './sim-store.ts';
import { calm, rough } from './weather.ts';

inTheBackground();

const plants = {
  'a handoff that fails is not rolled back': () =>
    vi.doMock('../../gateway/call/switching.ts', async (original) => {
      const real = await original<typeof Switches>();
      const switching: typeof real.switching = (machine, state, input) => {
        const step = real.switching(machine, state, input);
        const rollsBack = step.effects.some((effect) => effect.type === 'handoff-note' && effect.note.kind === 'failed');
        return rollsBack ? { machine, effects: [] } : step;
      };
      return { ...real, switching };
    }),
  'a tool that runs again': () =>
    vi.doMock('../../agents/tools/run-tool.ts', async (original) => ({
      ...(await original<typeof Run>()),
      earlierResult: () => undefined,
    })),
  'an event that is dropped after a reconnect': () =>
    vi.doMock('./sim-store.ts', async (original) => {
      const real = await original<typeof Stores>();
      class SimStore extends real.SimStore {
        override append = async (batch: Append): Promise<AppendResult> => {
          try {
            return await this.appends(batch);
          } catch {
            return { kind: 'appended' };
          }
        };
      }
      return { ...real, SimStore };
    }),
  'words that two calls keep in one buffer': () =>
    vi.doMock('../../gateway/call/kept-words.ts', async (original) => {
      const real = await original<typeof Kept>();
      const shared = new real.KeptWords(30);
      class KeptWords extends real.KeptWords {
        override get end(): number {
          return shared.end;
        }
        override push(mulaw: Uint8Array): void {
          shared.push(mulaw);
        }
        override replay(position: number, piece: number, take: (mulaw: Uint8Array) => void): void {
          shared.replay(position, piece, take);
        }
      }
      return { ...real, KeptWords };
    }),
  'a timer that nobody cancels': () =>
    vi.doMock('../../gateway/call/comfort.ts', async (original) => {
      const real = await original<typeof Comforts>();
      class Comfort extends real.Comfort {
        override stop(): void {}
      }
      return { ...real, Comfort };
    }),
};

/** What each breaks, among others. */
const breaks: Readonly<Record<keyof typeof plants, RegExp>> = {
  'a handoff that fails is not rolled back': /handoffs were requested/,
  'a tool that runs again': /done twice/,
  'an event that is dropped after a reconnect': /not stored/,
  'words that two calls keep in one buffer': /has to do with calls/,
  'a timer that nobody cancels': /timers are left/,
};

const mostSeeds = 600;

afterEach(() => {
  vi.doUnmock('../../gateway/call/switching.ts');
  vi.doUnmock('../../agents/tools/run-tool.ts');
  vi.doUnmock('./sim-store.ts');
  vi.doUnmock('../../gateway/call/kept-words.ts');
  vi.doUnmock('../../gateway/call/comfort.ts');
  vi.resetModules();
});

it.each(Object.keys(plants) as (keyof typeof plants)[])(
  'a planted fault is found: %s',
  async (name) => {
    vi.resetModules();
    plants[name]();
    const { playHistory } = await import('./history.ts');
    let found: string | undefined;
    for (let seed = 1; seed <= mostSeeds && found === undefined; seed += 1)
      found = (await playHistory(seed, name === 'a handoff that fails is not rolled back' ? calm : rough)).broken.find(
        (text) => breaks[name].test(text),
      );
    expect(found).toMatch(breaks[name]);
  },
  600_000,
);
