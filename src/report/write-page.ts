import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, exitCodes, FatalError, isTransient, messageOf, TransientError } from '../lib/errors.ts';
import { nodeFileSystem } from '../lib/fs/file-system.ts';
import { pageMark } from './html.ts';

/** Throws FatalError if no page can be written to the path; called before the work. */
export async function checkTarget(out: string): Promise<void> {
  await checkFolder(out);
  if (await isFreeOrOurs(out)) return;
  throw refused(out, 'it exists and is no page of framesort', 'Name another file, or remove this file.');
}

/** Writes a page atomically, possibly over an older page by framesort. */
export async function writePage(out: string, html: string): Promise<void> {
  await checkTarget(out);
  const draft = join(dirname(resolve(out)), `.framesort-page-${process.pid}.draft`);
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(html);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, out);
    await nodeFileSystem.syncFolder(dirname(resolve(out)));
  } catch (error) {
    await rm(draft, { force: true });
    throw failed(out, error);
  }
}

function failed(out: string, cause: unknown): Error {
  const hint = 'Name a file on a writable disk with free space.';
  const message = `write the page ${out}: ${messageOf(cause)}`;
  return isTransient(cause)
    ? new TransientError(message, { cause, hint })
    : new FatalError(message, { cause, hint });
}

async function checkFolder(out: string): Promise<void> {
  const folder = dirname(resolve(out));
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory()) return;
  throw refused(
    out,
    `there is no folder ${folder}`,
    'Create the folder, or name a file in an existing folder.',
  );
}

async function isFreeOrOurs(out: string): Promise<boolean> {
  try {
    const { kind } = await nodeFileSystem.stat(out);
    return kind === 'file' && (await beginning(out)) === pageMark;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw refused(out, messageOf(error), 'Name another file.', error);
  }
}

async function beginning(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(pageMark.length), 0, pageMark.length, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function refused(out: string, why: string, hint: string, cause?: unknown): FatalError {
  return new FatalError(`write the page ${out}: ${why}`, { hint, cause, exitCode: exitCodes.usage });
}
