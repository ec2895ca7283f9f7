import { ms } from '../../../infra/brand.ts';
import type { Answering } from './answering.ts';
import { type Refusal, refusal } from './client-events.ts';
import { vadSettingsOf } from './config.ts';
import type { WireItem } from './conversation.ts';
import type { SessionCore } from './core.ts';
import { InputAudio } from './input-audio.ts';
import { transcriptionUsageOf } from './usage.ts';
import type { VadEvent } from './vad.ts';

const maxAppendBytes = 15 * 1024 * 1024;

/** The ears of a session: takes audio, finds turns in it, commits and transcribes them. */
export class Listening {
  readonly #core: SessionCore;
  readonly #answering: Answering;
  readonly #input: InputAudio;
  #turnItem: string | undefined;

  constructor(core: SessionCore, answering: Answering) {
    this.#core = core;
    this.#answering = answering;
    this.#input = new InputAudio(core.record.appended);
  }

  /** To be called whenever the session's configuration changed. */
  configure(): void {
    this.#input.configure(this.#core.config.audio.input.format.type, vadSettingsOf(this.#core.config));
  }

  append(base64: string): Refusal | undefined {
    if (base64.length > maxAppendBytes) return refusal('invalid_value', 'More than 15 MiB in one event.', 'audio');
    if (this.#core.record.updates === 0)
      return refusal('invalid_event', 'Audio came before the session was configured.', 'audio');
    for (const event of this.#input.append(Buffer.from(base64, 'base64'))) this.#onSpeech(event);
    this.#core.record.appendedMs = this.#input.ms;
    return undefined;
  }

  commit(): Refusal | undefined {
    if (this.#input.bufferedMs < 100) {
      return refusal('input_audio_buffer_commit_empty', 'Buffer too small: at least 100 ms of audio are needed.');
    }
    const from = this.#input.take();
    this.#input.forgetSpeech();
    const item = this.#turnItem ?? this.#core.world.newId('item');
    this.#turnItem = undefined;
    this.#commit(item, from, this.#input.ms);
    return undefined;
  }

  clear(): undefined {
    this.#input.take();
    this.#input.forgetSpeech();
    this.#turnItem = undefined;
    this.#core.send({ type: 'input_audio_buffer.cleared' });
  }

  #onSpeech(event: VadEvent): void {
    if (event.type === 'started') {
      const item = this.#core.world.newId('item');
      this.#turnItem = item;
      this.#core.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: event.startMs, item_id: item });
      if (this.#core.config.audio.input.turn_detection?.interrupt_response !== false) this.#answering.interrupt();
      return;
    }
    const item = this.#turnItem ?? this.#core.world.newId('item');
    this.#turnItem = undefined;
    this.#core.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: event.endMs, item_id: item });
    this.#input.take(event.endMs);
    this.#commit(item, event.startMs, event.endMs);
    if (this.#core.config.audio.input.turn_detection?.create_response !== false && !this.#answering.busy) {
      this.#answering.respond(undefined, false);
    }
  }

  #commit(id: string, startMs: number, endMs: number): void {
    const { samples, rate } = this.#input.between(startMs, endMs);
    const words = this.#core.world.hear(samples, rate, this.#core.record.turns.length + 1);
    this.#core.record.turns.push({ item: id, startMs, endMs, words });
    // The model hears the audio, so the persona gets its words at once; the client gets them as a transcript, later.
    const wire: WireItem = { id, object: 'realtime.item', type: 'message', role: 'user', status: 'completed' };
    const previous = this.#core.conversation.append(
      { ...wire, content: [{ type: 'input_audio', transcript: words }] },
      'server',
    );
    this.#core.send({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id: previous });
    const item = { ...wire, content: [{ type: 'input_audio', transcript: null }] };
    this.#core.send({ type: 'conversation.item.added', previous_item_id: previous, item });
    this.#core.send({ type: 'conversation.item.done', previous_item_id: previous, item });
    if (this.#core.config.audio.input.transcription != null) {
      this.#core.world.clock.after(ms(this.#core.world.transcriptMs), () => this.#transcribe(id, words, endMs - startMs));
    }
  }

  #transcribe(item: string, words: string | null, spanMs: number): void {
    const head = { item_id: item, content_index: 0 };
    const type = 'conversation.item.input_audio_transcription';
    if (words === null) {
      const error = {
        type: 'transcription_error',
        code: 'audio_unintelligible',
        message: 'No words were recognised.',
        param: null,
      };
      this.#core.send({ type: `${type}.failed`, ...head, error });
      return;
    }
    this.#core.send({ type: `${type}.delta`, ...head, delta: words });
    const usage = transcriptionUsageOf(this.#core.config.audio.input.transcription?.model ?? '', words, spanMs);
    const wasSent = this.#core.send({ type: `${type}.completed`, ...head, transcript: words, usage });
    if (wasSent) this.#core.record.transcriptions.push(usage);
  }
}
