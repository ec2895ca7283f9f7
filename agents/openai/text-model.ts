import { ThroughlineError } from '../../infra/errors.ts';
import type { Json } from '../../store/context/event.ts';
import { noTokens, type TokenUsage } from '../../store/context/usage.ts';

export interface TextModelOptions {
  /** Like `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  /** Hears what each answer used, also one without a text. */
  readonly onUsage?: (used: TokenUsage) => void;
}

export interface TextRequest {
  readonly instructions: string;
  /** Data; never instructions. */
  readonly input: object;
  /** JSON Schema of the answer, if it shall be JSON. */
  readonly answer?: { readonly name: string; readonly schema: { readonly [key: string]: Json } };
}

/** Asks a text model once. Rejects when it can't be had or says nothing. */
export type TextModel = (request: TextRequest) => Promise<string>;

const patienceMs = 20_000;
const mostTokens = 2_000;

/** A text model of OpenAI, over the Responses API. The package is loaded with the first request. */
export const openaiTextModel = ({ baseUrl, apiKey, model, onUsage }: TextModelOptions): TextModel => {
  let client: Promise<InstanceType<typeof import('openai')['default']>> | undefined;
  const connected = () => {
    client ??= import('openai').then(
      ({ default: OpenAI }) => new OpenAI({ apiKey, baseURL: baseUrl, timeout: patienceMs, maxRetries: 1 }),
    );
    return client;
  };
  return async ({ instructions, input, answer }) => {
    const { responses } = await connected();
    const format = answer && { text: { format: { type: 'json_schema' as const, strict: true, ...answer } } };
    const response = await responses.create({
      model,
      instructions,
      input: JSON.stringify(input),
      max_output_tokens: mostTokens,
      store: false,
      ...format,
    });
    const used = usedBy(response);
    if (used !== undefined) onUsage?.(used);
    const text = response.output_text.trim();
    if (text !== '') return text;
    throw new ThroughlineError('text-model-silent', 'The text model answered without a text.', { facts: { model } });
  };
};

/** What an answer used; undefined when the server did not say: compatible ones may leave out what the type has. */
const usedBy = (response: { readonly usage?: unknown }): TokenUsage | undefined => {
  const usage = fieldOf(response, 'usage');
  const textIn = tokensOf(usage, 'input_tokens');
  const textOut = tokensOf(usage, 'output_tokens');
  if (textIn === undefined || textOut === undefined) return undefined;
  const textCached = Math.min(textIn, tokensOf(fieldOf(usage, 'input_tokens_details'), 'cached_tokens') ?? 0);
  return { ...noTokens, textIn: textIn - textCached, textCached, textOut };
};

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;

const tokensOf = (value: unknown, name: string): number | undefined => {
  const tokens = fieldOf(value, name);
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined;
};
