import { Graph, type Tensor } from '../onnx/graph.ts';
import {
  averaged,
  hueSaturationValue,
  planes,
  reshaped,
  rooted,
  summed,
  times,
  unit,
} from '../onnx/layers.ts';

export const side = 160;
const colours = { levels: 8, cell: 4 } as const;
const layoutCells = 4;
const directions = 8;
/** Cells along a side, for each level of the pyramid. */
const pyramid = [4, 8] as const;

/** Parts of the vector: their lengths and their weights in the squared norm, chosen on held-out pictures. */
export const parts = {
  colour: { length: colours.levels ** 3, weight: 1 },
  layout: { length: 3 * layoutCells ** 2, weight: 0.4 },
  gradients4: { length: directions * pyramid[0] ** 2, weight: 0.2 },
  gradients8: { length: directions * pyramid[1] ** 2, weight: 0.2 },
} as const;

export type Part = keyof typeof parts;
export const partNames = Object.keys(parts) as Part[];
export const dimensions = partNames.reduce((sum, name) => sum + parts[name].length, 0);

/** Mean of each part over many pictures. The common component carries no information. */
export type Means = Partial<Record<Part, Float32Array>>;

/** Colour histogram, colour layout and oriented gradients over a pyramid: bytes in, unit vector out. */
export function classicalGraph(means: Means): Uint8Array {
  const graph = new Graph('classical');
  const described = describe(graph);
  const balanced = partNames.map((name) => {
    const mean = means[name];
    const centred =
      mean === undefined ? described[name] : graph.op('Sub', [described[name], graph.floats(mean)]);
    return times(graph, unit(graph, centred), Math.sqrt(parts[name].weight));
  });
  const joined = graph.op('Concat', balanced, { axis: 1 });
  graph.output(graph.op('Identity', [unit(graph, joined)], {}, 'embedding'), 'float32', ['n', dimensions]);
  return graph.encode();
}

/** The parts before centring, one output each, to measure the means. */
export function partsGraph(): Uint8Array {
  const graph = new Graph('parts');
  const described = describe(graph);
  for (const name of partNames)
    graph.output(graph.op('Identity', [described[name]], {}, name), 'float32', ['n', parts[name].length]);
  return graph.encode();
}

function describe(graph: Graph): Record<Part, Tensor> {
  const x = planes(graph, graph.input('image', 'uint8', ['n', side, side, 3]));
  const energy = orientedGradients(graph, x);
  return {
    colour: colourHistogram(graph, averaged(graph, x, colours.cell)),
    layout: colourLayout(graph, x),
    gradients4: pooled(graph, energy, pyramid[0]),
    gradients8: pooled(graph, energy, pyramid[1]),
  };
}

/** Counts each pixel in the two nearest bins of each axis, then takes the square root of the shares. */
function colourHistogram(graph: Graph, x: Tensor): Tensor {
  const { levels, cell } = colours;
  const pixels = (side / cell) ** 2;
  const { hue, saturation, value } = hueSaturationValue(graph, x, pixels, 0.02);
  const inHue = around(graph, times(graph, hue, levels / 6), levels);
  const inSaturation = between(graph, saturation, levels);
  const both = graph.op('Mul', [
    reshaped(graph, inHue, [0, levels, 1, pixels]),
    reshaped(graph, inSaturation, [0, 1, levels, pixels]),
  ]);
  const inValue = graph.op('Transpose', [between(graph, value, levels)], { perm: [0, 2, 1] });
  const counts = graph.op('MatMul', [reshaped(graph, both, [0, levels * levels, pixels]), inValue]);
  return rooted(graph, times(graph, reshaped(graph, counts, [0, levels ** 3]), 1 / pixels), 1e-6);
}

/** [n, 1, pixels] on a ring of `levels` → weight of each level for each value, [n, levels, pixels]. */
function around(graph: Graph, x: Tensor, levels: number): Tensor {
  const turn = graph.op('Abs', [graph.op('Sub', [x, steps(graph, levels, 1)])]);
  const back = graph.op('Abs', [graph.op('Sub', [graph.float(levels), turn])]);
  return triangle(graph, graph.op('Min', [turn, back]));
}

/** The same for values in 0..1 on a line. */
function between(graph: Graph, x: Tensor, levels: number): Tensor {
  const distance = graph.op('Abs', [graph.op('Sub', [x, steps(graph, levels, 1 / (levels - 1))])]);
  return triangle(graph, times(graph, distance, levels - 1));
}

function steps(graph: Graph, count: number, width: number): Tensor {
  return graph.floats(
    Array.from({ length: count }, (_, i) => i * width),
    [1, count, 1],
  );
}

function triangle(graph: Graph, distance: Tensor): Tensor {
  return graph.op('Relu', [graph.op('Sub', [graph.float(1), distance])]);
}

/** Mean colour of large cells: brightness, red against green, yellow against blue. */
function colourLayout(graph: Graph, x: Tensor): Tensor {
  const third = 1 / 3;
  const opponents = graph.floats([third, third, third, 1, -1, 0, 0.5, 0.5, -1], [3, 3, 1, 1]);
  const cells = averaged(graph, x, side / layoutCells);
  return reshaped(graph, graph.op('Conv', [cells, opponents]), [0, parts.layout.length]);
}

/** Gradient magnitude at each pixel of half size, distributed to the nearest directions. */
function orientedGradients(graph: Graph, x: Tensor): Tensor {
  const grey = graph.op('Conv', [averaged(graph, x, 2), graph.floats([0.299, 0.587, 0.114], [1, 3, 1, 1])]);
  const padded = graph.op('Pad', [grey, graph.ints([0, 0, 1, 1, 0, 0, 1, 1])], { mode: 'edge' });
  const slopes = graph.op('Conv', [padded, sobel(graph)]);
  const length = rooted(graph, summed(graph, graph.op('Mul', [slopes, slopes]), 1), 1e-8);
  const along = graph.op('Abs', [graph.op('Conv', [slopes, compass(graph)])]);
  const near = graph.op('Pow', [graph.op('Div', [along, length]), graph.float(8)]);
  const share = graph.op('Div', [near, graph.op('Add', [summed(graph, near, 1), graph.float(1e-6)])]);
  return graph.op('Mul', [share, length]);
}

function sobel(graph: Graph): Tensor {
  const across = [-1, 0, 1, -2, 0, 2, -1, 0, 1];
  const down = [-1, -2, -1, 0, 0, 0, 1, 2, 1];
  return graph.floats(
    [...across, ...down].map((value) => value / 8),
    [2, 1, 3, 3],
  );
}

function compass(graph: Graph): Tensor {
  const angles = Array.from({ length: directions }, (_, i) => (i * Math.PI) / directions);
  return graph.floats(
    angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]),
    [directions, 2, 1, 1],
  );
}

/** One level of the pyramid: the square root of each cell's and direction's share of all gradients. */
function pooled(graph: Graph, energy: Tensor, cells: number): Tensor {
  const means = averaged(graph, energy, side / 2 / cells);
  const flat = reshaped(graph, means, [0, directions * cells ** 2]);
  const total = graph.op('Add', [summed(graph, flat, 1), graph.float(1e-6)]);
  return rooted(graph, graph.op('Div', [flat, total]), 1e-7);
}
