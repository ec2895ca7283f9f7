import type { ModelPrices, PriceOrigin, PriceTable, TranscriptionPrices } from './prices.ts';

/** The pages were read in stored copies on this day. */
const readOn = '2026-11-28';

const modelPage = (name: string): PriceOrigin => ({
  asOf: readOn,
  source: `https://developers.openai.com/api/docs/models/${name}`,
});

/** GPT-Realtime 2.1 and 2: $4 / $0.40 / $24 text, $32 / $0.40 / $64 audio, $5 image. */
const realtime2: ModelPrices['tokens'] = {
  textIn: 4,
  textCached: 0.4,
  audioIn: 32,
  audioCached: 0.4,
  imageIn: 5,
  textOut: 24,
  audioOut: 64,
};

const unknown: ModelPrices['tokens'] = {
  textIn: null,
  textCached: null,
  audioIn: null,
  audioCached: null,
  imageIn: null,
  textOut: null,
  audioOut: null,
};

const byTheMinute = (name: string, perMinute: number): TranscriptionPrices => ({
  ...modelPage(name),
  perMinute,
  tokensIn: null,
  tokensOut: null,
});

const byTokens = (name: string, tokensIn: number, tokensOut: number): TranscriptionPrices => ({
  ...modelPage(name),
  perMinute: null,
  tokensIn,
  tokensOut,
});

/** Twilio's page for the United States, as quoted on that day; a local number. Other countries and contracts differ: override them. */
const twilio: PriceOrigin = { asOf: '2026-09-18', source: 'https://www.twilio.com/en-us/voice/pricing/us' };

/** What is known of prices. What no page was found for is null or missing, and a cost that needs it is not known. */
export const knownPrices: PriceTable = {
  models: {
    'gpt-realtime-2.1': { ...modelPage('gpt-realtime-2.1'), tokens: realtime2 },
    'gpt-realtime-2': { ...modelPage('gpt-realtime-2'), tokens: realtime2 },
    'gpt-realtime-2.1-mini': {
      ...modelPage('gpt-realtime-2.1-mini'),
      tokens: {
        textIn: 0.6,
        textCached: 0.06,
        audioIn: 10,
        audioCached: 0.3,
        imageIn: 0.8,
        textOut: 2.4,
        audioOut: 20,
      },
    },
    'gpt-realtime-1.5': { ...modelPage('gpt-realtime-1.5'), tokens: { ...realtime2, textOut: 16 } },
    // Its own page was not found; the one of 2.1 mini names this one price beside its own.
    'gpt-realtime-mini': { ...modelPage('gpt-realtime-2.1-mini'), tokens: { ...unknown, textIn: 0.6 } },
  },
  transcription: {
    'gpt-realtime-whisper': byTheMinute('gpt-realtime-whisper', 0.017),
    'gpt-live-transcribe': byTheMinute('gpt-live-transcribe', 0.017),
    'gpt-transcribe': byTheMinute('gpt-transcribe', 0.0045),
    'gpt-4o-transcribe': byTokens('gpt-4o-transcribe', 2.5, 10),
    'gpt-4o-mini-transcribe': byTokens('gpt-4o-mini-transcribe', 1.25, 5),
  },
  telephony: {
    inbound: { ...twilio, perMinute: 0.0085 },
    mediaStream: { ...twilio, perMinute: 0.0044 },
  },
};
