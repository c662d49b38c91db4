import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { ReadableArrival } from '../domain/arrival.ts';
import type { KeypointMatch } from '../domain/assignment/keypoint-evidence.ts';
import type { Fingerprint, FrameId } from '../domain/frame.ts';
import type { Keypoints } from '../domain/keypoints.ts';
import type { PixelSpec } from '../domain/pixels.ts';
import { isTransient } from '../lib/errors.ts';
import type { FileSystem } from '../lib/fs/file-system.ts';
import type { Logger } from '../lib/logger.ts';
import type { Decision, FilingDecision, FrameRecord, Store } from '../storage/store.ts';
import type { FeatureExtractor } from '../vision/extractor.ts';
import type { KeypointExtractor } from '../vision/keypoints/keypoint-extractor.ts';

export interface KeypointVerifierParts {
  readonly store: Pick<Store, 'frames' | 'keypoints'>;
  readonly extractor: Pick<FeatureExtractor, 'pixels'>;
  readonly files: FileSystem;
  readonly library: string;
  readonly reader: KeypointExtractor;
  readonly log: Logger;
}

const side = 480;

/** The preprocessing of pictures for keypoints. */
export const keypointPixels: PixelSpec = {
  width: side,
  height: side,
  resize: { mode: 'inside', kernel: 'cubic' },
};

/** A picture with its possible paths. */
interface Picture {
  readonly fingerprint: Fingerprint;
  readonly paths: readonly string[];
}

/**
 * Verifies arrivals against known frames by keypoints. A failure is no evidence and never blocks filing.
 * Stores keypoints as soon as the store knows their frame.
 */
export class KeypointVerifier {
  readonly #parts: KeypointVerifierParts;
  /** Keypoints found since the last commit. */
  readonly #found = new Map<Fingerprint, Keypoints>();

  constructor(parts: KeypointVerifierParts) {
    this.#parts = parts;
  }

  /** `decided` are decisions not committed yet. */
  async verify(
    { fingerprint, source }: ReadableArrival,
    members: readonly FrameId[],
    decided: readonly Decision[],
  ): Promise<KeypointMatch[]> {
    const matches: KeypointMatch[] = [];
    try {
      const own = await this.#keypointsOf({ fingerprint, paths: [source] });
      for (const frame of members) {
        const picture = await this.#pictureOf(frame, decided);
        const other = picture && ((await this.#stored(frame)) ?? (await this.#keypointsOf(picture)));
        if (own === undefined || other === undefined) continue;
        matches.push({ frame, inliers: await this.#parts.reader.inliers(own, other) });
      }
    } catch (error) {
      this.#parts.log.warn(
        { err: error, source },
        'compare keypoints: failed, the decision goes on without them',
      );
    }
    return matches;
  }

  /**
   * Returns the keypoints shared by two filed frames, or undefined on failure. Stores new keypoints at once.
   */
  async countShared(frame: FrameId, other: FrameId): Promise<number | undefined> {
    try {
      const [one, two] = await Promise.all([this.#filed(frame), this.#filed(other)]);
      return one && two && (await this.#parts.reader.inliers(one, two));
    } catch (error) {
      this.#parts.log.warn(
        { err: error, frame, other },
        'compare keypoints: failed, the decision goes on without them',
      );
      return undefined;
    }
  }

  async #filed(frame: FrameId): Promise<Keypoints | undefined> {
    const known = await this.#stored(frame);
    const picture = await this.#pictureOf(frame, []);
    if (known !== undefined || picture === undefined) return known;
    const found = await this.#keypointsOf(picture);
    if (found !== undefined) await this.#keep([[frame, found]]);
    return found;
  }

  async #stored(frame: FrameId): Promise<Keypoints | undefined> {
    return (await this.#parts.store.keypoints.get([frame])).get(frame);
  }

  /** Stores the keypoints of newly committed frames. */
  async onCommitted(decisions: readonly Decision[], compared: readonly FrameId[]): Promise<void> {
    if (this.#found.size === 0) return;
    const ids = [...decisions.filter(isFiling).map(({ frame }) => frame.id), ...compared];
    const records = await this.#parts.store.frames.getMany(ids);
    const described = Array.from(records, ([id, { frame }]) => {
      const found = this.#found.get(frame.fingerprint);
      return found === undefined ? [] : [[id, found] as const];
    }).flat();
    this.#found.clear();
    await this.#keep(described);
  }

  /** Keypoints can be recomputed: a failed write is harmless. */
  async #keep(described: readonly (readonly [FrameId, Keypoints])[]): Promise<void> {
    try {
      await this.#parts.store.keypoints.put(described);
    } catch (error) {
      if (!isTransient(error)) throw error;
      this.#parts.log.warn({ err: error }, 'store keypoints: failed, they will be found again when needed');
    }
  }

  async #pictureOf(frame: FrameId, decided: readonly Decision[]): Promise<Picture | undefined> {
    const filing =
      decided.filter(isFiling).find((one) => one.frame.id === frame) ??
      (await this.#parts.store.frames.get(frame));
    return filing && { fingerprint: filing.frame.fingerprint, paths: this.#pathsOf(filing) };
  }

  /** The file is in the library already, or still at its source. */
  #pathsOf({ frame, placement }: Pick<FrameRecord, 'frame' | 'placement'>): string[] {
    return [join(this.#parts.library, placement.folder, placement.name), frame.source];
  }

  async #keypointsOf({ fingerprint, paths }: Picture): Promise<Keypoints | undefined> {
    const known = this.#found.get(fingerprint);
    if (known !== undefined) return known;
    const bytes = await this.#bytesOf(fingerprint, paths);
    if (bytes === undefined) return undefined;
    const pixels = await this.#parts.extractor.pixels(bytes, keypointPixels);
    const keypoints = await this.#parts.reader.describe(pixels);
    this.#found.set(fingerprint, keypoints);
    return keypoints;
  }

  /** Returns the bytes from the first path with this fingerprint. */
  async #bytesOf(fingerprint: Fingerprint, paths: readonly string[]): Promise<Buffer | undefined> {
    for (const path of paths) {
      const read = await this.#parts.files.read(path).catch(() => undefined);
      if (read !== undefined && hash('sha256', read.bytes, 'hex') === fingerprint) return read.bytes;
    }
    return undefined;
  }
}

function isFiling(decision: Decision): decision is FilingDecision {
  return decision.kind === 'file';
}
