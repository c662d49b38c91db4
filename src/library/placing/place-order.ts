import type { Mode } from '../../domain/placement.ts';

/** What must stand where. */
export interface PlaceOrder {
  /** Names the draft that a copy is made in; one order, one number. */
  readonly number: number;
  readonly source: string;
  /** Which file and content was read there. */
  readonly identity: string;
  /** SHA-256 of the content, in hex; undefined where it was not read to its end. */
  readonly fingerprint: string | undefined;
  /** Folder below the library. */
  readonly folder: string;
  readonly name: string;
  readonly mode: Mode;
  /** It was tried before: a name that its file has elsewhere may be the one that it was given then. */
  readonly isAgain: boolean;
  /** The folder is made if missing; else a person took it away a moment ago, and the order fails with ENOENT. */
  readonly makesFolder: boolean;
  /** It had its name at an earlier try: a source that is there alone was put back since, and is left there. */
  readonly isLinked?: boolean;
  /** Told when it has its name, before the source's is taken away; the source stays when this throws. */
  readonly onLinked?: () => void;
}

export type Outcome =
  /**
   * It is there; `fileId` is device and inode of the file in the library. `tookSource`: this very call took the source
   * away; else it was gone, by a call before a crash or by others, or it stays.
   */
  | {
      readonly kind: 'placed';
      readonly fileId: string;
      readonly leavesDraft: boolean;
      readonly tookSource: boolean;
    }
  /** Something else has that name. */
  | { readonly kind: 'name-taken' }
  /** The file was removed or changed before it could be placed; the library is as it was. */
  | { readonly kind: 'source-gone' }
  /** It was placed before, as `isLinked` told, and somebody brought it back; `fileId` as above. The library is as it was. */
  | { readonly kind: 'put-back'; readonly fileId: string };

/** Where a kill leaves the most work to the next start; named for the crash tests. */
export type PlaceStep = 'before-link' | 'copied' | 'reserved' | 'linked' | 'before-unlink' | 'unlinked';

/** Puts files where their orders say. */
export interface Placing {
  /**
   * The usual case of a new order, with as few calls as are safe: the source is as ordered, its folder is there, the name
   * is free, and a second name for the file can be made. Undefined where that is not so; nothing was changed then.
   */
  placeAtOnce(order: PlaceOrder): Promise<Outcome | undefined>;
  /** Throws the system's error when the disk refuses; the order can then be tried again. */
  place(order: PlaceOrder): Promise<Outcome>;
  /** Leaves a note of ours beside the order's file. */
  note(order: PlaceOrder, name: string, content: string): Promise<void>;
  /** Makes the names in the folders that the orders touched durable. */
  sync(orders: readonly PlaceOrder[]): Promise<void>;
  /** Takes away the draft that a placed order left, once its placement is recorded. */
  clear(order: PlaceOrder): Promise<void>;
  /** What a crash left taken aside is back under its name, whatever it is. */
  restoreName(order: PlaceOrder): Promise<void>;
  /** Takes away a name of ours that is left beside another one of the same picture. */
  takeAway(order: PlaceOrder): Promise<void>;
  /** Takes away the drafts of all orders but these. */
  sweep(numbers: ReadonlySet<number>): Promise<void>;
}

/** Places nothing: for looking at what would be done. */
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
