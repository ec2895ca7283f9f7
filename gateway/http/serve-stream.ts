import { ms, streamId } from '../../infra/brand.ts';
import type { MessageSocket } from '../../infra/message-socket.ts';
import { decodeMessage } from '../twilio/decode.ts';
import { closeCode, phoneLeg, type ServedPhoneLeg } from '../twilio/phone-leg.ts';
import { rateLimit } from '../twilio/rate-limit.ts';
import type { Decoded } from '../twilio/wire.ts';
import type { HttpDeps } from './deps.ts';

export type StreamDeps = Pick<HttpDeps, 'accountSid' | 'tokens' | 'desk' | 'clock' | 'count' | 'log'>;

/** Serves one media stream from its first message. */
export type ServeStream = (socket: MessageSocket) => void;

/** How long a socket may take to say `start`. */
const startWithinMs = 5_000;

type Start = Extract<Decoded, { kind: 'start' }>;

/** Life of a stream: it waits for `start`, is served by a leg, or was refused. */
type Phase =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'served'; readonly leg: ServedPhoneLeg }
  | { readonly kind: 'over' };

/**
 * Makes what stands behind the upgrade, over any message socket: `start` in time, its token good, the desk willing; then the leg has
 * the socket. Whatever fails closes with 1008.
 */
export const streamServer = (deps: StreamDeps): ServeStream => {
  const refusalIsUsual = rateLimit(deps.clock, 4, ms(60_000));

  const refuse = (socket: MessageSocket, why: string): void => {
    deps.count('stream_refused', { why });
    if (!refusalIsUsual()) deps.log.error({ why }, 'five or more streams were refused within a minute');
    socket.close(closeCode.refused, why);
  };

  /** The leg of a stream that may start, or why it may not. */
  const admit = (socket: MessageSocket, start: Start): ServedPhoneLeg | string => {
    const { clock, count } = deps;
    const redeemed = deps.tokens.redeem(start);
    if (redeemed.kind === 'invalid') return `token ${redeemed.why}`;
    if (deps.accountSid !== undefined && start.accountSid !== deps.accountSid) return 'other account';
    const leg = phoneLeg({ socket, callId: redeemed.call.callId, streamId: streamId(start.streamSid), clock, count });
    return deps.desk.accept(leg, redeemed.call, redeemed.cause) ? leg : 'call is served already';
  };

  return (socket) => {
    let phase: Phase = { kind: 'waiting' };
    const badAllowed = rateLimit(deps.clock, 100, ms(10_000));

    const end = (why: string): void => {
      if (phase.kind !== 'waiting') return;
      cancelDeadline();
      phase = { kind: 'over' };
      refuse(socket, why);
    };

    const begin = (start: Start): void => {
      const admitted = admit(socket, start);
      cancelDeadline();
      if (typeof admitted === 'string') end(admitted);
      else phase = { kind: 'served', leg: admitted };
    };

    const early = (message: Decoded): void => {
      if (message.kind === 'connected') return;
      if (message.kind === 'start') begin(message);
      else {
        deps.count('twilio_message_bad', { why: 'before-start' });
        if (!badAllowed()) end('too many bad messages');
      }
    };

    const cancelDeadline = deps.clock.after(ms(startWithinMs), () => end('no start in time'));

    socket.listen({
      message(data, binary) {
        if (phase.kind === 'served') phase.leg.receive(data, binary);
        else if (phase.kind === 'waiting' && binary) {
          cancelDeadline();
          phase = { kind: 'over' };
          socket.close(closeCode.notText, 'text messages only');
        } else if (phase.kind === 'waiting') early(decodeMessage(data));
      },
      closed(code) {
        cancelDeadline();
        if (phase.kind === 'served') phase.leg.closed(code);
        phase = { kind: 'over' };
      },
    });
  };
};
