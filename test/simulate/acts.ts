import { filingSteps } from '../support/steps.ts';

/** Who works in the library beside the daemon: people, commands and consolidation; people only; nobody. */
export type Who = 'everybody' | 'people' | 'nobody';

/** Acts of the world, with their relative frequencies. */
const acts: Readonly<Record<string, number>> = {
  'write in place': 8,
  'rename in': 6,
  'write slowly': 3,
  'send something odd': 3,
  'send again': 3,
  replace: 2,
  'take back': 2,
  drag: 3,
  'rename file': 2,
  'rename folder': 2,
  merge: 1,
  'found group': 2,
  delete: 2,
  'delete folder': 1,
  'put by hand': 2,
  kill: 3,
  'kill at a step': 3,
  restart: 2,
  'start a second': 1,
  'clock forward': 1,
  'clock backward': 1,
  'one failing call': 3,
  'failing until healed': 2,
  heal: 2,
  'unmount library': 1,
  'mount library': 2,
  wait: 6,
};

/** Acts of commands and consolidation, for stories with changes of groups. */
const regroupingActs: Readonly<Record<string, number>> = {
  'merge by command': 4,
  'move by command': 4,
  'merge by itself': 4,
  'undo by command': 4,
  'split by command': 4,
  'rename by command': 3,
};

/** Acts without an effect on the result, compared with a calm run. */
const undisturbing = [
  'write in place',
  'rename in',
  'write slowly',
  'send something odd',
  'send again',
  'kill',
]
  .concat(['kill at a step', 'restart', 'start a second', 'one failing call', 'failing until healed', 'heal'])
  .concat(['unmount library', 'mount library', 'wait']);

export const actsOf: Readonly<Record<Who, Readonly<Record<string, number>>>> = {
  everybody: { ...acts, ...regroupingActs },
  people: acts,
  nobody: Object.fromEntries(Object.entries(acts).filter(([act]) => undisturbing.includes(act))),
};

const regroupingSteps = ['relocating', 'relocated'];

export function stepsOf(who: Who): readonly string[] {
  return who === 'everybody' ? [...filingSteps, ...regroupingSteps] : filingSteps;
}
