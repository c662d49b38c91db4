import { parentPort } from 'node:worker_threads';
import type { Keypoints } from '../../domain/keypoints.ts';
import type { Pixels } from '../../domain/pixels.ts';
import { openOpenCv } from './opencv.ts';

/** The thread with OpenCV. Answers one request after another. */

export type KeypointRequest =
  | { readonly kind: 'describe'; readonly pixels: Pixels }
  | { readonly kind: 'compare'; readonly one: Keypoints; readonly other: Keypoints };

export type KeypointReply =
  | { readonly kind: 'answer'; readonly answer: Keypoints | number }
  | { readonly kind: 'failed'; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('keypoint-worker.ts is a worker thread, not a program');

const opening = openOpenCv();
port.on('message', async (request: KeypointRequest) => port.postMessage(await answer(request)));

async function answer(request: KeypointRequest): Promise<KeypointReply> {
  try {
    const opencv = await opening;
    if (request.kind === 'describe') return { kind: 'answer', answer: opencv.describe(request.pixels) };
    return { kind: 'answer', answer: opencv.inliers(request.one, request.other) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
