import { serveDecoder } from './serve.ts';
import { type DecoderOptions, sharpDecoder } from './sharp-decoder.ts';

/** The program of a process that decodes. */
serveDecoder(sharpDecoder(JSON.parse(process.argv[2] ?? '') as DecoderOptions));
