import type { AskOptions } from '../session.ts';
import { sortError } from './lifecycle.ts';

/** A wish for a response. `attempt` counts how often it was tried: from 1. */
export interface Wish {
  readonly options: AskOptions;
  readonly attempt: number;
}

/** The response that has the slot. `wish`: the one it fulfils, if we asked for it. */
interface Running {
  readonly response: string;
  readonly wish: Wish | undefined;
  /** Taken for ours on the mere appearance; a refusal of that create shows that it was not. */
  readonly guess: string | undefined;
  readonly cancelling: boolean;
}

/** A `response.create` on its way: neither acknowledged nor refused. */
interface Sent {
  readonly mark: string;
  readonly wish: Wish;
  /** Cancelled while under way: to be cancelled as soon as it starts, and not to be sent again. */
  readonly unwanted: boolean;
  /** Refused because of a response that we have not seen: held back until some response ends, or the deadline. */
  readonly refused: boolean;
}

/**
 * The response slot of a session. `sent` beside `running` is legal: a response of the VAD overtook our create, which will be
 * refused, or started later.
 */
export interface Slot {
  readonly running: Running | undefined;
  readonly sent: Sent | undefined;
  readonly waiting: Wish | undefined;
  /** Creates sent so far: the number in their marks. */
  readonly serial: number;
  /** This server has echoed a mark, so a response without one is not ours. */
  readonly echoes: boolean;
  /** The caller's turn was committed and the VAD will create a response. */
  readonly turnOwed: boolean;
}

export type SlotInput =
  | { readonly type: 'response-asked'; readonly options: AskOptions }
  | { readonly type: 'cancel-asked' }
  /** Only when the VAD is to answer it. */
  | { readonly type: 'turn-committed' }
  | { readonly type: 'response-created'; readonly response: string; readonly mark: string | undefined }
  /** Frees the slot but sends nothing: `slot-checked` does, after the listeners had their say. */
  | {
      readonly type: 'response-done';
      readonly response: string;
      readonly mark: string | undefined;
      readonly failure: string | undefined;
    }
  | { readonly type: 'create-refused'; readonly mark: string; readonly code: string }
  | { readonly type: 'deadline-passed'; readonly mark: string }
  | { readonly type: 'slot-checked' };

export type SlotEffect =
  | { readonly type: 'send-create'; readonly mark: string; readonly options: AskOptions }
  | { readonly type: 'send-cancel'; readonly response: string }
  /** A wish was given up. `why` is fit for a counter. */
  | { readonly type: 'drop-wish'; readonly why: string; readonly code?: string };

export interface SlotStep {
  readonly slot: Slot;
  readonly effects: readonly SlotEffect[];
}

export const freeSlot: Slot = {
  running: undefined,
  sent: undefined,
  waiting: undefined,
  serial: 0,
  echoes: false,
  turnOwed: false,
};

/** How long a create may stay without an answer before it counts as lost. */
export const createDeadlineMs = 10_000;
const attemptsAllowed = 2;

const only = (slot: Slot): SlotStep => ({ slot, effects: [] });

/** Sends the wish that waits if nothing holds the slot. */
const flush = (slot: Slot, before: readonly SlotEffect[] = []): SlotStep => {
  const { waiting } = slot;
  if (waiting === undefined || slot.running !== undefined || slot.sent !== undefined) return { slot, effects: before };
  const serial = slot.serial + 1;
  const mark = `ask-${serial}`;
  const sent = { mark, wish: waiting, unwanted: false, refused: false };
  const create = { type: 'send-create', mark, options: waiting.options } as const;
  return { slot: { ...slot, sent, waiting: undefined, serial }, effects: [...before, create] };
};

interface Again {
  readonly attempt: number;
  readonly why: string;
  /** The server's. */
  readonly code?: string;
}

/** Takes a create back. Its wish waits again unless it is unwanted, a newer one waits, or it was tried often enough. */
const takeBack = (slot: Slot, sent: Sent, again: Again): SlotStep => {
  const without = { ...slot, sent: undefined };
  if (sent.unwanted || slot.waiting !== undefined) return only(without);
  const { attempt, ...why } = again;
  if (attempt > attemptsAllowed) return { slot: without, effects: [{ type: 'drop-wish', ...why }] };
  return only({ ...without, waiting: { ...sent.wish, attempt } });
};

const then = (step: SlotStep): SlotStep => flush(step.slot, step.effects);

const cancelAsked = (slot: Slot): SlotStep => {
  const sent = slot.sent === undefined ? undefined : { ...slot.sent, unwanted: true };
  const { running } = slot;
  if (running === undefined || running.cancelling) return only({ ...slot, sent, waiting: undefined });
  return {
    slot: { ...slot, sent, waiting: undefined, running: { ...running, cancelling: true } },
    effects: [{ type: 'send-cancel', response: running.response }],
  };
};

