import { epoch } from '../../infra/brand.ts';
import type { ContextFact } from '../../store/context/event.ts';

type Committed = Extract<ContextFact, { type: 'handoff-committed' }>;

/** A handoff from support to technical that took no time and carried nothing, but for what is told. */
export const committed = (number: number, told: Partial<Committed> = {}): Committed => ({
  type: 'handoff-committed',
  epoch: epoch(number),
  from: 'support',
  to: 'technical',
  switchMs: 0,
  configuredMs: 0,
  firstAudioMs: 0,
  foreseen: false,
  silenceMs: 0,
  keptMs: 0,
  factsCarried: 0,
  briefingTokens: 0,
  leftOut: [],
  ...told,
});
