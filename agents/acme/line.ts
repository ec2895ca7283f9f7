import { z } from 'zod';
import type { LineDefinition } from '../definition.ts';
import { supportLine } from '../line.ts';
import { type BackOfficeSettings, backOffice } from './back-office.ts';
import { billingAgent } from './billing.ts';
import { acmeQuestions } from './questions.ts';
import { supportAgent } from './support.ts';
import { technicalAgent } from './technical.ts';

const userState = z
  .object({
    accountId: z.string(),
    accountName: z.string(),
    accountTier: z.string(),
    accountStatus: z.string(),
    apiKeyStatus: z.string(),
  })
  .partial();

/** What Acme's menu asks before a person, or we, take the call. Nothing in it is checked there, so nothing of it is verified. */
const fromMenu = z.object({
  department: z.enum(['support', 'technical', 'billing']),
  accountId: z.string().regex(/^acct_\w{1,40}$/),
  invoiceMonth: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
});

/**
 * The example line, served when no other is set. A line module exports either a line as its default, or, when it needs
 * settings, a `createLine` like this one.
 */
export const createLine = (settings: BackOfficeSettings): LineDefinition => {
  const line = supportLine({ userState, questions: acmeQuestions });
  const office = backOffice(settings);
  return line.team(
    { support: supportAgent(line, office), technical: technicalAgent(line, office), billing: billingAgent(line, office) },
    {
      name: 'acme',
      start: 'support',
      // Without a number here it comes from THROUGHLINE_HUMANS (human=+…); with none there, no agent offers a person.
      humans: { human: { description: 'a person of the service desk' } },
      callbacks: true,
      intake: { accepts: fromMenu },
      route: ({ facts: { department } }) =>
        department === 'billing' || department === 'technical' ? department : undefined,
    },
  );
};
