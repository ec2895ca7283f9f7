import type { Clock } from '../../../infra/clock.ts';
import type { Leg } from './leg.ts';
import { Mixer } from './mixer.ts';
import type { FormValues } from './signature.ts';
import { beep } from './tones.ts';

/** Twilio's `ReasonParticipantLeft`. */
export type Departure = 'participant_hung_up' | 'participant_updated_via_api' | 'moderator_ended_conference';

export type ConferenceEvent = 'start' | 'end' | 'join' | 'leave';

export interface RoomEntry {
  readonly leg: Leg;
  readonly label: string | undefined;
  readonly startOnEnter: boolean;
  readonly endOnExit: boolean;
  readonly beepsOn: { readonly enter: boolean; readonly exit: boolean };
  readonly muted: boolean;
  readonly maxParticipants: number;
  /** Of the first participant alone they count. */
  readonly callback: { readonly events: readonly ConferenceEvent[]; readonly send: (form: FormValues) => void } | undefined;
}

/** A place in a room. */
export interface Seat {
  /** Aborts when waiting is over: the room has started, or the place was left. */
  readonly waiting: AbortSignal;
  readonly left: Promise<Departure>;
  leave(why: Departure): void;
}

export type Admission =
  | { readonly kind: 'seat'; readonly seat: Seat }
  | { readonly kind: 'refused'; readonly code: 16020 | 16025; readonly message: string };

interface Place {
  readonly entry: RoomEntry;
  readonly waiting: AbortController;
  readonly left: PromiseWithResolvers<Departure>;
  quit: () => void;
}

const eventNames: Readonly<Record<ConferenceEvent, string>> = {
  start: 'conference-start',
  end: 'conference-end',
  join: 'participant-join',
  leave: 'participant-leave',
};

interface RoomOptions {
  readonly clock: Clock;
  readonly accountSid: string;
  readonly sid: string;
  readonly name: string;
  readonly callback: RoomEntry['callback'];
  readonly ended: () => void;
}

/** One conference, from the first who enters to its end. */
class Room {
  readonly #options: RoomOptions;
  readonly #mixer: Mixer;
  readonly #places = new Set<Place>();
  #life: 'waiting' | 'in-progress' | 'ending' = 'waiting';
  #sequence = 0;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#mixer = new Mixer(options.clock);
  }

  enter(entry: RoomEntry): Admission {
    const { label, maxParticipants } = entry;
    if (this.#places.size >= maxParticipants) return { kind: 'refused', code: 16020, message: 'the conference is full' };
    if (label !== undefined && [...this.#places].some((place) => place.entry.label === label))
      return { kind: 'refused', code: 16025, message: `the label ${label} is in use` };
    const place: Place = {
      entry,
      waiting: new AbortController(),
      left: Promise.withResolvers(),
      quit: () => {},
    };
    this.#places.add(place);
    entry.leg.record.note({ type: 'room-entered', room: this.#options.name });
    this.#report('join', this.#about(place));
    this.#settle(place);
    return {
      kind: 'seat',
      seat: { waiting: place.waiting.signal, left: place.left.promise, leave: (why) => this.#leave(place, why) },
    };
  }

  /** Starts the room if it can start, and lets the newcomer in if it runs. */
  #settle(newcomer: Place): void {
    const places = [...this.#places];
    const starts = this.#life === 'waiting' && places.length > 1 && places.some(({ entry }) => entry.startOnEnter);
    if (starts) {
      this.#life = 'in-progress';
      this.#report('start', {});
      for (const place of places) this.#open(place);
    } else if (this.#life === 'in-progress') this.#open(newcomer);
    if (this.#life === 'in-progress' && newcomer.entry.beepsOn.enter) this.#mixer.sound(beep);
  }

  #open(place: Place): void {
    place.waiting.abort();
    place.quit = this.#mixer.add(place.entry.leg, { muted: place.entry.muted });
  }

  #leave(place: Place, why: Departure): void {
    if (!this.#places.delete(place)) return;
    const { leg, endOnExit, beepsOn } = place.entry;
    place.waiting.abort();
    place.quit();
    leg.record.note({ type: 'room-left', room: this.#options.name, why });
    this.#report('leave', { ...this.#about(place), ParticipantCallStatus: leg.status, ReasonParticipantLeft: why });
    place.left.resolve(why);
    if (this.#life === 'ending') return;
    if (endOnExit) this.#end(place, 'participant-with-end-conference-on-exit-left');
    else if (this.#places.size === 0) this.#end(place, 'last-participant-left');
    else if (beepsOn.exit) this.#mixer.sound(beep);
  }

  #end(by: Place, reason: string): void {
    this.#life = 'ending';
    this.#options.ended();
    for (const place of [...this.#places]) this.#leave(place, 'moderator_ended_conference');
    const { leg, label } = by.entry;
    this.#report('end', {
      ReasonConferenceEnded: reason,
      CallSidEndingConference: leg.identity.sid,
      ...(label !== undefined && { ParticipantLabelEndingConference: label }),
    });
  }

  #about({ entry }: Place): FormValues {
    return {
      CallSid: entry.leg.identity.sid,
      ...(entry.label !== undefined && { ParticipantLabel: entry.label }),
      Muted: String(entry.muted),
      Hold: 'false',
      Coaching: 'false',
      StartConferenceOnEnter: String(entry.startOnEnter),
      EndConferenceOnExit: String(entry.endOnExit),
    };
  }

  #report(event: ConferenceEvent, form: FormValues): void {
    this.#sequence += 1;
    const { callback, accountSid, sid, name, clock } = this.#options;
    if (callback?.events.includes(event) !== true) return;
    callback.send({
      ConferenceSid: sid,
      FriendlyName: name,
      AccountSid: accountSid,
      SequenceNumber: String(this.#sequence),
      Timestamp: new Date(clock.wall()).toUTCString(),
      StatusCallbackEvent: eventNames[event],
      ...form,
    });
  }
}

interface RoomsOptions {
  readonly clock: Clock;
  readonly accountSid: string;
  readonly sid: (prefix: string) => string;
}

/** The conferences of an account: at most one of a name at a time. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #open = new Map<string, Room>();

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** Names of the conferences that are open, also of those that have not started. */
  get names(): string[] {
    return [...this.#open.keys()];
  }

  enter(name: string, entry: RoomEntry): Admission {
    const { clock, accountSid, sid } = this.#options;
    const room =
      this.#open.get(name) ??
      new Room({
        clock,
        accountSid,
        sid: sid('CF'),
        name,
        callback: entry.callback,
        ended: () => this.#open.delete(name),
      });
    this.#open.set(name, room);
    return room.enter(entry);
  }
}
