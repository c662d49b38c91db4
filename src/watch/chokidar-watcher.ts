import { basename } from 'node:path';
import { watch } from 'chokidar';
import type { WatchEvents, Watcher, WatchOptions } from './watcher.ts';

/** Watches folders with the system's change events; resolves once it does. */
export async function openChokidarWatcher(options: WatchOptions, events: WatchEvents): Promise<Watcher> {
  const { folders, usePolling, isWanted, isKnown } = options;
  const roots = new Set(folders);
  const watcher = watch([...folders], {
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
    usePolling,
    ignored: (path, stats) =>
      !roots.has(path) && (!isWanted(basename(path)) || (stats?.isFile() === true && isKnown(path))),
  });
  watcher.on('add', events.onHint).on('change', events.onHint).on('error', events.onTrouble);
  watcher.on('unlinkDir', (path) => {
    if (roots.has(path)) events.onTrouble(new Error(`the inbox ${path} was removed`));
  });
  await new Promise<void>((resolve) => {
    watcher.once('ready', resolve);
  });
  return { close: () => watcher.close() };
}
