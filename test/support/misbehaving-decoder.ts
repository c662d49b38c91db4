import { serveDecoder } from '../../src/vision/decode/process/serve.ts';
import { sharpDecoder } from '../../src/vision/decode/sharp-decoder.ts';

/** Decodes like the real program, except for pictures with a misbehaviour appended. */

export const misbehaviours = ['loop', 'hang', 'crash', 'leave', 'eat-memory', 'eat-heap'] as const;
export type Misbehaviour = (typeof misbehaviours)[number];

/** The same picture to every other decoder. */
export function misbehavingOn(picture: Buffer, misbehaviour: Misbehaviour): Buffer {
  return Buffer.concat([picture, Buffer.from(`\nmisbehave:${misbehaviour}`)]);
}

const behaviours: Record<Misbehaviour, () => unknown> = {
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
      const misbehaviour = bytes.subarray(-32).toString('latin1').split('\nmisbehave:')[1];
      if (misbehaviour !== undefined) await behaviours[misbehaviour as Misbehaviour]();
      return real.decode(bytes, spec);
    },
  });
}
