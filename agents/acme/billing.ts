import { z } from 'zod';
import { ThroughlineError } from '../../infra/errors.ts';
import { capture, payment, tool } from '../definition.ts';
import type { SupportLine } from '../line.ts';
import { callersAccount } from './account.ts';
import type { BackOffice } from './back-office.ts';

const getInvoices = (office: BackOffice) =>
  tool({
    description: "List the invoices of the caller's account, with amounts and whether they are paid.",
    input: z.object({}),
    effect: 'reads',
    async run(_, context) {
      const account = await callersAccount(office, undefined, context);
      const { invoices } = await office.invoices(account.id, context.signal);
      return { invoices: invoices.map(({ lines: _, ...invoice }) => invoice) };
    },
    learns: ({ invoices: [newest] }) => ({ latestInvoice: newest?.number, latestInvoiceStatus: newest?.status }),
  });

const explainCharge = (office: BackOffice) =>
  tool({
    description: 'Show the single positions of one invoice.',
    input: z.object({ invoiceNumber: z.string().min(1).max(40) }),
    effect: 'reads',
    async run({ invoiceNumber }, context) {
      const account = await callersAccount(office, undefined, context);
      const { invoices } = await office.invoices(account.id, context.signal);
      const invoice = invoices.find(({ number }) => number === invoiceNumber);
      if (invoice !== undefined) return invoice;
      throw new ThroughlineError('not-found', 'This account has no invoice of that number.');
    },
  });

/** A number can be forged, a PIN not so easily. Nobody but the back office sees it. */
const verifyPin = (office: BackOffice) =>
  capture({
    description: 'Verify who is calling by the PIN of their account.',
    length: { min: 4, max: 8 },
    async check(pin, context) {
      const account = await callersAccount(office, undefined, context);
      return office.verifyPin(account.id, pin, context.signal);
    },
    // A wrong PIN teaches nothing: the caller may try again.
    learns: ({ verified }) => ({ pinVerified: verified ? true : undefined }),
  });

/** The back office says what is open; it hears of the payment from the processor, as it does of every other. */
const payInvoice = (office: BackOffice) =>
  payment({
    description: "Take the payment of an open invoice of the caller's account.",
    input: z.object({ invoiceNumber: z.string().min(1).max(40) }),
    async charge({ invoiceNumber }, context) {
      const account = await callersAccount(office, undefined, context);
      const { invoices } = await office.invoices(account.id, context.signal);
      const invoice = invoices.find(({ number }) => number === invoiceNumber);
      if (invoice === undefined) throw new ThroughlineError('not-found', 'This account has no invoice of that number.');
      if (invoice.status === 'paid') throw new ThroughlineError('already-paid', 'This invoice is paid already.');
      return {
        amount: invoice.amount.toFixed(2),
        currency: invoice.currency,
        description: `Invoice ${invoice.number}`,
      };
    },
    learns: ({ confirmationCode }) => ({ paymentConfirmation: confirmationCode ?? undefined }),
  });

/** The specialist for money. */
export const billingAgent = (line: SupportLine, office: BackOffice) =>
  line.agent({
    voice: 'sage',
    expertise: ['invoice', 'charge', 'refund', 'billing', 'payment'],
    accepts: z.object({
      invoiceNumber: z.string().max(40).optional().describe('The invoice that the caller means, if known'),
    }),
    instructions: `You are the billing specialist of Acme.
- Call getInvoices before you speak of amounts; explain a charge with explainCharge, position by position, only as far as the caller wants it.
- To an invoice that is open, offer to take the payment now, and after a yes call payInvoice.
- You can explain charges but not change them. For a refund, call verifyPin first, unless pinVerified is a verified fact; then say that a colleague will decide within two working days, and remember what the caller wants.`,
    tools: {
      getInvoices: getInvoices(office),
      explainCharge: explainCharge(office),
      verifyPin: verifyPin(office),
      payInvoice: payInvoice(office),
    },
    handoffs: {
      support: 'accounts, API keys, logins and everything else',
      technical: 'API integration problems, SDK errors',
      human: 'the caller asks for a person, or nothing that you can do helps',
    },
  });
