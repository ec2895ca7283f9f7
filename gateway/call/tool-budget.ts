import type { Epoch } from '../../infra/brand.ts';

/** So many tools of its own may an agent run before the caller says something again, and so many calls of any kind may it make. */
const mostRunsInTurn = 8;
const mostCallsInTurn = 40;
/** The same for a whole call: far more than an hour of work takes. */
const mostRunsInCall = 300;
const mostCallsInCall = 1_500;
/** After so many responses in a row that only called tools nothing is run any more until the agent says something. */
const mostSilentRounds = 8;
/** After so many of them, or so many responses in a turn that called what they may not, the model is taken for stuck. */
const stuckRounds = 12;
const mostRefusedRounds = 4;
/** A call whose models are stuck so often is given up: people are next, or words. */
const mostStuck = 2;

/** `speak-first`: not before the agent, or the caller, has spoken. `used-up`: not in this call any more. */
type Allowance = 'yes' | 'speak-first' | 'used-up';

/** How much models may do with tools. What they spend counts for the call, whichever session spends it. */
export class ToolBudget {
  #inTurn = { runs: 0, calls: 0, refused: new Set<string>() };
  #runs = 0;
  #calls = 0;
  #stuck = 0;
  /** Responses in a row that called tools and said nothing, per session. */
  readonly #silentRounds = new Map<Epoch, number>();

  /** One more call of a response. `isRun`: a tool of the agent's own shall run. */
  spend(epoch: Epoch, response: string, isRun: boolean): Allowance {
    const allowed = this.#allows(epoch, isRun);
    this.#inTurn.calls += 1;
    this.#calls += 1;
    if (allowed !== 'yes') this.#inTurn.refused.add(response);
    else if (isRun) {
      this.#inTurn.runs += 1;
      this.#runs += 1;
    }
    return allowed;
  }

  #allows(epoch: Epoch, isRun: boolean): Allowance {
    const { runs, calls } = this.#inTurn;
    if ((isRun && this.#runs >= mostRunsInCall) || this.#calls >= mostCallsInCall) return 'used-up';
    const isTooMuch = (isRun && runs >= mostRunsInTurn) || calls >= mostCallsInTurn;
    return isTooMuch || this.#roundsOf(epoch) >= mostSilentRounds ? 'speak-first' : 'yes';
  }

  /** The caller said or pressed something new, or another agent has them. */
  turnBegan(): void {
    this.#inTurn = { runs: 0, calls: 0, refused: new Set() };
  }

  /** A response that called tools is over. */
  roundEnded(epoch: Epoch, spoke: boolean): void {
    if (!spoke) this.#silentRounds.set(epoch, this.#roundsOf(epoch) + 1);
  }

  /** The agent, or the caller to it, has spoken; or its session is gone. */
  spoken(epoch: Epoch): void {
    this.#silentRounds.delete(epoch);
  }

  #roundsOf(epoch: Epoch): number {
    return this.#silentRounds.get(epoch) ?? 0;
  }

  /** Whether this session shall only speak now. */
  isSpent(epoch: Epoch): boolean {
    return this.#roundsOf(epoch) >= mostSilentRounds || this.#inTurn.refused.size > 0;
  }

  /** Whether the model goes on and on although it was told. `for-good`: another session would not help either. */
  stuck(epoch: Epoch): 'no' | 'yes' | 'for-good' {
    const { refused } = this.#inTurn;
    if (this.#roundsOf(epoch) < stuckRounds && refused.size < mostRefusedRounds) return 'no';
    refused.clear();
    this.#stuck += 1;
    return this.#stuck < mostStuck ? 'yes' : 'for-good';
  }
}
