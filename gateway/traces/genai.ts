import type { TokenUsage } from '../../store/context/usage.ts';
import { type SpanValues, shownWord } from './span.ts';

// Names of OpenTelemetry's semantic conventions for generative AI, v0.1.0 of github.com/open-telemetry/semantic-conventions-genai, which
// builds on semantic-conventions v1.45.0. All gen_ai names are "Development" there and may change; `error.type` is stable.

/** Class of an error: stable. */
export const errorType = 'error.type';

const provider = { 'gen_ai.provider.name': 'openai' };

/** Of every span about a model. */
export interface AboutModel {
  /** The Realtime model that all agents have: a setting. */
  readonly model: string;
}

/** The whole call is one conversation. */
export const conversationValues = (callId: string): SpanValues => ({ 'gen_ai.conversation.id': callId });

export const agentSpanName = (agent: string): string => `invoke_agent ${shownWord(agent)}`;

/** One turn: an agent is asked something and answers. */
export const agentValues = ({ model }: AboutModel, callId: string, agent: string): SpanValues => ({
  ...provider,
  ...conversationValues(callId),
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.agent.name': shownWord(agent),
  'gen_ai.request.model': model,
  'gen_ai.output.type': 'speech',
});

export const toolSpanName = (tool: string): string => `execute_tool ${shownWord(tool)}`;

export interface ToolNames {
  readonly tool: string;
  readonly toolCallId: string;
  readonly agent: string;
}

/** One call of a tool. What it was called with and what it returned are words of callers, and stay out. */
export const toolValues = ({ tool, toolCallId, agent }: ToolNames): SpanValues => ({
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': shownWord(tool),
  'gen_ai.tool.call.id': shownWord(toolCallId),
  'gen_ai.tool.type': 'function',
  'gen_ai.agent.name': shownWord(agent),
});

/** What the models of the call used. In the conventions' totals what was cached counts, too; kinds that were not used are left out. */
export const usageValues = (tokens: TokenUsage): SpanValues => {
  const { textIn, textCached, audioIn, audioCached, imageIn, textOut, audioOut } = tokens;
  const values = {
    'gen_ai.usage.input_tokens': textIn + textCached + audioIn + audioCached + imageIn,
    'gen_ai.usage.output_tokens': textOut + audioOut,
    'gen_ai.usage.cache_read.input_tokens': textCached + audioCached,
    'gen_ai.usage.text.input_tokens': textIn + textCached,
    'gen_ai.usage.audio.input_tokens': audioIn + audioCached,
    'gen_ai.usage.image.input_tokens': imageIn,
    'gen_ai.usage.text.output_tokens': textOut,
    'gen_ai.usage.audio.output_tokens': audioOut,
  };
  return Object.fromEntries(Object.entries(values).filter(([, count]) => count > 0));
};
