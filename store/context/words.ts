import type { ContextEvent } from './event.ts';

/**
 * An event without what was said in it: words of caller, agents and persons, and reasons in an agent's words. What happened, when, and what became known of the caller
 * stays. Pure.
 */
export const withoutWords = (event: ContextEvent): ContextEvent => {
  switch (event.type) {
    case 'caller-said':
      return { ...event, text: null };
    case 'agent-said':
      return { ...event, text: '', heardText: '' };
    case 'asked-again':
      return { ...event, sentence: '' };
    case 'handoff-requested':
    case 'handoff-refused':
    case 'transfer-requested':
      return { ...event, reason: '' };
    case 'transfer-ended':
    case 'transfer-noted':
      return { ...event, notes: null };
    case 'callback-requested':
      return { ...event, when: '', reason: '' };
    default:
      return event;
  }
};
