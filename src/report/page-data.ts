/** Data of a page, as JSON. Names are printable. Frames are numbers from 0. */
export interface Frames {
  readonly names: readonly string[];
  /** Size of a thumbnail in pixels, thumbnails per row, and per sheet. */
  readonly tile: number;
  readonly columns: number;
  readonly perSheet: number;
  /** Frames without a thumbnail. */
  readonly missing: readonly number[];
}

/** Positions of the frames on a plane, each coordinate in [0, 1]. */
export interface PlaneMap {
  readonly method: 'UMAP' | 'PCA';
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface LibraryData {
  readonly library: string;
  readonly made: string;
  readonly quarantined: number;
  readonly frames: Frames;
  /** By group number. */
  readonly groupNames: readonly string[];
  readonly groupOf: readonly number[];
  readonly capturedMs: readonly number[];
  /** By frame. */
  readonly origins: readonly Origin[];
  readonly why: readonly string[];
  /** Least certain decisions first. */
  readonly doubtful: readonly Doubt[];
  readonly map: PlaneMap;
}

export type Origin = 'exif' | 'name' | 'mtime';

export interface Doubt {
  readonly frame: number;
  /** Probability of a correct decision. */
  readonly sure: number;
  readonly similarity: number | undefined;
  readonly needed: number;
  readonly nearest: Resembled | undefined;
  readonly runnerUp: Resembled | undefined;
}

/** A candidate group of a frame, with its most similar members. */
export interface Resembled {
  readonly group: number | undefined;
  readonly name: string;
  readonly similarity: number;
  readonly members: readonly { readonly frame: number; readonly similarity: number }[];
}

export interface ComparisonData {
  readonly folder: string;
  readonly made: string;
  /** Files that at least one embedder could not read. */
  readonly leftOut: number;
  readonly frames: Frames;
  readonly truth: Grouping | undefined;
  readonly embedders: readonly EmbedderData[];
  readonly methods: readonly MethodData[];
  /** Agreement of all pairs of methods, in order; ground truth is last, if known. */
  readonly agreement: readonly (readonly number[])[];
  readonly disputes: readonly Dispute[];
}

/** The group number of each frame. */
export interface Grouping {
  readonly labels: readonly number[];
  /** Names by group number, if groups have names. */
  readonly names?: readonly string[];
}

export interface EmbedderData {
  readonly name: string;
  readonly dimensions: number;
  readonly msPerPicture: number;
  readonly memoryBytes: number;
  readonly meanAveragePrecision: number | undefined;
  readonly map: PlaneMap;
  readonly pairs: PairFigures;
}

/** Distribution of pairwise similarities. Without ground truth, all pairs are `different`. */
export interface PairFigures {
  /** Start of the first bin, and width of each bin. */
  readonly from: number;
  readonly step: number;
  /** Shares of the pairs; each list sums to 1. */
  readonly same: readonly number[];
  readonly different: readonly number[];
  /** Points of the curves, from the highest threshold down. */
  readonly roc: readonly Point[];
  readonly precisionRecall: readonly Point[];
  readonly rocArea: number | undefined;
  readonly averagePrecision: number | undefined;
}

export type Point = readonly [x: number, y: number];

export interface MethodData extends Grouping {
  readonly letter: string;
  readonly embedder: number;
  readonly name: string;
  readonly from: number;
  readonly groups: number;
  readonly silhouette: number;
  readonly figures:
    | {
        readonly f1: number;
        readonly precision: number;
        readonly recall: number;
        readonly adjustedRand: number;
        readonly toFix: number;
      }
    | undefined;
}

/** Two frames that only some methods join. */
export interface Dispute {
  readonly frames: readonly [number, number];
  /** Numbers of the methods that join them. */
  readonly together: readonly number[];
  /** Their similarity, by embedder. */
  readonly similarities: readonly number[];
  readonly areOne: boolean | undefined;
}
