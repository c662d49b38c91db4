import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { FrameError } from '../../../domain/frame-error.ts';
import { type Allocate, BufferPool } from '../../../lib/buffer-pool.ts';
import { programUrl } from '../../../lib/process/program.ts';
import type { Decoder } from '../decoder.ts';
import { type DecodeReply, type DecodeRequest, sharedBufferDescriptor } from './protocol.ts';
import { SharedBuffer } from './shared-memory.ts';

const guardFile = programUrl(import.meta.url, 'parent-watch');

/** Runs this process as a decoder for its parent, and ends it with the parent. */
export function serveDecoder(decoder: Decoder): void {
  new Worker(guardFile, { workerData: process.ppid, resourceLimits: { maxOldGenerationSizeMb: 8 } });
  process.on('disconnect', () => process.exit());
  // Ignores signals to the process group: the daemon finishes current pictures and then ends its decoders.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  preferAsOomVictim();
  const sharedBuffer = new SharedBuffer(sharedBufferDescriptor);
  const buffers = new BufferPool();
  process.on('message', async (request: DecodeRequest) => {
    reply(await buffers.lend((room) => answer(decoder, request, sharedBuffer, room)));
  });
  reply({ kind: 'ready' });
}

/** Makes the kernel kill this process before the daemon when memory runs out. */
function preferAsOomVictim(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {
    // Only Linux has this file.
  }
}

async function answer(
  decoder: Decoder,
  request: DecodeRequest,
  sharedBuffer: SharedBuffer,
  room: Allocate,
): Promise<DecodeReply> {
  try {
    const { pixels, taken } = await decoder.decode(sharedBuffer.take(request.picture, room), request.spec);
    const { width, height, data } = pixels;
    return { kind: 'decoded', pixels: sharedBuffer.put(data), width, height, taken };
  } catch (error) {
    if (!(error instanceof FrameError)) throw error; // a bug: the process ends, and the picture is blamed
    return { kind: 'faulty', reason: error.reason, message: error.message };
  }
}

function reply(message: DecodeReply): void {
  process.send?.(message);
}
