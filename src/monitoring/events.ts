import type { StageTimes } from '../domain/arrival.ts';
import type { FrameId } from '../domain/frame.ts';
import type { Group, GroupId } from '../domain/group.ts';
import type { ChangeReason } from '../domain/group-change.ts';
import type { Logger } from '../lib/logger.ts';
import type { FilingDecision, Quarantined, SkipDecision } from '../storage/store.ts';

/**
 * All events by name. An event is emitted after the store has recorded the fact, in the order of the facts.
 * Log, statistics and dry run listen. The emitting code knows no listener.
 */
export interface EventMap {
  /** A new frame joined or founded a group. The file is placed, or queued for another try. */
  readonly 'frame.filed': FiledFrame;
  /** A picture placed in a group's folder by a user became a member. */
  readonly 'frame.adopted': FiledFrame;
  readonly 'frame.skipped': Omit<SkipDecision, 'kind'>;
  readonly 'frame.quarantined': Quarantined;
  /** The picture was removed or changed before the placement; the store forgot the frame. */
  readonly 'frame.lost': { readonly frame: FrameId; readonly source: string };
  /** Placements and moves planned by an earlier run were carried out at the start. */
  readonly 'frames.resumed': { readonly frames: number };
  readonly 'group.created': { readonly group: Group };
  /** A user renamed folders, moved pictures or removed pictures in the library. */
  readonly 'library.edited': LibraryEdit;
  /** Consolidation planned a change: pictures go to another group. */
  readonly 'change.planned': {
    readonly act: ChangeReason['act'];
    readonly evidence: ChangeReason['evidence'];
    readonly pictures: number;
  };
  /** Consolidation proposed a change to the user. */
  readonly 'change.proposed': {
    readonly change: Readonly<Record<string, unknown>>;
    readonly similarity: number | undefined;
  };
  /** A command's request has a result. */
  readonly 'request.done': {
    readonly kind: string;
    readonly result: Readonly<Record<string, unknown>>;
  };
  /**
   * A file operation failed. The next try comes after `retryMs`, or in the next run if `retryMs` is infinite.
   */
  readonly 'retry.pending': {
    readonly what: string;
    readonly tries: number;
    readonly error: unknown;
    readonly retryMs: number;
  };
  /** The system refused; the work continues and tries again later. `message` describes the failed work. */
  readonly error: {
    readonly where: 'store' | 'library' | 'watch' | 'status';
    readonly error: unknown;
    readonly message: string;
    readonly tries?: number;
  };
}

export interface FiledFrame {
  readonly decision: FilingDecision;
  /** Absent if the decision needed no decoding. */
  readonly stageTimes: StageTimes | undefined;
  /** From arrival until the file was placed. */
  readonly totalMs: number;
}

export interface LibraryEdit {
  readonly renamed: readonly { readonly group: GroupId; readonly folder: string }[];
  readonly moved: readonly FrameId[];
  readonly forgotten: readonly FrameId[];
}

export type EventName = keyof EventMap;

/** The part of Events for emitters. */
export type EventSink = Pick<Events, 'emit'>;

type Listener<Name extends EventName> = (event: EventMap[Name]) => void;
type ListenerOfAll = (name: EventName, event: EventMap[EventName]) => void;

/**
 * Delivers events at once, in the order of subscription. The error of a listener is logged and stops nobody.
 */
export class Events {
  readonly #log: Pick<Logger, 'error'>;
  readonly #listeners: { readonly name: EventName | undefined; readonly call: ListenerOfAll }[] = [];

  constructor(log: Pick<Logger, 'error'>) {
    this.#log = log;
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): void {
    this.#listeners.push({ name, call: (_, event) => listener(event as EventMap[Name]) });
  }

  onAll(listener: ListenerOfAll): void {
    this.#listeners.push({ name: undefined, call: listener });
  }

  emit<Name extends EventName>(name: Name, event: EventMap[Name]): void {
    for (const one of this.#listeners) {
      if (one.name !== undefined && one.name !== name) continue;
      try {
        one.call(name, event);
      } catch (error) {
        this.#log.error({ err: error, event: name }, 'a listener failed; the work goes on');
      }
    }
  }
}
