import type { PipelineStep } from '../../src/app/pipeline.ts';
import type { Mode } from '../../src/domain/placement.ts';
import type { ConsolidationStep } from '../../src/grouping/consolidation/consolidator.ts';
import type { MoveStep } from '../../src/library/placing/move-worker.ts';
import type { PlaceStep } from '../../src/library/placing/place-order.ts';
import type { Disagreement } from '../../src/library/verify.ts';

/** Where a process can be killed: at a named step, or at a moment that the parent chooses. */
export type Step = PipelineStep | PlaceStep | MoveStep | ConsolidationStep | 'any moment';

/** What a child process has to do. */
export interface Order {
  readonly inbox: string;
  readonly library: string;
  readonly state: string;
  readonly mode: Mode;
  readonly duplicates: 'file' | 'skip' | 'quarantine';
  /** End as if by kill -9 when `step` is reached for the `time`-th time. */
  readonly kill?: { readonly step: Step; readonly time: number } | undefined;
  readonly verify?: boolean;
  /**
   * Change groups as well: by a second look at all that was filed; or instead of filing, bring the pictures of the smaller
   * half of the groups into the larger ones, split the largest group, or bring all back.
   */
  readonly planMoves?: 'merge' | 'split' | 'second look' | 'undo' | undefined;
  /** Nearly each picture founds a group. */
  readonly isHasty?: boolean;
}

/** What a child says that was not killed. */
export interface Report {
  readonly problems: readonly string[];
  readonly disagreements: readonly Disagreement[];
}
