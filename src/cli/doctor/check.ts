/** A finding about a need of framesort. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly says: string;
  /** Advice to the user. */
  readonly todo?: string;
}

export function ok(what: string, says: string): Finding {
  return { what, state: 'ok', says };
}

export function warn(what: string, says: string, todo: string): Finding {
  return { what, state: 'warn', says, todo };
}

export function fail(what: string, says: string, todo: string): Finding {
  return { what, state: 'fail', says, todo };
}
