/** Crockford's base32: no letter that is taken for a digit when a person reads it. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const form = /^[0-9a-hjkmnp-tv-z]{10}$/;

/** How many random bytes a key is made of. */
export const intakeKeyBytes = 10;

/** A key of ten letters and digits, 50 bits: short enough for a SIP header, and gone before anybody could guess it. */
export const intakeKeyFrom = (random: Uint8Array): string => Array.from(random, (byte) => alphabet[byte & 31]).join('');

/** The key that a text is, however it was written; `undefined`: it is none. */
export const parseIntakeKey = (text: string): string | undefined => {
  const key = text.slice(0, 64).trim().toLowerCase();
  return form.test(key) ? key : undefined;
};
