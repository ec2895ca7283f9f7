import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Log } from '../../infra/log.ts';
import type { Stores } from '../../store/stores.ts';
import type { Settings } from '../config/settings.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { type Disk, folderDisk } from './disk.ts';
import { checkFolder, RecordingFolder } from './folder.ts';
import { RecordingSweep } from './sweep.ts';

/** What a process needs that records calls. */
export interface RecordingWork {
  readonly folder: RecordingFolder;
  readonly sweep: Pick<RecordingSweep, 'start' | 'stop' | 'run'>;
  /** Rejects with `recording-folder-unusable`. */
  check(): Promise<void>;
}

export interface RecordingGround {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
  readonly stores: Pick<Stores, 'callKeys' | 'contexts'>;
  readonly recordingDisk?: Disk;
}

/** Undefined: calls are not recorded. */
export const recordingWork = ({ recording }: Settings, ground: RecordingGround): RecordingWork | undefined => {
  if (recording === undefined) return undefined;
  const { clock, log, metrics, stores } = ground;
  const disk = ground.recordingDisk ?? folderDisk(recording.folder);
  const isKnown = async (callId: CallId): Promise<boolean> => {
    const call = await stores.contexts.load(callId);
    return call !== undefined && call.erased === undefined;
  };
  return {
    folder: new RecordingFolder({ disk, keys: stores.callKeys, clock, log, metrics }),
    sweep: new RecordingSweep({ disk, days: recording.days, isKnown, clock, log }),
    check: () => checkFolder(disk),
  };
};
