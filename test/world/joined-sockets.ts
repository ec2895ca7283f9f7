import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { MessageListener, MessageSocket } from '../../infra/message-socket.ts';
import { type Message, wholeMessage } from '../../infra/websocket/frame-writer.ts';

type Letter = { readonly text: Buffer } | { readonly code: number; readonly reason: string };

/** One end of a connection in memory. What comes before `listen` is kept. */
class JoinedSocket implements MessageSocket {
  readonly #clock: Clock;
  readonly #inbox: Letter[] = [];
  #listener: MessageListener | undefined;
  #peer: JoinedSocket | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #onTheWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(peer: JoinedSocket): void {
    this.#peer = peer;
  }

  get bufferedAmount(): number {
    return this.#onTheWay;
  }

  send(text: Message): void {
    if (this.#state !== 'open') return;
    const copy = Buffer.from(wholeMessage(text));
    this.#onTheWay += copy.length;
    this.#post({ text: copy }, () => {
      this.#onTheWay -= copy.length;
    });
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#post({ code, reason });
  }

  abort(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#post({ code: 1006, reason: '' });
    this.#later(() => this.#end(1006, ''));
  }

  listen(listener: MessageListener): void {
    this.#listener = listener;
    for (const letter of this.#inbox.splice(0)) this.#hand(listener, letter);
  }

  #post(letter: Letter, arrived: () => void = () => {}): void {
    const peer = this.#peer;
    this.#later(() => {
      arrived();
      if (peer !== undefined) peer.#receive(letter);
    });
  }

  #receive(letter: Letter): void {
    if (this.#state === 'closed') return;
    if ('text' in letter) this.#deliver(letter);
    else {
      // The closing handshake: our end answers with the same code, as RFC 6455 has it; after a break there is nobody to answer.
      const peer = letter.code === 1006 ? undefined : this.#peer;
      if (peer !== undefined) peer.#acknowledge(letter);
      this.#end(letter.code, letter.reason);
    }
  }

  #acknowledge(letter: { readonly code: number; readonly reason: string }): void {
    this.#later(() => this.#end(letter.code, letter.reason));
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#deliver({ code, reason });
  }

  #deliver(letter: Letter): void {
    if (this.#listener === undefined) this.#inbox.push(letter);
    else this.#hand(this.#listener, letter);
  }

  #hand(listener: MessageListener, letter: Letter): void {
    if ('text' in letter) listener.message(letter.text, false);
    else listener.closed(letter.code, letter.reason);
  }

  #later(action: () => void): void {
    this.#clock.after(ms(0), action);
  }
}

/**
 * Two ends of a WebSocket, joined in memory: ordered, never delivering inside `send`, closing as `ws` does. Messages travel in
 * no time but by the clock, so a `FakeClock` must be moved (by 0) for them to arrive.
 */
export const joinedSockets = (clock: Clock): [MessageSocket, MessageSocket] => {
  const one = new JoinedSocket(clock);
  const other = new JoinedSocket(clock);
  one.join(other);
  other.join(one);
  return [one, other];
};
