import { type DecoderOptions, sharpDecoder } from '../sharp-decoder.ts';
import { serveDecoder } from './serve.ts';

/** Entry point of a decoder process. */
serveDecoder(sharpDecoder(JSON.parse(process.argv[2] ?? '') as DecoderOptions));
