import { spawn } from 'node:child_process';

/**
 * Sends a notification to systemd if the unit has Type=notify; does nothing otherwise. Node has no datagram
 * sockets, therefore the systemd-notify program sends the message; see sd_notify(3).
 */
export function notifySystemd(...assignments: readonly string[]): void {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...assignments], { stdio: 'ignore' });
  child.on('error', () => {}); // without the program, systemd's time-outs apply
}

/**
 * Returns the interval of watchdog notifications, ms: half of systemd's time-out. Returns undefined without a
 * watchdog.
 */
export function watchdogMs(): number | undefined {
  const allowedUs = Number(process.env.WATCHDOG_USEC ?? Number.NaN);
  return Number.isFinite(allowedUs) ? allowedUs / 1000 / 2 : undefined;
}
