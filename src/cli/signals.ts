/** Aborts at the first SIGTERM or SIGINT; the second ends the process at once, which is safe at any point. */
export function stopSignal(onStop: () => void = () => {}): AbortSignal {
  const stop = new AbortController();
  let signals = 0;
  const heard = () => {
    // Not process.exit: it would tear down threads inside native code.
    if (++signals > 1) process.kill(process.pid, 'SIGKILL');
    onStop();
    stop.abort();
  };
  process.on('SIGTERM', heard).on('SIGINT', heard);
  return stop.signal;
}
