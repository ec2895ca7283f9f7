import type { ShownSuggestion } from '../../../gateway/console/suggestions.ts';
import type { Side } from '../../../store/suggestions/effect.ts';

/** A new suggestion, but for what is told. */
export const suggestionWith = (told: Partial<ShownSuggestion> = {}): ShownSuggestion => ({
  id: '0123456789abcdef',
  line: 'acme',
  category: 'API key',
  from: 'support',
  to: 'technical',
  n: 405,
  k: 347,
  share: 347 / 405,
  savesMs: 65_000,
  period: { from: '2025-12-02T00:00:00.000Z', until: '2026-01-01T00:00:00.000Z' },
  interval: { low: 0.82, high: 0.89 },
  text: 'for programs',
  decided: { state: 'open' },
  ...told,
});

const share = (n: number, of: number) => ({ n, of, share: of === 0 ? null : n / of });

/** One side of an effect. */
export const sideWith = (calls: number, direct: number, handleMs: number): Side => ({
  from: '2025-12-02T00:00:00.000Z',
  until: '2026-01-01T00:00:00.000Z',
  calls,
  isAll: true,
  direct: share(direct, calls),
  handleMs: { n: calls, p50: handleMs },
  handoffs: { n: calls, total: calls - direct, perCall: calls === 0 ? null : (calls - direct) / calls },
  resolved: share(Math.floor(calls / 2), calls),
  specialistMs: { n: calls, p50: handleMs / 2 },
});
