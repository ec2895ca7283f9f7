import { getPriority, setPriority } from 'node:os';
import { afterAll, beforeAll } from 'vitest';

/** Work of minutes that no clock but its own can hurry gives way to tests that play in real time beside it. */
export const inTheBackground = (): void => {
  const before = getPriority();
  beforeAll(() => setPriority(15));
  afterAll(() => {
    try {
      setPriority(before);
    } catch {
      // Only root may hurry again; whatever this process runs next is slower then, and as right.
    }
  });
};
