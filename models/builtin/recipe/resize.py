"""Writes an exported model anew for pictures of another side, with the very same weights.

    python3 resize.py --model model.onnx --side 192 --out FOLDER --version scene-2

`npm run calibrate-model` adds the calibration, from pictures that prepare.ts made of that side.
"""

import argparse
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

from data import TARGET
from export import LENGTHS, WEIGHTS, Raw, Shipped, write
from model import Network


def weights_of(path):
    """All weights by name; those stored as 8-bit integers as the floats that they stand for."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    whole = {name[:-5]: stored[name] * stored[name[:-5] + '_scale'] for name in stored if name.endswith('_int8')}
    return {name: torch.tensor(value).float() for name, value in (stored | whole).items()}


def convolutions_of(path, weights):
    """(weight, bias) of the network's convolutions, in the order in which they are run."""
    nodes = [node for node in onnx.load(path).graph.node if node.op_type == 'Conv' and len(node.input) == 3]
    return [(weights[node.input[1]], weights[node.input[2]]) for node in nodes]


def steps(network):
    """The convolutions of a network with the norms behind them, in the order in which they are run."""
    yield network.stem[0], network.stem[1]
    yield network.stem[3], network.stem[4]
    for block in network.blocks:
        if block.shortcut is not None:
            yield block.shortcut, block.shortcut_norm
        yield block.first, block.first_norm
        yield block.second, block.second_norm
    yield network.expand, network.expand_norm


@torch.no_grad()
def load(path, side):
    """The exported model for pictures of another side. Norms are folded into the convolutions: theirs do nothing."""
    weights = weights_of(path)
    network = Network(outputs=TARGET).eval()
    found, wanted = convolutions_of(path, weights), list(steps(network))
    assert len(found) == len(wanted), f'{path} has {len(found)} convolutions, the network {len(wanted)}'
    for (weight, bias), (convolution, norm) in zip(found, wanted):
        convolution.weight.copy_(weight)
        norm.weight.fill_((1 + norm.eps) ** 0.5)
        norm.bias.copy_(bias)
    network.power.copy_(weights['raw.parts.0.power'])
    raw = Raw(network, side)
    sizes = (TARGET, raw.parts[1].size, raw.parts[2].size)
    empty = [(torch.zeros(length, size).numpy(), torch.zeros(length).numpy()) for length, size in zip(LENGTHS, sizes)]
    shipped = Shipped(raw, empty, WEIGHTS).eval()
    for index, linear in enumerate(shipped.reductions):
        linear.weight.copy_(weights[f'reductions.{index}.weight'])
        linear.bias.copy_(weights[f'reductions.{index}.bias'])
    return shipped


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model', required=True)
    parser.add_argument('--side', type=int, required=True, help='a multiple of 16')
    parser.add_argument('--out', required=True)
    parser.add_argument('--version', required=True)
    options = parser.parse_args()
    write(load(options.model, options.side), options.side, Path(options.out), options.version)


if __name__ == '__main__':
    main()
