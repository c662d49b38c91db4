import { type DecoderOptions, sharpDecoder } from '../sharp-decoder.ts';
import { serveDecoder } from './serve.ts';

/** The program of a process that decodes. */
serveDecoder(sharpDecoder(JSON.parse(process.argv[2] ?? '') as DecoderOptions));
