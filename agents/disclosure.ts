/** What a line says of itself before anything else. One sentence each; the second or the third is spoken. */
export interface DisclosureWords {
  readonly ai: string;
  readonly recorded: string;
  readonly notRecorded: string;
}

/** The disclosure as it is spoken: `tag` is the language in the carrier's spelling. */
export interface Disclosure {
  readonly words: string;
  readonly tag: string;
  readonly isRecorded: boolean;
}

interface Spoken {
  /** For a language without a region. */
  readonly tag: string;
  readonly words: DisclosureWords;
}

/** Languages that the carrier's voices speak without being told which voice. */
const languages: Readonly<Record<string, Spoken>> & { readonly en: Spoken } = {
  en: {
    tag: 'en-US',
    words: {
      ai: 'You are speaking with an AI assistant.',
      recorded: 'This call is recorded.',
      notRecorded: 'The sound of this call is not recorded.',
    },
  },
  de: {
    tag: 'de-DE',
    words: {
      ai: 'Sie sprechen mit einem KI-Assistenten.',
      recorded: 'Dieser Anruf wird aufgezeichnet.',
      notRecorded: 'Der Ton dieses Anrufs wird nicht aufgezeichnet.',
    },
  },
  fr: {
    tag: 'fr-FR',
    words: {
      ai: 'Vous parlez avec un assistant qui est une intelligence artificielle.',
      recorded: 'Cet appel est enregistré.',
      notRecorded: "Le son de cet appel n'est pas enregistré.",
    },
  },
  es: {
    tag: 'es-ES',
    words: {
      ai: 'Está hablando con un asistente de inteligencia artificial.',
      recorded: 'Esta llamada se graba.',
      notRecorded: 'El sonido de esta llamada no se graba.',
    },
  },
  it: {
    tag: 'it-IT',
    words: {
      ai: 'Sta parlando con un assistente di intelligenza artificiale.',
      recorded: 'Questa chiamata viene registrata.',
      notRecorded: "L'audio di questa chiamata non viene registrato.",
    },
  },
};

/** Regions for which the carrier's default voices have a language of its own; any other is spoken as the language's first. */
const regional: ReadonlySet<string> = new Set([
  'en-AU',
  'en-GB',
  'en-IN',
  'en-US',
  'es-ES',
  'es-MX',
  'es-US',
  'fr-CA',
  'fr-FR',
]);

interface Speaking {
  readonly disclosure?: DisclosureWords;
  /** BCP 47; undefined: English. */
  readonly language: string | undefined;
}

const english = 'en';

const spokenIn = (language: string): Spoken | undefined => {
  const base = language.split('-')[0]?.toLowerCase() ?? '';
  return Object.hasOwn(languages, base) ? languages[base] : undefined;
};

/** Whether a line's language has words for it, or the line brings its own. Without them it is said in English. */
export const hasWords = ({ disclosure, language = english }: Speaking): boolean =>
  disclosure !== undefined || spokenIn(language) !== undefined;

/** Own words are in the line's language, whichever it is; ours are English where there are no others. */
const tagOf = ({ disclosure, language = english }: Speaking): string => {
  if (regional.has(language)) return language;
  return spokenIn(language)?.tag ?? (disclosure === undefined ? languages.en.tag : language);
};

/** What the caller of a line hears before anything else. Depends on nothing that a model, a caller or a tool says. */
export const disclosureOf = (line: Speaking, isRecorded: boolean): Disclosure => {
  const { ai, recorded, notRecorded } = line.disclosure ?? (spokenIn(line.language ?? english) ?? languages.en).words;
  return { words: `${ai} ${isRecorded ? recorded : notRecorded}`, tag: tagOf(line), isRecorded };
};
