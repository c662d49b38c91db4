import type { PlaceOrder, PlaceStep } from '../../src/library/placing/place-order.ts';
import { Placer } from '../../src/library/placing/placer.ts';
import { faultyFiles, systemError } from '../support/faulty-files.ts';

/** Places a file in a library without links, and kills itself at a step. */
const [library, order, step, refusal] = process.argv.slice(2) as [string, string, PlaceStep, string];
const files = faultyFiles(({ verb, paths }) => {
  if (verb === 'link') throw systemError(paths[0]?.includes('/drafts/') === true ? 'EPERM' : refusal);
});
const placer = new Placer(library, files, (reached) => {
  if (reached === step) process.kill(process.pid, 'SIGKILL');
});
await placer.place(JSON.parse(order) as PlaceOrder);
