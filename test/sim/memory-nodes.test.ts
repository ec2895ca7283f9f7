import { nodesContract } from '../contracts/nodes.ts';
import { MemoryNodes } from './memory-nodes.ts';

nodesContract('in memory, for the simulation', async () => ({ nodes: new MemoryNodes(), close: async () => {} }));
