import { ms } from '../../infra/brand.ts';
import type { CallFact } from '../world/carrier/call-record.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import type { SpokenLine } from './caller-lines.ts';
import type { Scene } from './play.ts';
import type { Entry } from './story.ts';
import { Utterances } from './utterances.ts';

const lookEveryMs = 20;
const keyWords: Readonly<Record<string, string>> = {
  '1': 'presses 1: takes the caller',
  '*': 'presses the star key: gives the caller back',
};

/** Tells the story of the phone of a person, by what the carrier notices on it. Times are those of the caller's call. */
class PersonWatch {
  readonly #scene: Scene;
  readonly #phone: PhoneCall;
  readonly #utterances: Utterances;
  #life: 'ringing' | 'answered' = 'ringing';

  constructor(scene: Scene, phone: PhoneCall, lines: readonly SpokenLine[]) {
    this.#scene = scene;
    this.#phone = phone;
    this.#utterances = new Utterances('person', lines);
    this.#does(this.#at(0), `${phone.leg.identity.to} rings`, 'opens');
    phone.events.listen((fact) => this.#note(fact));
  }

  #at(at: number): number {
    return at + this.#phone.record.origin - this.#scene.call.record.origin;
  }

  #tell(entry: Entry): void {
    this.#scene.story.tell(entry);
  }

  #does(at: number, words: string, lane?: 'opens' | 'closes'): void {
    this.#tell({ kind: 'person-does', at, words, ...(lane === undefined ? {} : { lane }) });
  }

  #note(fact: CallFact): void {
    const at = this.#at(fact.at);
    if (fact.type === 'say-started') this.#hears(at, fact.text);
    else if (fact.type === 'digit-pressed') this.#does(at, keyWords[fact.digit] ?? `presses ${fact.digit}`);
    else if (fact.type === 'company' && fact.with.length > 0) this.#tell({ kind: 'joined', at });
    else if (fact.type === 'caller-started') {
      const speech = this.#utterances.started(at);
      if (speech !== undefined) this.#tell(speech);
    } else if (fact.type === 'ended') this.#does(at, `the line is closed (${fact.reason})`, 'closes');
  }

  #hears(at: number, text: string): void {
    if (this.#life === 'ringing') this.#does(at, 'picks up');
    this.#life = 'answered';
    this.#tell({ kind: 'told', at, text });
  }
}

/** Watches for somebody else's phone in the call, and tells what happens on it. `lines`: what they will say. */
export const watchForPerson = (scene: Scene, lines: readonly SpokenLine[]): void => {
  const { stage, call } = scene;
  const seen = new Set([call.sid]);
  const look = () => {
    for (const [sid, phone] of stage.carrier.legs) {
      if (seen.has(sid)) continue;
      seen.add(sid);
      new PersonWatch(scene, phone, lines);
    }
    if (!call.over) stage.clock.after(ms(lookEveryMs), look);
  };
  look();
};
