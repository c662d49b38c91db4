/** What a page is told, as JSON. Names are made printable already; frames are numbers from 0. */
export interface Frames {
  readonly names: readonly string[];
  /** How large a thumbnail is, in pixels, and how many lie in one row, and in one sheet. */
  readonly tile: number;
  readonly columns: number;
  readonly perSheet: number;
  /** Frames that have no picture to show. */
  readonly missing: readonly number[];
}

/** Frames by their place on a plane, from 0 to 1. */
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
  /** By the number of a group. */
  readonly groupNames: readonly string[];
  readonly groupOf: readonly number[];
  readonly capturedMs: readonly number[];
  /** For each frame. */
  readonly origins: readonly Origin[];
  readonly why: readonly string[];
  /** Those first that are most likely wrong. */
  readonly doubtful: readonly Doubt[];
  readonly map: PlaneMap;
}

export type Origin = 'exif' | 'name' | 'mtime';

export interface Doubt {
  readonly frame: number;
  /** How likely it is that it went the right way. */
  readonly sure: number;
  readonly similarity: number | undefined;
  readonly needed: number;
  readonly nearest: Resembled | undefined;
  readonly runnerUp: Resembled | undefined;
}

/** A group that a frame could belong to, with its members that are most alike. */
export interface Resembled {
  readonly group: number | undefined;
  readonly name: string;
  readonly similarity: number;
  readonly members: readonly { readonly frame: number; readonly similarity: number }[];
}

export interface ComparisonData {
  readonly folder: string;
  readonly made: string;
  /** Files that not every embedder could read. */
  readonly leftOut: number;
  readonly frames: Frames;
  readonly truth: Grouping | undefined;
  readonly embedders: readonly EmbedderData[];
  readonly methods: readonly MethodData[];
  /** How far every two methods agree, in their order; with truth last, if it is known. */
  readonly agreement: readonly (readonly number[])[];
  readonly disputes: readonly Dispute[];
}

/** A group's number for each frame; the same number, the same group. */
export interface Grouping {
  readonly labels: readonly number[];
  /** By number, where groups have names. */
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

/** How similar pairs are. Without truth, all of them are `different`. */
export interface PairFigures {
  /** The similarity at which the first bin begins, and the width of each. */
  readonly from: number;
  readonly step: number;
  /** Shares of the pairs, which add up to 1. */
  readonly same: readonly number[];
  readonly different: readonly number[];
  /** Points of curves, from the highest threshold down. */
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

/** Two frames that some methods put together, and others apart. */
export interface Dispute {
  readonly frames: readonly [number, number];
  /** Methods, by number, that put them together. */
  readonly together: readonly number[];
  /** How similar they are, by embedder. */
  readonly similarities: readonly number[];
  readonly areOne: boolean | undefined;
}
