import { workerData } from 'node:worker_threads';

/**
 * Ends an orphaned decoder process when the daemon is gone. Runs in its own thread, because a decoder in an
 * endless loop handles no events.
 */

const everyMs = 500;
const parent: unknown = workerData;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, everyMs);
