import { resolve } from 'node:path';
import type { Config } from '../../config/options.ts';
import type { ModelChoice, StoreReader } from '../../storage/store.ts';

/**
 * What `models use` wants of the daemon, and what the daemon answers: two notes in the store, each written by one side
 * alone, so that neither waits for the other and a kill loses nothing.
 */

/** A model that is to decide. */
export interface SwitchRequest extends Omit<ModelChoice, 'configured'> {
  /** New with each command. */
  readonly id: string;
  /** It was told what would change, and a person wants that. */
  readonly isConfirmed: boolean;
}

export type ModelSwitchReply = { readonly to: string } & (
  | { readonly kind: 'embedded' | 'changed' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly hint: string | undefined;
      readonly exitCode: number;
    }
);

export const wantedKey = 'change/wanted';
export const answerKey = 'change/answer';

export function readWanted(store: Pick<StoreReader, 'blobs'>): SwitchRequest | undefined {
  return read(store, wantedKey) as SwitchRequest | undefined;
}

export function readAnswer(store: Pick<StoreReader, 'blobs'>): ModelSwitchReply | undefined {
  return read(store, answerKey) as ModelSwitchReply | undefined;
}

function read({ blobs }: Pick<StoreReader, 'blobs'>, key: string): unknown {
  const bytes = blobs.get(key);
  return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'));
}

export function noteBytes(note: SwitchRequest | ModelSwitchReply): Buffer {
  return Buffer.from(JSON.stringify(note));
}

/** What to write down with the change; undefined when the configuration names this model already. */
export function choiceOf(
  { model, calibration, joinSimilarity }: Omit<ModelChoice, 'configured'>,
  configured: string,
) {
  return sameModel(model, configured) ? undefined : { configured, model, calibration, joinSimilarity };
}

/** Names stay; a path is good from every folder. */
export function modelPath(nameOrPath: string): string {
  return /^[\w-]+$/.test(nameOrPath) ? nameOrPath : resolve(nameOrPath);
}

function sameModel(one: string, other: string): boolean {
  return modelPath(one) === modelPath(other);
}

/** The configuration with this model in place of the one that it names. */
export function configWith(
  config: Config,
  { model, calibration, joinSimilarity }: Omit<ModelChoice, 'configured'>,
): Config {
  return {
    ...config,
    embed: { ...config.embed, model },
    grouping: { ...config.grouping, calibration, joinSimilarity },
  };
}
