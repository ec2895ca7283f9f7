/** Deepest nesting that is parsed. `JSON.parse` alone takes 100,000 levels, which later overflow whoever walks the value. */
const maxDepth = 32;

const poisoned = new Set(['__proto__', 'constructor', 'prototype']);

/** Deepest nesting of brackets outside strings. */
const depthOf = (text: string): number => {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString && code === 0x5c) at += 1;
    else if (code === 0x22) inString = !inString;
    else if (!inString) {
      depth += step(code);
      deepest = Math.max(deepest, depth);
    }
  }
  return deepest;
};

const step = (code: number): number => {
  if (code === 0x7b || code === 0x5b) return 1;
  return code === 0x7d || code === 0x5d ? -1 : 0;
};

const isPoisoned = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => poisoned.has(key) || isPoisoned(inner));
};

/** Parses JSON from outside. `undefined`: not JSON, nested too deep, or with keys that reach for a prototype. */
export const parseJson = (text: string): unknown => {
  if (depthOf(text) > maxDepth) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isPoisoned(value) ? undefined : value;
  } catch {
    return undefined;
  }
};
