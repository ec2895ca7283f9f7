import type { CallId } from '../infra/brand.ts';

/** Files with recordings of calls, as far as this process reaches them: other machines may have more, which they see to themselves. */
export interface RecordingFiles {
  /** Deletes what there is of these calls. Rejects when a file could not be deleted. */
  forget(callIds: readonly CallId[]): Promise<void>;
}
