import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A temporary folder for a test, removed with its contents at the end. */
export function tempFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'framesort-test-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
