import { readFileSync } from 'node:fs';
import { errorOf } from './decoding.ts';

/** Prints why a file cannot be decoded. */
const { reason, message } = await errorOf(readFileSync(process.argv[2] as string));
console.log(JSON.stringify({ reason, message }));
