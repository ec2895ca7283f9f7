import { legalText } from './twiml.ts';

const controls = /\p{Cc}/gu;

/** Text as it came, made safe to carry: normalised, without control characters, at most `longest` characters. Still untrusted. */
export const plainText = (text: string, longest: number): string =>
  legalText(
    text
      .slice(0, 4 * longest)
      .normalize('NFC')
      .replace(controls, '')
      .trim()
      .slice(0, longest),
  ).trim();
