import { randomBytes } from 'node:crypto';
import { systemClock } from '../../infra/clock.ts';
import { sealingKey } from '../../store/context/seal.ts';
import { TextKeyRing } from '../../store/key-ring.ts';
import { type Vault, vaultOf } from '../../store/vault.ts';
import { memoryTexts } from '../world/memory-texts.ts';

/** A vault with a ring of its own, in memory. */
export const testVault = (): Vault =>
  vaultOf(new TextKeyRing({ sealKeys: [sealingKey(randomBytes(32))], texts: memoryTexts(), clock: systemClock }));
