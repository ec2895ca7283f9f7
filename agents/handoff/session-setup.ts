import type { Cause } from '../../store/context/event.ts';
import type { AgentDefinition, LineDefinition } from '../definition.ts';
import type { HistoryItem, SessionSetup, ToolDeclaration } from '../session.ts';
import { type Briefing, type BriefingRequest, brief } from './briefing.ts';
import { instructionsFor } from './protocol.ts';

/** Who a session shall be, without a word of any call. */
export interface SetupRequest {
  readonly line: LineDefinition;
  readonly agent: AgentDefinition;
  readonly cause: Cause;
  readonly tools: readonly ToolDeclaration[];
  /** For `answer`: the greeting that was spoken for the agent already. It finds it as its own first message. */
  readonly greeting?: string;
  /** For `answer`: an IVR has passed something on. */
  readonly comesFromIvr?: boolean;
  /** For `return`: the caller was away to pay. */
  readonly comesFromPayment?: boolean;
  /** For `resume`: the call was given from node to node. */
  readonly moved?: 'quiet' | 'owing';
}

/** A session's set-up, with what it is told of the call as its history. Pure. */
export const setUp = (request: SetupRequest, told: readonly HistoryItem[]): SessionSetup => {
  const { agent, line, cause, tools, greeting, comesFromIvr = false, comesFromPayment = false, moved } = request;
  const speaksLater = cause === 'handoff';
  return {
    agent: agent.name,
    voice: agent.voice,
    instructions: instructionsFor(agent, line, {
      cause,
      isGreeted: greeting !== undefined,
      comesFromIvr,
      comesFromPayment,
      ...(moved === undefined ? {} : { moved }),
    }),
    tools,
    history: [...told, ...(greeting === undefined ? [] : [{ type: 'agent-text', text: greeting } as const])],
    // Switched on at the bind: kept words must not cut off the specialist's first ones (ARCHITECTURE.md, "Kept words").
    turnTaking: { createResponse: !speaksLater, interruptResponse: !speaksLater },
  };
};

/** All that a new session needs to be this agent on this call. Pure. */
export const prepareSession = (
  request: SetupRequest & BriefingRequest,
): { readonly setup: SessionSetup; readonly briefing: Briefing } => {
  const briefing = brief(request);
  return { setup: setUp(request, briefing.items), briefing };
};