/** A response without a mark is ours if we asked, no server turn is owed and this server is not known to echo marks. */
const isOurs = (slot: Slot, mark: string | undefined): boolean => {
  if (slot.sent === undefined) return false;
  return mark === undefined ? !slot.echoes && !slot.turnOwed : mark === slot.sent.mark;
};

/** A create that we had given up comes to life after all: it stands for the one that was sent, or waits, in its place. */
const overtakenByOwn = (slot: Slot): Slot => ({
  ...slot,
  sent: slot.sent === undefined ? undefined : { ...slot.sent, unwanted: true },
  waiting: (slot.waiting?.attempt ?? 1) > 1 ? undefined : slot.waiting,
});

const responseCreated = (slot: Slot, response: string, mark: string | undefined): SlotStep => {
  if (slot.running?.response === response) return only(slot);
  const echoes = slot.echoes || mark !== undefined;
  const { sent } = slot;
  if (sent !== undefined && isOurs(slot, mark)) {
    const guess = mark === undefined ? sent.mark : undefined;
    const running = { response, wish: sent.wish, guess, cancelling: sent.unwanted };
    const effects = sent.unwanted ? [{ type: 'send-cancel', response } as const] : [];
    return { slot: { ...slot, running, sent: undefined, echoes }, effects };
  }
  if (mark === undefined) {
    const running = { response, wish: undefined, guess: undefined, cancelling: false };
    return only({ ...slot, running, turnOwed: false });
  }
  const running = { response, wish: { options: {}, attempt: attemptsAllowed }, guess: undefined, cancelling: false };
  return only({ ...overtakenByOwn(slot), running, echoes });
};

/** What is asked again by itself when the model side failed: once, and only what we had asked for. */
const askedAgain = (running: Running | undefined, failure: string | undefined): Wish | undefined => {
  if (failure !== 'server_error' || running?.wish === undefined || running.cancelling) return undefined;
  return running.wish.attempt < attemptsAllowed ? { ...running.wish, attempt: running.wish.attempt + 1 } : undefined;
};

const responseDone = (slot: Slot, input: Extract<SlotInput, { type: 'response-done' }>): SlotStep => {
  const freed =
    slot.sent?.refused === true ? takeBack(slot, slot.sent, { attempt: slot.sent.wish.attempt, why: '' }).slot : slot;
  if (freed.running?.response === input.response) {
    const waiting = freed.waiting ?? askedAgain(freed.running, input.failure);
    // A turn committed while it ran got no response of its own: the server had none to give.
    return only({ ...freed, running: undefined, waiting, turnOwed: false });
  }
  // The end of a response whose beginning was never seen: if it is ours, the create has had its answer.
  const answered = input.mark !== undefined && input.mark === freed.sent?.mark;
  return only(answered ? { ...freed, sent: undefined } : freed);
};

const createRefused = (slot: Slot, sent: Sent, code: string): SlotStep => {
  if (code !== 'conversation_already_has_active_response') {
    const attempt = sortError(code) === 'retry' ? sent.wish.attempt + 1 : Number.POSITIVE_INFINITY;
    return then(takeBack(slot, sent, { attempt, why: 'refused', code }));
  }
  if (slot.running === undefined && !sent.unwanted) return only({ ...slot, sent: { ...sent, refused: true } });
  return then(takeBack(slot, sent, { attempt: sent.wish.attempt, why: '' }));
};

/** The running response was not ours after all: our wish waits for its end. */
const guessedWrong = (slot: Slot, running: Running): SlotStep => {
  const waiting = running.cancelling ? slot.waiting : (slot.waiting ?? running.wish);
  return only({ ...slot, waiting, running: { ...running, wish: undefined, guess: undefined } });
};

/** The one place where responses are put in order. Late and unknown inputs change nothing. */
export const stepSlot = (slot: Slot, input: SlotInput): SlotStep => {
  switch (input.type) {
    case 'response-asked':
      return flush({ ...slot, waiting: { options: input.options, attempt: 1 } });
    case 'cancel-asked':
      return cancelAsked(slot);
    case 'turn-committed':
      return only({ ...slot, turnOwed: true });
    case 'response-created':
      return responseCreated(slot, input.response, input.mark);
    case 'response-done':
      return responseDone(slot, input);
    case 'create-refused':
      if (slot.running?.guess === input.mark) return guessedWrong(slot, slot.running);
      return slot.sent?.mark === input.mark ? createRefused(slot, slot.sent, input.code) : only(slot);
    case 'deadline-passed': {
      const { sent } = slot;
      if (sent?.mark !== input.mark) return only(slot);
      return then(takeBack(slot, sent, { attempt: sent.wish.attempt + 1, why: 'unanswered' }));
    }
    case 'slot-checked':
      return flush(slot);
  }
};
