/**
 * Writes what a graph's last map says of training pictures, for cells.py to fit on.
 *
 *   tsx activations.ts PREPARED EXPOSED_ONNX OUT
 *
 * PREPARED is what prepare.ts made; OUT receives float32 values, picture after picture. Of each source, so many at the most.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { Prepared, type Row } from '../../../scripts/models/prepared.ts';
import { run } from '../../../scripts/models/run.ts';
import { seededRandom } from '../../../src/lib/random.ts';

const ofSourceMax = 150;
const picturesMax = 4_000;
const lastMap = '/blocks/blocks.6/Relu_1_output_0';

const [folder, graph, out] = process.argv.slice(2);
if (!folder || !graph || !out) throw new Error('usage: activations.ts PREPARED EXPOSED_ONNX OUT');

const prepared = new Prepared(folder);
writeFileSync(out, '');
await run(readFileSync(graph), prepared, some(prepared.others), (results) => {
  const map = results[lastMap]?.data as Float32Array;
  appendFileSync(out, Buffer.from(map.buffer, map.byteOffset, map.byteLength));
});
prepared.close();

function some(rows: readonly Row[]): Row[] {
  const taken = new Map<string, number>();
  const few = seededRandom(1)
    .shuffled(rows)
    .filter(({ source }) => {
      const count = (taken.get(source) ?? 0) + 1;
      taken.set(source, count);
      return count <= ofSourceMax;
    });
  return few.slice(0, picturesMax);
}
