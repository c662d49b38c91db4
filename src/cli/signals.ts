/** Aborts at the first SIGTERM or SIGINT. The second signal ends the process at once, safe at any point. */
export function stopSignal(onStop: () => void = () => {}): AbortSignal {
  const stop = new AbortController();
  let signals = 0;
  const heard = () => {
    // Not process.exit: process.exit would tear down threads inside native code.
    if (++signals > 1) process.kill(process.pid, 'SIGKILL');
    onStop();
    stop.abort();
  };
  process.on('SIGTERM', heard).on('SIGINT', heard);
  return stop.signal;
}
