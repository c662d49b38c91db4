import { spawn } from 'node:child_process';

/**
 * Talks to systemd when it started us with Type=notify; does nothing otherwise. Node has no datagram sockets, so the
 * systemd-notify program carries the message; see sd_notify(3).
 */
export function notifySystemd(...assignments: readonly string[]): void {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...assignments], { stdio: 'ignore' });
  child.on('error', () => {}); // without the program systemd learns nothing, and its time-outs decide
}

/** How often systemd wants to hear that we are alive, ms; half of what it allows. Undefined without a watchdog. */
export function watchdogMs(): number | undefined {
  const allowedUs = Number(process.env.WATCHDOG_USEC ?? Number.NaN);
  return Number.isFinite(allowedUs) ? allowedUs / 1000 / 2 : undefined;
}
