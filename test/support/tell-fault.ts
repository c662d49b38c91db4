import { readFileSync } from 'node:fs';
import { errorOf } from './decoding.ts';

/** Prints why the file that is named can't be decoded. */
const { reason, message } = await errorOf(readFileSync(process.argv[2] as string));
console.log(JSON.stringify({ reason, message }));
