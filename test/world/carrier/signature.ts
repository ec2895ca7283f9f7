import { createHmac } from 'node:crypto';

export type FormValues = Readonly<Record<string, string>>;

/**
 * `X-Twilio-Signature`: HMAC-SHA1 with the auth token over the URL as Twilio knows it (no fragment) and, for a form POST, every
 * name and value in byte order of the names. Base64.
 */
export const signatureOf = (authToken: string, url: string, form: FormValues = {}): string => {
  const [whole = url] = url.split('#', 1);
  const names = Object.keys(form).sort();
  const signed = names.reduce((text, name) => `${text}${name}${form[name] ?? ''}`, whole);
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
};
