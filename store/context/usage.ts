/** What a model's tokens are counted as. What it had cached is counted apart, and not in `textIn` and `audioIn`. */
export const tokenKinds = ['textIn', 'textCached', 'audioIn', 'audioCached', 'imageIn', 'textOut', 'audioOut'] as const;
export type TokenKind = (typeof tokenKinds)[number];

export type TokenUsage = Readonly<Record<TokenKind, number>>;

/** What writing the caller's words down took: seconds of speech or tokens, as its model is billed. */
export interface TranscriptionUsage {
  readonly seconds: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
}

export const noTokens: TokenUsage = {
  textIn: 0,
  textCached: 0,
  audioIn: 0,
  audioCached: 0,
  imageIn: 0,
  textOut: 0,
  audioOut: 0,
};

export const noTranscription: TranscriptionUsage = { seconds: 0, tokensIn: 0, tokensOut: 0 };

export const sumTokens = (one: TokenUsage, other: TokenUsage): TokenUsage => ({
  textIn: one.textIn + other.textIn,
  textCached: one.textCached + other.textCached,
  audioIn: one.audioIn + other.audioIn,
  audioCached: one.audioCached + other.audioCached,
  imageIn: one.imageIn + other.imageIn,
  textOut: one.textOut + other.textOut,
  audioOut: one.audioOut + other.audioOut,
});

export const sumTranscription = (one: TranscriptionUsage, other: TranscriptionUsage): TranscriptionUsage => ({
  seconds: one.seconds + other.seconds,
  tokensIn: one.tokensIn + other.tokensIn,
  tokensOut: one.tokensOut + other.tokensOut,
});
