"""Turns a checkpoint into model.onnx and model.json.

    python3 export.py --data PREPARED --checkpoint CHECKPOINTS/last.pt --out FOLDER [--search]

Fits the reduction of each branch on training pictures, weighs the branches (chosen with --search on held-out
sources) and folds everything into one graph with 8-bit weights. `npm run calibrate-model` adds the calibration.
"""

import argparse
import hashlib
import itertools
import json
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

from data import SIDE, TARGET, Pictures
from measure import mean_average_precision, oracle_f1
from model import Colour, Gradients, Network

# Lengths of the three parts of the vector and their weights in it, chosen on held-out sources.
LENGTHS = (152, 64, 40)
WEIGHTS = (1.0, 0.5, 0.3)
SHRINKAGE = (1.0, 1.0, 1.0)

# Objects look larger in the crops of training than in whole pictures: larger whole pictures make up for it
# (Touvron et al. 2019, "Fixing the train-test resolution discrepancy").
SHIPPED_SIDE = 192

SUPERVISED = (True, True, True)


class Raw(nn.Module):
    """The three branches before reduction."""

    def __init__(self, network, side):
        super().__init__()
        self.parts = nn.ModuleList([network, Colour(side), Gradients(side)])

    def forward(self, x):
        return [part(x) for part in self.parts]


class Shipped(nn.Module):
    """Bytes in, unit vector out."""

    def __init__(self, raw, reductions, weights):
        super().__init__()
        self.raw, self.weights = raw, weights
        self.reductions = nn.ModuleList()
        for matrix, offset in reductions:
            linear = nn.Linear(*matrix.T.shape)
            linear.weight.data.copy_(torch.from_numpy(matrix))
            linear.bias.data.copy_(torch.from_numpy(offset))
            self.reductions.append(linear)
        fold(raw.parts[0].project, self.reductions)

    def forward(self, image):
        x = image.float().permute(0, 3, 1, 2) * (1 / 255)
        network, colour, gradients = self.raw.parts
        parts = [network.pooled(x), colour(x), gradients(x)]
        parts = [unit(reduce(part)) * weight for reduce, part, weight in zip(self.reductions, parts, self.weights)]
        return unit(torch.cat(parts, 1))


def unit(x):
    return x / (x.pow(2).sum(1, keepdim=True) + 1e-12).sqrt()


def fold(project, reductions):
    """One linear layer instead of the network's last and its reduction."""
    after = reductions[0]
    both = nn.Linear(project.in_features, after.out_features)
    both.weight.data.copy_(after.weight @ project.weight)
    both.bias.data.copy_(after.weight @ project.bias + after.bias)
    reductions[0] = both


@torch.no_grad()
def describe(raw, pictures, rows):
    """Raw features of all branches, each a matrix with one row per picture."""
    parts = []
    for first in range(0, len(rows), 32):
        parts.append([part.numpy() for part in raw(pictures.planes(rows[first:first + 32]))])
    return [np.concatenate(column) for column in zip(*parts)]


