import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SwitchStore } from '../../store/kill-switch.ts';

export interface OpenedSwitch {
  readonly killSwitch: SwitchStore;
  /** The same switch, as another process has it. */
  readonly elsewhere: SwitchStore;
  /** Ten years go by. */
  yearsPass(): Promise<void>;
  close(): Promise<void>;
}

/** What every SwitchStore does. */
export const switchStoreContract = (name: string, open: () => Promise<OpenedSwitch>): void => {
  describe(`SwitchStore: ${name}`, () => {
    let opened: OpenedSwitch;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('nobody ever put it', async () => {
      expect(await opened.killSwitch.get()).toBeUndefined();
    });

    it('is as it was put last, for everybody', async () => {
      const [on, off] = [
        { on: true, since: '2026-01-01T00:00:00.000Z' },
        { on: false, since: '2026-01-02T00:00:00.000Z' },
      ];
      await opened.killSwitch.put(on);
      expect(await opened.elsewhere.get()).toEqual(on);
      await opened.elsewhere.put(off);
      expect(await opened.killSwitch.get()).toEqual(off);
    });

    it('does not turn itself off', async () => {
      const on = { on: true, since: '2026-01-01T00:00:00.000Z' };
      await opened.killSwitch.put(on);
      await opened.yearsPass();
      expect(await opened.elsewhere.get()).toEqual(on);
    });
  });
};
