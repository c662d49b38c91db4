"""Makes an exported model tell of the places of a picture too, with the very same weights for the whole.

    python3 cells.py expose --model model.onnx --out exposed.onnx
    python3 cells.py fit --model model.onnx --activations activations.f32 --out FOLDER --version scene-3

`expose` gives the graph's last map, 6 by 6 places of 256 values, as an output of its own; activations.ts writes what it says
of training pictures. `fit` reduces each place to 64 values, whitened by the scatter over all places with shrinkage, and
puts them behind the values of the whole. `npm run calibrate-model` adds the calibration.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAST_MAP = '/blocks/blocks.6/Relu_1_output_0'
CHANNELS, SIDE, VALUES = 256, 6, 64
SHRINKAGE = 0.1


def expose(path, out):
    model = onnx.load(path)
    shape = ['n', CHANNELS, SIDE, SIDE]
    model.graph.output.append(helper.make_tensor_value_info(LAST_MAP, TensorProto.FLOAT, shape))
    onnx.save(model, out)


def whitening(path):
    """[256, 64] and [64]: what a place's values are multiplied by, and what is added then."""
    maps = np.fromfile(path, np.float32).reshape(-1, CHANNELS, SIDE * SIDE)
    places = maps.transpose(0, 2, 1).reshape(-1, CHANNELS).astype(np.float64)
    mean = places.mean(0)
    spread, axes = np.linalg.eigh(np.cov((places - mean).T))
    first = np.argsort(-spread)[:VALUES]
    matrix = axes[:, first] / np.sqrt(spread[first] + SHRINKAGE * spread.max())
    # An axis has no direction of its own.
    matrix *= np.sign(matrix[np.abs(matrix).argmax(0), np.arange(VALUES)])
    return matrix, -mean @ matrix


def with_cells(model, matrix, offset):
    graph = model.graph
    weight = matrix.T.astype(np.float32).reshape(VALUES, CHANNELS, 1, 1)
    scale = np.abs(weight).max((1, 2, 3), keepdims=True) / 127
    constants = {
        'cells.weight_int8': np.round(weight / scale).astype(np.int8),
        'cells.weight_scale': scale,
        'cells.bias': offset.astype(np.float32),
        'cells.shape': np.array([-1, SIDE * SIDE * VALUES], np.int64),
    }
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    for node in graph.node:
        node.output[:] = ['whole' if name == 'embedding' else name for name in node.output]
    graph.node.extend(
        [
            helper.make_node('Cast', ['cells.weight_int8'], ['cells.weight_cast'], to=TensorProto.FLOAT),
            helper.make_node('Mul', ['cells.weight_cast', 'cells.weight_scale'], ['cells.weight']),
            helper.make_node('Conv', [LAST_MAP, 'cells.weight', 'cells.bias'], ['cells.map'], kernel_shape=[1, 1]),
            helper.make_node('Transpose', ['cells.map'], ['cells.rows'], perm=[0, 2, 3, 1]),
            helper.make_node('Reshape', ['cells.rows', 'cells.shape'], ['cells']),
            helper.make_node('Concat', ['whole', 'cells'], ['embedding'], axis=1),
        ]
    )
    whole = graph.output[0].type.tensor_type.shape.dim[1].dim_value
    shape = ['n', whole + SIDE * SIDE * VALUES]
    graph.output[0].CopyFrom(helper.make_tensor_value_info('embedding', TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    return model


def fit(path, activations, out, version):
    model = with_cells(onnx.load(path), *whitening(activations))
    out.mkdir(parents=True, exist_ok=True)
    content = model.SerializeToString()
    (out / 'model.onnx').write_bytes(content)
    descriptor = json.loads(path.with_name('model.json').read_text())
    descriptor |= {'version': version, 'bytes': len(content), 'sha256': hashlib.sha256(content).hexdigest()}
    output = descriptor['output']
    descriptor['output'] = {'name': output['name'], 'dimensions': output['dimensions'], 'cells': SIDE * SIDE}
    descriptor['output']['normalised'] = True
    (out / 'model.json').write_text(json.dumps(descriptor, indent=2) + '\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('step', choices=['expose', 'fit'])
    parser.add_argument('--model', required=True, type=Path)
    parser.add_argument('--activations')
    parser.add_argument('--out', required=True, type=Path)
    parser.add_argument('--version')
    options = parser.parse_args()
    if options.step == 'expose':
        expose(options.model, options.out)
    else:
        fit(options.model, options.activations, options.out, options.version)


if __name__ == '__main__':
    main()
