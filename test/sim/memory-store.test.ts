import { contextStoreContract } from '../contracts/context-store.ts';
import { MemoryStore } from './memory-store.ts';

contextStoreContract('in memory, for the simulation', async (clock) => new MemoryStore(clock));
