import type { PipelineStep } from '../../src/app/pipeline.ts';
import type { Mode } from '../../src/domain/placement.ts';
import type { ConsolidationStep } from '../../src/grouping/consolidation/consolidator.ts';
import type { MoveStep } from '../../src/library/placing/move-worker.ts';
import type { PlaceStep } from '../../src/library/placing/place-order.ts';
import type { Disagreement } from '../../src/library/verify.ts';

/** Where to kill a process: at a named step, or at a time chosen by the parent. */
export type Step = PipelineStep | PlaceStep | MoveStep | ConsolidationStep | 'any moment';

/** The task of a child process. */
export interface Order {
  readonly inbox: string;
  readonly library: string;
  readonly state: string;
  readonly mode: Mode;
  readonly duplicates: 'file' | 'skip' | 'quarantine';
  /** Die as by kill -9 when `step` is reached for the `time`-th time. */
  readonly kill?: { readonly step: Step; readonly time: number } | undefined;
  readonly verify?: boolean;
  /**
   * Also change groups: by a consolidation after filing, or instead of filing. `merge` moves the smaller half
   * of the groups into the larger ones, `split` splits the largest group, `undo` undoes all changes.
   */
  readonly planMoves?: 'merge' | 'split' | 'consolidation' | 'undo' | undefined;
  /** Found a group for nearly every picture. */
  readonly isHasty?: boolean;
}

/** The output of a child that was not killed. */
export interface Report {
  readonly problems: readonly string[];
  readonly disagreements: readonly Disagreement[];
}
