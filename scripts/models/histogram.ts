import { Graph, type Tensor } from '../onnx/graph.ts';
import { hueSaturationValue, planes, plus, reshaped, times } from '../onnx/layers.ts';

export const side = 160;
export const dimensions = 512;
const levels = 8;

/** Histogram of 8 × 8 × 8 bins of hue, saturation and value; its square root is a unit vector. */
export function histogramGraph(): Uint8Array {
  const graph = new Graph('histogram');
  const image = graph.input('image', 'uint8', ['n', side, side, 3]);
  const { hue, saturation, value } = hueSaturationValue(graph, planes(graph, image), side * side, 1e-9);
  const bins = binOf(graph, [times(graph, hue, 1 / 6), saturation, value]);
  const shares = shareOfBins(graph, image, reshaped(graph, bins, [0, side * side]));
  graph.output(graph.op('Sqrt', [shares], {}, 'embedding'), 'float32', ['n', dimensions]);
  return graph.encode();
}

function binOf(graph: Graph, values: readonly Tensor[]): Tensor {
  const level = (x: Tensor) =>
    graph.op('Min', [graph.op('Floor', [times(graph, x, levels)]), graph.float(levels - 1)]);
  const bin = values.map(level).reduce((sum, x) => graph.op('Add', [times(graph, sum, levels), x]));
  return graph.op('Cast', [plus(graph, bin, 0.5)], { to: 7 });
}

/** Adds the share of each pixel to its bin. */
function shareOfBins(graph: Graph, image: Tensor, bins: Tensor): Tensor {
  const count = graph.op('Slice', [graph.op('Shape', [image]), graph.ints([0]), graph.ints([1])]);
  const rows = (width: number) => graph.op('Concat', [count, graph.ints([width])], { axis: 0 });
  const filled = (value: number, width: number) =>
    graph.op('Expand', [graph.floats([value], [1, 1]), rows(width)]);
  const empty = filled(0, dimensions);
  const updates = filled(1 / (side * side), side * side);
  return graph.op('ScatterElements', [empty, bins, updates], { axis: 1, reduction: 'add' });
}
