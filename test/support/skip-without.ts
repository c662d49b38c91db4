/**
 * Returns the reason to skip a test on a machine without something needed, otherwise false. In CI no test is
 * skipped: the test runs, and fails.
 */
export function skipWithout(isThere: boolean, reason: string): string | false {
  return isThere || process.env.CI !== undefined ? false : reason;
}
