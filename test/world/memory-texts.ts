import type { ListedTexts } from '../../store/texts.ts';

/** Texts in memory: for whole calls on a fake clock, where a real store would need real time. */
export const memoryTexts = (): ListedTexts => {
  const kept = new Map<string, string>();
  return {
    put: async (key, text) => {
      kept.set(key, text);
    },
    putFirst: async (key, text) => {
      const stands = kept.get(key) ?? text;
      kept.set(key, stands);
      return stands;
    },
    get: async (key) => kept.get(key),
    swap: async (key, before, after) => {
      if (kept.get(key) !== before) return false;
      kept.set(key, after);
      return true;
    },
    page: async () => ({ keys: [...kept.keys()] }),
    drop: async (keys) => {
      for (const key of keys) kept.delete(key);
    },
  };
};
