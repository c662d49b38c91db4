import { workerData } from 'node:worker_threads';

/**
 * Ends a process that decodes when the daemon is gone. A thread of its own, since a decoder in an endless loop hears
 * nothing.
 */

const everyMs = 500;
const parent: unknown = workerData;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, everyMs);
