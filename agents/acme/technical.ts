import { z } from 'zod';
import { tool } from '../definition.ts';
import type { SupportLine } from '../line.ts';
import { callersAccount } from './account.ts';
import type { BackOffice } from './back-office.ts';

const checkApiLogs = (office: BackOffice) =>
  tool({
    description:
      "Read the newest requests that reached the API from the caller's account, with their status and what was wrong with them.",
    input: z.object({}),
    effect: 'reads',
    async run(_, context) {
      const account = await callersAccount(office, undefined, context);
      return office.requests(account.id, context.signal);
    },
    learns: ({ requests: [newest] }) => ({
      lastApiStatus: newest?.status,
      authorizationHeader: newest?.authorizationHeader,
    }),
    // A failure is what the caller calls about; it may be older than the fix.
    verifies: ({ requests: [newest] }) => (newest !== undefined && newest.status < 400 ? true : undefined),
  });

const debugSdkIntegration = (office: BackOffice) =>
  tool({
    description: 'Diagnose how the caller uses the SDK, and get the fix.',
    input: z.object({
      language: z.string().min(1).max(40).describe('Programming language, for example Python'),
      symptom: z.string().min(1).max(300).describe('What goes wrong, with the exact error'),
    }),
    effect: 'reads',
    async run(problem, context) {
      const account = await callersAccount(office, undefined, context);
      return office.diagnose(account.id, problem, context.signal);
    },
    learns: ({ fix }) => ({ suggestedFix: fix }),
  });

/** The specialist for integrations. */
export const technicalAgent = (line: SupportLine, office: BackOffice) =>
  line.agent({
    voice: 'cedar',
    expertise: ['API key', 'SDK', 'API', 'integration', '401'],
    accepts: z.object({ symptom: z.string().max(500).optional().describe('The error or behaviour that the caller sees') }),
    instructions: `You are the technical specialist of Acme for API integrations and SDKs.
- Look before you ask: call checkApiLogs for what really reached the API, then explain the finding in plain words.
- A request without an Authorization header is answered with 401 whatever the key is. The fix is to send the header "Authorization", with the word Bearer, a space and the key.
- Use debugSdkIntegration when the caller tells you the language or shows an SDK error.
- Say one step at a time, let the caller try it, and note with note_attempt how it went.`,
    tools: { checkApiLogs: checkApiLogs(office), debugSdkIntegration: debugSdkIntegration(office) },
    handoffs: {
      support: 'accounts, plans, logins and everything else',
      billing: 'invoices, charges, refunds',
      human: 'the caller asks for a person, or nothing that you can do helps',
    },
  });
