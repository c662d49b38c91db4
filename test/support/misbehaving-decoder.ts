import { serveDecoder } from '../../src/vision/decode/process/serve.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';

/** Decodes like the real program, except for pictures with a misbehaviour appended. */

export const requests = ['loop', 'hang', 'crash', 'leave', 'eat-memory', 'eat-heap'] as const;
export type Request = (typeof requests)[number];

/** The same picture to every other decoder. */
export function wishing(picture: Buffer, request: Request): Buffer {
  return Buffer.concat([picture, Buffer.from(`\nwish:${request}`)]);
}

const fulfil: Record<Request, () => unknown> = {
  loop: () => {
    for (;;);
  },
  hang: () => new Promise(() => {}),
  crash: () => process.kill(process.pid, 'SIGSEGV'),
  leave: () => process.exit(7),
  'eat-memory': async () => {
    for (const eaten: Buffer[] = []; ; await new Promise((resolve) => setTimeout(resolve, 1)))
      eaten.push(Buffer.alloc(8 * 2 ** 20, 1));
  },
  'eat-heap': () => {
    for (const eaten: unknown[] = []; ; ) eaten.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
  },
};

if (process.argv[2] !== undefined && process.send !== undefined) {
  const real = sharpDecoder(JSON.parse(process.argv[2]));
  serveDecoder({
    async decode(bytes, spec) {
      const request = bytes.subarray(-32).toString('latin1').split('\nwish:')[1];
      if (request !== undefined) await fulfil[request as Request]();
      return real.decode(bytes, spec);
    },
  });
}
