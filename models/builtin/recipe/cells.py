"""Makes an exported model tell of the places of a picture too, with the very same weights for the whole.

    python3 cells.py fit --model model.onnx --activations activations.f32 --out FOLDER --version scene-3
    python3 cells.py part --map TENSOR --channels 1024 --side 7 --activations activations.f32 --out model.onnx.part

activations.ts writes what the graph's last map says of training pictures; that of the built-in model has 6 by 6 places of
256 values, and is named BUILTIN below. `fit` reduces each place to 64 values, whitened by the scatter over all places with
shrinkage, and puts them behind the values of the whole. `npm run calibrate-model` adds the calibration.

`part` is the same for any other model with a map: what it writes, behind the bytes of the model file, makes a model that
has one more output, `described`, with the values of `embedding` and those of the places (protocol buffers that follow one
another are one message).
"""

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

VALUES = 64
SHRINKAGE = 0.1


@dataclass
class Map:
    """A graph's tensor of [n, channels, side, side]."""

    name: str
    channels: int
    side: int


BUILTIN = Map('/blocks/blocks.6/Relu_1_output_0', 256, 6)


def whitening(path, of):
    """[channels, 64] and [64]: what a place's values are multiplied by, and what is added then."""
    maps = np.fromfile(path, np.float32).reshape(-1, of.channels, of.side**2)
    count = len(maps) * of.side**2
    mean = maps.sum((0, 2), np.float64) / count
    scatter = np.zeros((of.channels, of.channels))
    for some in np.array_split(maps, max(1, len(maps) // 256)):
        places = some.transpose(0, 2, 1).reshape(-1, of.channels) - mean
        scatter += places.T @ places
    spread, axes = np.linalg.eigh(scatter / (count - 1))
    first = np.argsort(-spread)[:VALUES]
    matrix = axes[:, first] / np.sqrt(spread[first] + SHRINKAGE * spread.max())
    # An axis has no direction of its own.
    matrix *= np.sign(matrix[np.abs(matrix).argmax(0), np.arange(VALUES)])
    return matrix, -mean @ matrix


def add_cells(graph, of, activations, whole, described):
    """Nodes behind a graph, so that an output `described` has what `whole` says, and then 64 values for each place."""
    matrix, offset = whitening(activations, of)
    weight = matrix.T.astype(np.float32).reshape(VALUES, of.channels, 1, 1)
    scale = np.abs(weight).max((1, 2, 3), keepdims=True) / 127
    constants = {
        'cells.weight_int8': np.round(weight / scale).astype(np.int8),
        'cells.weight_scale': scale,
        'cells.bias': offset.astype(np.float32),
        'cells.shape': np.array([-1, of.side**2 * VALUES], np.int64),
    }
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    graph.node.extend(
        [
            helper.make_node('Cast', ['cells.weight_int8'], ['cells.weight_cast'], to=TensorProto.FLOAT),
            helper.make_node('Mul', ['cells.weight_cast', 'cells.weight_scale'], ['cells.weight']),
            helper.make_node('Conv', [of.name, 'cells.weight', 'cells.bias'], ['cells.map'], kernel_shape=[1, 1]),
            helper.make_node('Transpose', ['cells.map'], ['cells.rows'], perm=[0, 2, 3, 1]),
            helper.make_node('Reshape', ['cells.rows', 'cells.shape'], ['cells']),
            helper.make_node('Concat', [whole, 'cells'], [described], axis=1),
        ]
    )


def part(of, activations, out):
    addition = onnx.ModelProto()
    add_cells(addition.graph, of, activations, 'embedding', 'described')
    addition.graph.output.append(helper.make_tensor_value_info('described', TensorProto.FLOAT, None))
    out.write_bytes(addition.SerializeToString())


def with_cells(model, activations):
    graph = model.graph
    for node in graph.node:
        node.output[:] = ['whole' if name == 'embedding' else name for name in node.output]
    add_cells(graph, BUILTIN, activations, 'whole', 'embedding')
    whole = graph.output[0].type.tensor_type.shape.dim[1].dim_value
    shape = ['n', whole + BUILTIN.side**2 * VALUES]
    graph.output[0].CopyFrom(helper.make_tensor_value_info('embedding', TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    return model


def fit(path, activations, out, version):
    model = with_cells(onnx.load(path), activations)
    out.mkdir(parents=True, exist_ok=True)
    content = model.SerializeToString()
    (out / 'model.onnx').write_bytes(content)
    descriptor = json.loads(path.with_name('model.json').read_text())
    descriptor |= {'version': version, 'bytes': len(content), 'sha256': hashlib.sha256(content).hexdigest()}
    output = descriptor['output']
    descriptor['output'] = {'name': output['name'], 'dimensions': output['dimensions'], 'cells': BUILTIN.side**2}
    descriptor['output']['normalised'] = True
    (out / 'model.json').write_text(json.dumps(descriptor, indent=2) + '\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('step', choices=['fit', 'part'])
    parser.add_argument('--model', type=Path)
    parser.add_argument('--activations', type=Path)
    parser.add_argument('--out', required=True, type=Path)
    parser.add_argument('--version')
    parser.add_argument('--map')
    parser.add_argument('--channels', type=int)
    parser.add_argument('--side', type=int)
    options = parser.parse_args()
    if options.step == 'fit':
        fit(options.model, options.activations, options.out, options.version)
    else:
        part(Map(options.map, options.channels, options.side), options.activations, options.out)


if __name__ == '__main__':
    main()
