import type { SuggestionsDeps } from '../../gateway/http/suggestions-api.ts';

const none = async () => ({ kind: 'refused', status: 404, why: 'no such suggestion' }) as const;

/** Of a console that has no suggestions. */
export const noSuggestions: SuggestionsDeps['suggestions'] = {
  list: async () => ({}),
  calls: async () => undefined,
  accept: none,
  dismiss: none,
  withdraw: none,
};
