import type { Config } from '../config/options.ts';
import type { ConsolidationStep } from '../grouping/consolidation/consolidator.ts';
import type { openChokidarWatcher } from '../ingest/watch/chokidar-watcher.ts';
import type { Clock } from '../lib/async/clock.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { Logger } from '../lib/logger.ts';
import type { MoveStep } from '../library/placing/move-worker.ts';
import type { PlaceStep } from '../library/placing/place-order.ts';
import type { acquireState } from '../storage/open.ts';
import type { Store } from '../storage/store.ts';
import type { FeatureExtractor } from '../vision/extractor.ts';
import type { PipelineStep } from './pipeline.ts';

export interface DaemonOptions {
  readonly config: Config;
  readonly library: string;
  readonly state: string;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly files?: FileSystem;
  /** An open extractor; the caller closes it. */
  readonly extractor?: FeatureExtractor;
  /** Replaces the program of the keypoint thread, for tests. */
  readonly keypointProgram?: URL;
  readonly lock?: typeof acquireState;
  /** Wraps the store, for tests. */
  readonly guardStore?: (store: Store) => Store;
  readonly openWatcher?: typeof openChokidarWatcher;
  /** Called at each named step. Tests end the process there. */
  readonly reached?: (step: PipelineStep | PlaceStep | MoveStep | ConsolidationStep) => void;
  /** Decide only: no file is touched, no library made. */
  readonly dryRun?: boolean;
  /** Attempts on a refusing disk before the work ends with TransientError; unlimited if absent. */
  readonly triesMax?: number;
}
