// The same bridge without transcoding: the model takes and gives mu-law.
import { serveBridge } from './serve-bridge.ts';

serveBridge({ format: { type: 'audio/pcmu' }, toModel: (payload) => payload, toPhone: (delta) => delta });
