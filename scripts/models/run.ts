import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Embedding } from '../../src/domain/embedding.ts';
import { embeddingOf, type ModelDescriptor, valuesOf } from '../../src/vision/models/descriptor.ts';
import type { Sample } from './calibrate.ts';
import type { Prepared, Row } from './prepared.ts';

const batch = 16;

/** Embeds each row with a graph that takes bytes. */
export async function embed(
  graph: Uint8Array,
  prepared: Prepared,
  rows: readonly Row[],
  output: ModelDescriptor['output'],
): Promise<Sample[]> {
  const count = valuesOf(output);
  const embeddings: Embedding[] = [];
  await run(graph, rows, bytesOf(prepared), ({ embedding }) => {
    const values = embedding?.data as Float32Array;
    for (let at = 0; at < values.length; at += count)
      embeddings.push(embeddingOf(values.slice(at, at + count), output));
  });
  return rows.map((row, i) => ({ ...row, embedding: embeddings[i] as Embedding }));
}

/** Prepared pictures for a graph that takes bytes. */
export function bytesOf(prepared: Prepared): (some: readonly Row[]) => Tensor {
  return (some) => new Tensor('uint8', prepared.read(some), [some.length, prepared.side, prepared.side, 3]);
}

/** Runs a graph with one input over the rows in batches; `tensorOf` creates the input of a batch. */
export async function run<T>(
  graph: Uint8Array,
  rows: readonly T[],
  tensorOf: (some: readonly T[]) => Tensor | Promise<Tensor>,
  take: (results: InferenceSession.OnnxValueMapType) => void,
): Promise<void> {
  const session = await InferenceSession.create(graph, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const [input] = session.inputNames as [string];
  for (let first = 0; first < rows.length; first += batch)
    take(await session.run({ [input]: await tensorOf(rows.slice(first, first + batch)) }));
  await session.release();
}
