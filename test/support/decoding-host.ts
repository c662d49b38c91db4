import { readFileSync } from 'node:fs';
import { openDecoderPool } from '../../src/vision/decode/process/decoder-pool.ts';

/** A process that decodes a given file with the misbehaving decoder; to be killed meanwhile. */
const pool = await openDecoderPool({
  workers: 1,
  limits: { timeoutMs: 600_000, memoryBytesMax: 2 ** 40 },
  settings: { pixelsMax: 1_000_000 },
  program: new URL('./misbehaving-decoder.ts', import.meta.url),
});
const decoding = pool.decode(readFileSync(process.argv[2] as string), {
  width: 8,
  height: 8,
  resize: { mode: 'fill', kernel: 'cubic' },
});
process.send?.('decoding');
await decoding;
