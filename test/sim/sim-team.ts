import { z } from 'zod';
import { capture, type LineDefinition, tool } from '../../agents/definition.ts';
import { requireLine, supportLine } from '../../agents/line.ts';
import type { CallId } from '../../infra/brand.ts';
import type { ProcessClock } from './process-clock.ts';

/** A run of a tool that can't be undone. */
export interface Effect {
  readonly process: string;
  readonly callId: CallId;
  readonly key: string;
  outcome: 'running' | 'done' | 'failed';
}

/** A tool that runs, and ends by the simulation's hand. */
export interface Run {
  readonly settle: (works: boolean) => void;
}

export interface TeamWorld {
  readonly runs: Run[];
  readonly effects: Effect[];
}

/** Where the tools of a line run. */
interface Place {
  world: TeamWorld;
  clock: ProcessClock;
}

/** A line takes longer to make than a history to play: the first process of the next history gets that of the last one's first. */
const made = new Map<string, { readonly line: LineDefinition; readonly place: Place }>();

/** The line as one process has it. */
export const simTeam = (world: TeamWorld, process: string, clock: ProcessClock): LineDefinition => {
  const known = made.get(process);
  if (known !== undefined) {
    Object.assign(known.place, { world, clock });
    return known.line;
  }
  const place = { world, clock };
  const line = makeTeam(process, place);
  made.set(process, { line, place });
  return line;
};

const makeTeam = (process: string, place: Place): LineDefinition => {
  const line = supportLine();
  const waits = (): Promise<object> => {
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const { clock, world } = place;
    const settle = (works: boolean) => clock.arrives(() => (works ? resolve({ tier: 'Pro' }) : reject(new Error('no'))));
    world.runs.push({ settle });
    return promise;
  };
  const resets = async (callId: CallId, key: string): Promise<object> => {
    const effect: Effect = { process, callId, key, outcome: 'running' };
    place.world.effects.push(effect);
    try {
      const result = await waits();
      effect.outcome = 'done';
      return result;
    } catch (error) {
      effect.outcome = 'failed';
      throw error;
    }
  };
  const tools = {
    look: tool({
      description: 'looks',
      input: z.object({}),
      effect: 'reads',
      run: waits,
      learns: () => ({ tier: 'Pro' }),
    }),
    reset: tool({
      description: 'resets',
      input: z.object({ key: z.string() }),
      effect: 'irreversible',
      run: ({ key }, { call }) => resets(call.callId, key),
    }),
    pin: capture({ description: 'asks', length: { min: 2, max: 3 }, check: waits }),
  };
  const about = { voice: 'marin', instructions: 'Help.', tools };
  return requireLine(
    line.team(
      {
        support: line.agent({ ...about, handoffs: { technical: 'hard ones', billing: 'invoices' } }),
        technical: line.agent({
          ...about,
          expertise: ['key', '401'],
          accepts: z.object({ symptom: z.string().optional() }),
          handoffs: { support: 'else', billing: 'invoices' },
        }),
        billing: line.agent({ ...about, handoffs: { support: 'else', technical: 'hard ones' } }),
      },
      { start: 'support', name: 'sim' },
    ),
  );
};
