import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/options.ts';
import { programUrl } from '../../lib/process/program.ts';
import type { UnreadableFrame } from './embed-missing.ts';

export interface EmbedOrder {
  readonly state: string;
  readonly library: string;
  /** With the model to come. */
  readonly config: Config;
}

export type EmbedReply =
  | { readonly kind: 'filled'; readonly unreadable: readonly UnreadableFrame[] }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly hint: string | undefined;
      /** Exit code of an error without hope for a retry. */
      readonly exitCode: number | undefined;
    };

const program = programUrl(import.meta.url, 'embed-main');

/**
 * Embeds missing vectors and builds the index in a process of its own. Resolves at the end of the process.
 */
export async function embedInProcess(order: EmbedOrder, signal: AbortSignal): Promise<EmbedReply> {
  const child = fork(fileURLToPath(program), [JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  let reply: EmbedReply | undefined;
  child.once('message', (message) => {
    reply = message as EmbedReply;
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const [code, by] = await once(child, 'exit');
    if (signal.aborted) return { kind: 'stopped' };
    return reply ?? { kind: 'failed', message: endedEarly(code, by), hint: undefined, exitCode: undefined };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function endedEarly(code: number | null, by: string | null): string {
  return `the process that embeds anew ended too early (${by ?? `code ${code}`})`;
}
