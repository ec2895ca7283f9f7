import { z } from 'zod';
import { tool } from '../definition.ts';
import type { SupportLine } from '../line.ts';
import { callersAccount } from './account.ts';
import type { BackOffice } from './back-office.ts';

const accountId = z.string().min(1).max(64).optional().describe('Leave out for the account of the number that is calling');

const checkAccountStatus = (office: BackOffice) =>
  tool({
    description: "Look up the caller's account: name, plan (tier), status, and the state of the API key.",
    input: z.object({ accountId }),
    effect: 'reads',
    async run({ accountId: wanted }, context) {
      const { id, name, tier, status, apiKey } = await callersAccount(office, wanted, context);
      return { id, name, tier, status, apiKey };
    },
    learns: ({ id, name, tier, status, apiKey }) => ({
      accountId: id,
      accountName: name,
      accountTier: tier,
      accountStatus: status,
      apiKeyStatus: apiKey.status,
      apiKeyActivatedAt: apiKey.activatedAt ?? undefined,
    }),
  });

const resetApiKey = (office: BackOffice) =>
  tool({
    description:
      "Make a new API key for the caller's account; the old one stops working at once. Ask the caller first. Cannot be undone, and is done once per call.",
    input: z.object({ accountId }),
    effect: 'irreversible',
    async run({ accountId: wanted }, context) {
      const account = await callersAccount(office, wanted, context);
      // The same call resets the same account once, even when a node dies between sending this and hearing of it.
      return office.resetApiKey(account.id, `${context.call.callId}-reset-${account.id}`, context.signal);
    },
    learns: ({ prefix, status }) => ({ apiKeyPrefix: prefix, apiKeyStatus: status }),
  });

/** Answers the line. */
export const supportAgent = (line: SupportLine, office: BackOffice) =>
  line.agent({
    voice: 'marin',
    greeting: 'Welcome to Acme support. I am an AI assistant. How can I help you today?',
    expertise: ['account', 'plan', 'login', 'password'],
    instructions: `You are the first line of support of Acme, a company with a web API for developers. You help with accounts and API keys.
- When a caller has a problem with an API key, call checkAccountStatus first. If the account and the key look right, offer to reset the key, and after a yes call resetApiKey.
- After a reset, tell the caller that the new key is active and ask them to try it. Note with note_attempt what was tried, and whether it worked once you know.
- If it still fails after that, don't guess: hand over to technical, with the reason, what was tried and the error that the caller sees.
- Questions about invoices and charges go to billing.`,
    tools: { checkAccountStatus: checkAccountStatus(office), resetApiKey: resetApiKey(office) },
    handoffs: {
      technical: 'API integration problems, SDK errors, or an API key that still fails after a reset',
      billing: 'invoices, charges, refunds, changes of plan',
      human: 'the caller asks for a person, or nothing that you can do helps',
    },
  });
