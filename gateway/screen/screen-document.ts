import { callerCard } from '../../agents/handoff/caller-card.ts';
import { type BundleDocument, bundleDocument } from '../../store/context/document.ts';
import type { ScreenView } from '../call/ports.ts';

/** What the page of a person shows, for programs. Every key is always there; what is not known is null. Times are ISO 8601, UTC. */
export interface ScreenDocument {
  readonly schema: 1;
  readonly phase: ScreenView['phase'];
  readonly transfer: {
    readonly to: string;
    readonly from: string;
    readonly reason: string;
    readonly requestedAt: string;
  };
  readonly caller: {
    readonly name: string | null;
    readonly nameVerified: boolean;
    readonly company: string | null;
    readonly tier: string | null;
    readonly number: string | null;
  };
  readonly notes: string | null;
  readonly outcome: ScreenView['outcome'];
  readonly bundle: BundleDocument;
}

/** Renders the view of a person as JSON. Pure. */
export const screenDocument = ({ bundle, transfer, phase, notes, outcome }: ScreenView): ScreenDocument => {
  const { name, company, tier, number } = callerCard(bundle);
  return {
    schema: 1,
    phase,
    transfer: { ...transfer, requestedAt: new Date(transfer.requestedAt).toISOString() },
    caller: {
      name: name?.text ?? null,
      nameVerified: name?.verified ?? false,
      company: company?.text ?? null,
      tier: tier?.text ?? null,
      number: number ?? null,
    },
    notes,
    outcome,
    bundle: bundleDocument(bundle),
  };
};
