import { describe, expect, it } from 'vitest';
import { KillSwitch } from '../../gateway/kill-switch.ts';
import type { SwitchPosition, SwitchStore } from '../../store/kill-switch.ts';
import { FakeClock, settle } from '../world/clock.ts';

/** A store that several processes share, and its line. */
class Shared implements SwitchStore {
  line: 'good' | 'away' | 'silent' = 'good';
  reads = 0;
  position: SwitchPosition | undefined;
  /** What a read that is under way will say when it is let go. */
  held: (() => void)[] = [];
  holds = false;

  async put(position: SwitchPosition): Promise<void> {
    await this.#over();
    this.position = position;
  }

  async get(): Promise<SwitchPosition | undefined> {
    this.reads += 1;
    const seen = this.position;
    if (this.holds) await new Promise<void>((resolve) => this.held.push(resolve));
    await this.#over();
    return this.holds ? seen : this.position;
  }

  async #over(): Promise<void> {
    if (this.line === 'away') throw new Error('cut');
    if (this.line === 'silent') return new Promise(() => {});
  }
}

const world = () => {
  const clock = new FakeClock();
  const store = new Shared();
  const process = (heldOn = false) => {
    const warnings: string[] = [];
    const infos: string[] = [];
    const gauges: number[] = [];
    const killSwitch = new KillSwitch({
      store,
      clock,
      log: { info: (_, text) => infos.push(text), warn: (_, text) => warnings.push(text) },
      metrics: { gauge: (_, value) => gauges.push(value) },
      heldOn,
    });
    return { killSwitch, warnings, infos, gauges };
  };
  return { clock, store, process };
};

describe('the kill switch', () => {
  it('is off until somebody puts it, and every process sees that within five seconds', async () => {
    const { clock, process } = world();
    const [one, other] = [process(), process()];
    await Promise.all([one.killSwitch.start(), other.killSwitch.start()]);
    expect(one.killSwitch.state).toEqual({ on: false, by: null, since: null });
    await one.killSwitch.put(true);
    expect([one.killSwitch.isOn, other.killSwitch.isOn]).toEqual([true, false]);
    await clock.run(5_000);
    expect(other.killSwitch.state).toEqual({ on: true, by: 'api', since: '2026-01-01T00:00:00.000Z' });
    await other.killSwitch.put(false);
    await clock.run(5_000);
    expect(one.killSwitch.state).toEqual({ on: false, by: 'api', since: '2026-01-01T00:00:05.000Z' });
    expect(one.infos).toEqual([expect.stringMatching(/is on/), expect.stringMatching(/is off/)]);
    expect(one.gauges).toEqual([0, 1, 0]);
  });

  it('survives a restart', async () => {
    const { process } = world();
    const before = process();
    await before.killSwitch.start();
    await before.killSwitch.put(true);
    before.killSwitch.stop();
    const after = process();
    await after.killSwitch.start();
    expect(after.killSwitch.isOn).toBe(true);
  });

  it('a store that goes away keeps the last word, which is said once', async () => {
    const { clock, store, process } = world();
    const one = process();
    await one.killSwitch.start();
    await one.killSwitch.put(true);
    store.line = 'away';
    await clock.run(60_000, 500);
    expect(one.killSwitch.isOn).toBe(true);
    expect(one.warnings).toHaveLength(1);
    store.line = 'good';
    store.position = { on: false, since: 'x' };
    await clock.run(5_000, 500);
    expect(one.killSwitch.isOn).toBe(false);
    store.line = 'away';
    await clock.run(5_000, 500);
    expect(one.warnings).toHaveLength(2);
  });

  it.each(['away', 'silent'] as const)(
    'a process that starts while the store is %s takes calls, after a second at most',
    async (line) => {
      const { clock, store, process } = world();
      store.line = line;
      store.position = { on: true, since: 'x' };
      const one = process();
      let started = false;
      void one.killSwitch.start().then(() => {
        started = true;
      });
      await clock.run(1_000, 100);
      expect([started, one.killSwitch.isOn]).toEqual([true, false]);
      if (line === 'silent') return;
      expect(one.warnings).toEqual([expect.stringMatching(/could not be looked up/)]);
      store.line = 'good';
      await clock.run(5_000, 100);
      expect(one.killSwitch.isOn).toBe(true);
    },
  );

  it('a look that began before it was put does not put it back', async () => {
    const { clock, store, process } = world();
    const one = process();
    await one.killSwitch.start();
    store.holds = true;
    await clock.run(2_000, 500);
    await one.killSwitch.put(true);
    for (const letGo of store.held) letGo();
    await settle();
    expect(one.killSwitch.isOn).toBe(true);
  });

  it('the setting holds it on: the API can not put it off, but what it puts stays', async () => {
    const { process, store } = world();
    const held = process(true);
    await held.killSwitch.start();
    expect(held.killSwitch.state).toEqual({ on: true, by: 'setting', since: '2026-01-01T00:00:00.000Z' });
    expect(await held.killSwitch.put(false)).toBe('held');
    expect(store.position).toBeUndefined();
    expect(await held.killSwitch.put(true)).toBe('put');
    expect(store.position).toMatchObject({ on: true });
  });

  it('while the store is away it can not be put, and stays', async () => {
    const { store, process } = world();
    const one = process();
    await one.killSwitch.start();
    store.line = 'away';
    await expect(one.killSwitch.put(true)).rejects.toThrow('cut');
    expect(one.killSwitch.isOn).toBe(false);
  });

  it('asks no more once it is stopped, and leaves no timer', async () => {
    const { clock, store, process } = world();
    const one = process();
    await one.killSwitch.start();
    one.killSwitch.stop();
    const { reads } = store;
    await clock.run(10_000, 500);
    expect([store.reads, clock.pending]).toEqual([reads, 0]);
  });
});
