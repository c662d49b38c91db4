import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertEmbedding } from '../src/domain/embedding.ts';
import { markerFile, ownFolder } from '../src/domain/placement.ts';
import type { Clock } from '../src/lib/async/clock.ts';
import { nodeFileSystem } from '../src/lib/fs/file-system.ts';
import { openLog } from '../src/lib/logger.ts';
import { Reconciler } from '../src/library/reconcile/reconciler.ts';
import { Events } from '../src/monitoring/events.ts';
import { closeState, type LibraryState, openState } from '../src/storage/open.ts';
import { findModel } from '../src/vision/models/registry.ts';
import { filed } from '../test/support/decisions.ts';
import { cpuMs } from './meters.ts';
import { printTable } from './table.ts';

/** Measures a library scan, about once a minute in the daemon: few large folders, and many small ones. */

interface Shape {
  readonly groups: number;
  readonly files: number;
}

interface Cost {
  readonly look: string;
  readonly cpuMs: number;
  readonly wallMs: number;
}

const shapes: readonly Shape[] = [
  { groups: 70, files: 100_000 },
  { groups: 5_000, files: 50_000 },
];

/** Longer than the coarsest timestamps of file systems. */
const tickMs = 3_000;

export async function libraryScan() {
  const figures = [];
  for (const shape of shapes) {
    const costs = await costsOf(shape);
    process.stdout.write(`${shape.files} files in ${shape.groups} folders\n\n`);
    printTable(
      ['look', 'CPU, ms', 'of a minute', 'wall, ms'],
      costs.map(({ look, cpuMs, wallMs }) => [
        look,
        cpuMs.toFixed(0),
        `${(cpuMs / 600).toFixed(2)} %`,
        wallMs.toFixed(0),
      ]),
    );
    process.stdout.write('\n');
    figures.push({ ...shape, costs });
  }
  return figures;
}

async function costsOf(shape: Shape): Promise<Cost[]> {
  const folder = mkdtempSync(join(tmpdir(), 'framesort-bench-'));
  const library = join(folder, 'library');
  const libraryState = await openState(join(folder, 'state'), findModel('builtin'));
  try {
    await fill(libraryState, library, shape);
    let passedMs = 0;
    const clock: Clock = { now: () => Date.now(), passed: () => passedMs, sleep: async () => {} };
    const { store, membership } = libraryState;
    const log = openLog({ level: 'silent', format: 'json' });
    const reconciler = new Reconciler({
      store,
      membership,
      files: nodeFileSystem,
      library,
      clock,
      log,
      events: new Events(log),
    });
    const measured = async (look: string, times = 1): Promise<Cost> => {
      passedMs += tickMs;
      const [wall, cpu] = [performance.now(), cpuMs().all];
      for (let time = 0; time < times; time++) await reconciler.run();
      return { look, cpuMs: (cpuMs().all - cpu) / times, wallMs: (performance.now() - wall) / times };
    };
    const costs = [await measured('first'), await measured('second'), await measured('nothing changed', 10)];
    renameSync(join(library, 'scene-1', '1.jpg'), join(library, 'scene-2', 'mine.jpg'));
    return [...costs, await measured('one picture was dragged'), await measured('after it')];
  } finally {
    await closeState(libraryState);
    rmSync(folder, { recursive: true });
  }
}

/** Files of one byte: a scan does not read them. */
async function fill({ store }: LibraryState, library: string, { groups, files }: Shape): Promise<void> {
  mkdirSync(join(library, ownFolder), { recursive: true });
  writeFileSync(join(library, markerFile), '{}');
  const { space } = findModel('builtin');
  const embedding: Float32Array = new Float32Array(space.dimensions).fill(1 / Math.sqrt(space.dimensions));
  assertEmbedding(embedding, space);
  for (let first = 1; first <= files; first += 1_000) {
    const decisions = [];
    for (let id = first; id < Math.min(first + 1_000, files + 1); id++) {
      const group = 1 + ((id - 1) % groups);
      if (id <= groups) mkdirSync(join(library, `scene-${group}`));
      writeFileSync(join(library, `scene-${group}`, `${id}.jpg`), '.');
      decisions.push(filed(id, embedding, group, id <= groups));
    }
    await store.commit(decisions);
    const placed = [];
    for (const { frame, placement } of decisions) {
      const { device, inode } = await nodeFileSystem.stat(join(library, placement.folder, placement.name));
      placed.push({
        frame: frame.id,
        group: placement.group,
        name: placement.name,
        state: 'placed' as const,
        fileId: `${device}:${inode}`,
      });
    }
    await store.frames.markPlaced(placed);
  }
}
