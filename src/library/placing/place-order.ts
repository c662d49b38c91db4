import type { Mode } from '../../domain/placement.ts';

/** An order to place a file. */
export interface PlaceOrder {
  /** Names the draft of a copy. Each order has a number of its own. */
  readonly number: number;
  readonly source: string;
  /** Identity of the file and content read at the source. */
  readonly identity: string;
  /** SHA-256 of the content, in hex; undefined if the content was not read to the end. */
  readonly fingerprint: string | undefined;
  /** Folder below the library. */
  readonly folder: string;
  readonly name: string;
  readonly mode: Mode;
  /** An earlier try may have happened: another name of the file may come from that try. */
  readonly isAgain: boolean;
  /**
   * Whether to make a missing folder. Otherwise a person removed the folder a moment ago, and the order fails
   * with ENOENT.
   */
  readonly makesFolder: boolean;
  /** An earlier try linked the target: a source without a target was put back by a person, and stays. */
  readonly isLinked?: boolean;
  /**
   * Called after the target exists and before the source is removed. If the callback rejects, the source
   * stays.
   */
  readonly onLinked?: () => Promise<void>;
}

export type Outcome =
  /**
   * The target exists. `fileId`: device and inode of the file in the library. `tookSource`: this call removed
   * the source. Otherwise the source was removed before, or stays.
   */
  | {
      readonly kind: 'placed';
      readonly fileId: string;
      readonly leavesDraft: boolean;
      readonly tookSource: boolean;
    }
  /** Another file has the name. */
  | { readonly kind: 'name-taken' }
  /** The source was removed or changed before the placement. The library is unchanged. */
  | { readonly kind: 'source-gone' }
  /**
   * An earlier try had linked the target (`isLinked`), and somebody brought the file back. The library is
   * unchanged.
   */
  | { readonly kind: 'put-back'; readonly fileId: string };

/** Steps after which a kill leaves the most work. Named for the crash tests. */
export type PlaceStep = 'before-link' | 'copied' | 'reserved' | 'linked' | 'before-unlink' | 'unlinked';

/** Places files by orders. */
export interface Placing {
  /**
   * The usual case of a new order, with few system calls: source unchanged, folder present, name free, links
   * possible. Returns undefined in any other case, without a change.
   */
  placeAtOnce(order: PlaceOrder): Promise<Outcome | undefined>;
  /** Throws the system's error when the disk refuses; the order can then be tried again. */
  place(order: PlaceOrder): Promise<Outcome>;
  /** Leaves a note of ours beside the order's file. */
  note(order: PlaceOrder, name: string, content: string): Promise<void>;
  /** Makes the names in the folders of the orders durable. */
  sync(orders: readonly PlaceOrder[]): Promise<void>;
  /** Removes the draft of a placed order, after the record of the placement. */
  clear(order: PlaceOrder): Promise<void>;
  /** Renames a name taken aside before a crash back to the original name, whatever the file is. */
  restoreName(order: PlaceOrder): Promise<void>;
  /** Removes a name of ours beside another name of the same picture. */
  takeAway(order: PlaceOrder): Promise<void>;
  /** Removes the drafts of all orders except the given orders. */
  sweep(numbers: ReadonlySet<number>): Promise<void>;
}

/** Places nothing, for a dry run. */
export const dryPlacer: Placing = {
  placeAtOnce: async () => undefined,
  place: async () => ({ kind: 'placed', fileId: '', leavesDraft: false, tookSource: false }),
  note: async () => {},
  sync: async () => {},
  clear: async () => {},
  restoreName: async () => {},
  takeAway: async () => {},
  sweep: async () => {},
};
