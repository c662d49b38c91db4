import type { Graph, Tensor } from './graph.ts';

/** Common layers of both classical graphs. */

/** uint8 [n, h, w, 3] → planes in 0..1, [n, 3, h, w]. */
export function planes(graph: Graph, image: Tensor): Tensor {
  const scaled = graph.op('Mul', [graph.op('Cast', [image], { to: 1 }), graph.float(1 / 255)]);
  return graph.op('Transpose', [scaled], { perm: [0, 3, 1, 2] });
}

/** Mean over squares of `side` pixels. */
export function averaged(graph: Graph, x: Tensor, side: number): Tensor {
  return graph.op('AveragePool', [x], { kernel_shape: [side, side], strides: [side, side] });
}

export function reshaped(graph: Graph, x: Tensor, shape: readonly number[]): Tensor {
  return graph.op('Reshape', [x, graph.ints(shape)]);
}

export function plus(graph: Graph, x: Tensor, value: number): Tensor {
  return graph.op('Add', [x, graph.float(value)]);
}

export function times(graph: Graph, x: Tensor, value: number): Tensor {
  return graph.op('Mul', [x, graph.float(value)]);
}

/** Sum over one axis, kept with length 1. */
export function summed(graph: Graph, x: Tensor, axis: number): Tensor {
  return graph.op('ReduceSum', [x, graph.ints([axis])]);
}

/** Square root with a finite slope at 0. */
export function rooted(graph: Graph, x: Tensor, floor: number): Tensor {
  return graph.op('Sqrt', [plus(graph, x, floor)]);
}

/** Each row [n, d] as a unit vector; an empty row stays near 0. */
export function unit(graph: Graph, x: Tensor): Tensor {
  const squares = summed(graph, graph.op('Mul', [x, x]), 1);
  return graph.op('Div', [x, rooted(graph, squares, 1e-12)]);
}

/**
 * Hue in 0..6, saturation and value in 0..1, each [n, 1, pixels]. `dark` keeps the saturation of black at 0.
 */
export function hueSaturationValue(graph: Graph, x: Tensor, pixels: number, dark: number) {
  const [r, g, b] = graph.ops('Split', [reshaped(graph, x, [0, 3, pixels])], 3, { axis: 1 }) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const value = graph.op('Max', [r, g, b]);
  const spread = graph.op('Sub', [value, graph.op('Min', [r, g, b])]);
  const saturation = graph.op('Div', [spread, plus(graph, value, dark)]);
  return { hue: hue(graph, [r, g, b], value, plus(graph, spread, 1e-4)), saturation, value };
}

function hue(
  graph: Graph,
  [r, g, b]: readonly [Tensor, Tensor, Tensor],
  value: Tensor,
  spread: Tensor,
): Tensor {
  const from = (a: Tensor, c: Tensor, turn: number) =>
    plus(graph, graph.op('Div', [graph.op('Sub', [a, c]), spread]), turn);
  const highest = (channel: Tensor) => graph.op('GreaterOrEqual', [channel, value]);
  const others = graph.op('Where', [highest(g), from(b, r, 2), from(r, g, 4)]);
  const any = graph.op('Where', [highest(r), from(g, b, 0), others]);
  return graph.op('Mod', [plus(graph, any, 6), graph.float(6)], { fmod: 1 });
}
