/** The exit code of the process. */
export interface Result {
  exitCode: number;
}
