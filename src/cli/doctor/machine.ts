import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Finding, fail, ok, warn } from './check.ts';

/** The system under us. */
export function checkMachine(nowMs: number): Finding[] {
  return [checkNode(process.versions.node), checkFlock(), checkNotify(), checkInotify(), checkClock(nowMs)];
}

const nodeNeeded = [20, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > nodeNeeded[0] || (major === nodeNeeded[0] && minor >= nodeNeeded[1]);
  if (isEnough) return ok('node', `version ${version}`);
  return fail('node', `version ${version}`, `Install Node ${nodeNeeded.join('.')} or newer.`);
}

function checkFlock(): Finding {
  if (spawnSync('flock', ['--version']).status === 0) return ok('flock', 'the program is there');
  return fail('flock', 'the program is missing', 'Install util-linux: without it no state can be locked.');
}

function checkNotify(): Finding {
  if (spawnSync('systemd-notify', ['--version']).status === 0)
    return ok('systemd-notify', 'the program is there');
  const todo = 'Needed only as a systemd service: install systemd, or use Type=exec in the unit.';
  return warn('systemd-notify', 'the program is missing', todo);
}

const watchesEnough = 8_192;

function checkInotify(): Finding {
  try {
    const limit = (name: string) => Number(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'));
    const [watches, instances] = [limit('max_user_watches'), limit('max_user_instances')];
    const says = `${watches} watches, ${instances} instances`;
    if (watches >= watchesEnough) return ok('inotify', says);
    return warn('inotify', says, 'For large inboxes: sysctl fs.inotify.max_user_watches=524288.');
  } catch {
    return warn(
      'inotify',
      'this system has none',
      'Set watch.usePolling, or leave it: the rescan finds everything.',
    );
  }
}

const reasonableMs = Date.UTC(2024, 0, 1);

export function checkClock(nowMs: number): Finding {
  const says = new Date(nowMs).toISOString();
  if (nowMs >= reasonableMs) return ok('clock', says);
  return warn('clock', says, 'Set the clock: groups and logs bear its time.');
}
