/** What a question names that asks for a fact of this line, beyond the words of its key. */
export const acmeQuestions = {
  accountName: [
    /\b(your|the) ((full|first|last) )?name\b/,
    /\bname (on|of|for) (your|the) account\b/,
    /\bname is the account\b/,
    /\b(who|whom) (am i|i'm|i am) (speaking|talking)\b/,
  ],
  accountTier: [/\b(plan|tier|subscription)\b/],
  symptom: [/\berrors?\b/, /\bstatus code\b/, /\bsymptoms?\b/, /\bhappens when\b/, /\bwhat you see\b/],
  invoiceNumber: [/\binvoice number\b/, /\bnumber of the (invoice|bill)\b/, /\b(which|what) (invoice|bill)\b/],
  language: [
    /\b(programming|which|what|sdk) language\b/,
    /\blanguage (is|are|do) (you|your)\b/,
    /\bdo you use \w+ or \w+\b/,
  ],
} as const;