def reduction(features, groups, length, shrinkage, supervised):
    """(matrix, offset) that centres, whitens with shrinkage and keeps the strongest `length` directions.

    Whitened is the scatter within groups where there is one to learn from (what differs between pictures of one
    scene counts less), otherwise the total.
    """
    mean = features.mean(0)
    centred = (features - mean).astype(np.float64)
    total = centred.T @ centred / len(centred)
    if supervised:
        _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
        sums = np.zeros((len(counts), centred.shape[1]))
        np.add.at(sums, inverse, centred)
        apart = (centred - (sums / counts[:, None])[inverse])[counts[inverse] > 1]
        scatter = apart.T @ apart / len(apart)
    else:
        scatter = total
    values, vectors = np.linalg.eigh(scatter)
    whiten = vectors * (np.maximum(values, 0) + shrinkage * values[-len(values) // 4:].mean()) ** -0.5
    values, vectors = np.linalg.eigh(whiten.T @ total @ whiten)
    matrix = (whiten @ vectors[:, ::-1][:, :length]).T
    return matrix.astype(np.float32), (-matrix @ mean).astype(np.float32)


def combine(features, reductions, weights):
    parts = [normalise(x @ matrix.T + offset) * w for x, (matrix, offset), w in zip(features, reductions, weights)]
    return normalise(np.concatenate(parts, 1))


def normalise(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def search(fit, fit_groups, held, held_groups, sources):
    """Prints what each choice is worth on held-out sources."""
    plain = [normalise(held[0]), normalise(held[1]), normalise(held[2])]
    for name, x in zip(('network', 'colour', 'gradients'), plain):
        print(f'{name} as it is: mAP {mean_average_precision(x, held_groups, sources):.4f} F1 {oracle_f1(x, held_groups):.4f}')
    for shrinkage, supervised in itertools.product((0.01, 0.03, 0.1, 0.3, 1.0, 3.0), (False, True)):
        scores = []
        for index, length in enumerate(LENGTHS):
            one = reduction(fit[index], fit_groups, length, shrinkage, supervised)
            scores.append(mean_average_precision(combine(held[index:index + 1], [one], [1]), held_groups, sources))
        print(f'shrinkage {shrinkage} within groups {supervised}: mAP', *(f'{score:.4f}' for score in scores), flush=True)


def search_weights(reductions, held, held_groups, sources):
    for colour, gradients in itertools.product((0, 0.3, 0.45, 0.6), (0, 0.25, 0.4, 0.55)):
        vectors = combine(held, reductions, (1, colour, gradients))
        print(f'weights 1 {colour} {gradients}: mAP {mean_average_precision(vectors, held_groups, sources):.4f}'
              f' F1 {oracle_f1(vectors, held_groups, 3):.4f}', flush=True)


def to_eight_bits(path):
    """Stores every large weight as int8 with one scale per output; the runtime unfolds them once, when loading."""
    model = onnx.load(path)
    graph = model.graph
    nodes = []
    for tensor in list(graph.initializer):
        weight = numpy_helper.to_array(tensor)
        if weight.dtype != np.float32 or weight.size < 4096:
            continue
        rows = weight.reshape(weight.shape[0], -1)
        scale = np.maximum(np.abs(rows).max(1), 1e-8) / 127
        whole = np.clip(np.round(rows / scale[:, None]), -127, 127).astype(np.int8).reshape(weight.shape)
        scale = scale.astype(np.float32).reshape([-1] + [1] * (weight.ndim - 1))
        name = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.extend([numpy_helper.from_array(whole, name + '_int8'), numpy_helper.from_array(scale, name + '_scale')])
        nodes.append(helper.make_node('Cast', [name + '_int8'], [name + '_cast'], to=TensorProto.FLOAT))
        nodes.append(helper.make_node('Mul', [name + '_cast', name + '_scale'], [name]))
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes + rest)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def write(network, side, out, version):
    out.mkdir(parents=True, exist_ok=True)
    path = out / 'model.onnx'
    torch.onnx.export(
        network, torch.zeros(2, side, side, 3, dtype=torch.uint8), str(path), opset_version=13,
        input_names=['image'], output_names=['embedding'],
        dynamic_axes={'image': {0: 'n'}, 'embedding': {0: 'n'}},
    )
    to_eight_bits(str(path))
    content = path.read_bytes()
    descriptor = {
        'name': 'builtin',
        'version': version,
        'file': path.name,
        'bytes': len(content),
        'sha256': hashlib.sha256(content).hexdigest(),
        'license': 'MIT',
        'input': {
            'name': 'image', 'layout': 'NHWC', 'type': 'uint8', 'width': side, 'height': side,
            'resize': {'mode': 'fill', 'kernel': 'lanczos3'},
        },
        'output': {'name': 'embedding', 'dimensions': sum(LENGTHS), 'normalised': True},
    }
    (out / 'model.json').write_text(json.dumps(descriptor, indent=2) + '\n')
    print(f'{path}: {len(content)} bytes')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--checkpoint', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--side', type=int, default=SHIPPED_SIDE, help='of the pictures that the graph takes')
    parser.add_argument('--version', default='scene-2')
    parser.add_argument('--search', action='store_true', help='print the choices on held-out sources, export nothing')
    parser.add_argument('--threads', type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    pictures = Pictures(options.data)
    network = Network(outputs=TARGET)
    network.load_state_dict(torch.load(options.checkpoint)['average'])
    raw = Raw(network, SIDE).eval()

    _, inverse, counts = np.unique(pictures.groups, return_inverse=True, return_counts=True)
    several = np.flatnonzero(~pictures.held_out & (counts[inverse] > 1))
    single = np.flatnonzero(~pictures.held_out & (counts[inverse] == 1))
    random = np.random.default_rng(5)
    rows = np.concatenate([random.choice(several, 3000, replace=False), random.choice(single, 4000, replace=False)])
    held_rows = np.flatnonzero(pictures.held_out)
    fit, held = describe(raw, pictures, rows), describe(raw, pictures, held_rows)
    groups, held_groups = pictures.groups[rows], pictures.groups[held_rows]
    sources = pictures.sources[held_rows]
    if options.search:
        search(fit, groups, held, held_groups, sources)
    reductions = [reduction(x, groups, *choice) for x, choice in zip(fit, zip(LENGTHS, SHRINKAGE, SUPERVISED))]
    if options.search:
        search_weights(reductions, held, held_groups, sources)
        return
    vectors = combine(held, reductions, WEIGHTS)
    print(f'held-out mAP {mean_average_precision(vectors, held_groups):.4f}'
          f' mean over sources {mean_average_precision(vectors, held_groups, sources):.4f}'
          f' F1 {oracle_f1(vectors, held_groups, 20):.4f} on {len(held_rows)} pictures')
    shipped = Shipped(Raw(network, options.side), reductions, WEIGHTS)
    write(shipped.eval(), options.side, Path(options.out), options.version)
    print('npm run calibrate-model adds the calibration')
    with open(Path(options.out) / 'probe.f32', 'wb') as probe:  # for verify.ts; not shipped
        probe.write(np.ascontiguousarray(vectors[:256]).tobytes())


if __name__ == '__main__':
    main()
