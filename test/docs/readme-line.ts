import { z } from 'zod';
import { tool } from '../../agents/definition.ts';
import { supportLine } from '../../agents/line.ts';

const office = 'https://office.example.com';
const account = z.object({ tier: z.string(), status: z.string() });

const checkAccountStatus = tool({
  description: "Look up the caller's account: plan (tier) and status.",
  input: z.object({}),
  effect: 'reads',
  async run(_, { call, signal }) {
    const response = await fetch(`${office}/accounts/by-phone/${encodeURIComponent(call.from)}`, { signal });
    if (!response.ok) throw new Error('The account system could not answer that.');
    return account.parse(await response.json());
  },
  learns: ({ tier, status }) => ({ accountTier: tier, accountStatus: status }),
});

/** A line module exports `createLine`, or a line as its default. */
export const createLine = () => {
  const line = supportLine({ userState: z.object({ accountTier: z.string(), accountStatus: z.string() }).partial() });

  const support = line.agent({
    voice: 'marin',
    greeting: 'Welcome to Acme support. I am an AI assistant. How can I help you today?',
    instructions: 'You are the first line of support of Acme. Look the account up before you guess.',
    tools: { checkAccountStatus },
    handoffs: { technical: 'API integration problems, SDK errors' },
  });
  const technical = line.agent({
    voice: 'cedar',
    expertise: ['API key', 'SDK', '401'],
    accepts: z.object({ symptom: z.string().optional().describe('The error that the caller sees') }),
    instructions: 'You are the technical specialist of Acme. Say one step at a time and let the caller try it.',
    handoffs: { support: 'accounts, plans, logins and everything else' },
  });
  return line.team({ support, technical }, { name: 'acme', start: 'support' });
};
