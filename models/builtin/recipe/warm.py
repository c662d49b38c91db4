"""Turns a shipped model.onnx back into a checkpoint that train.py goes on from.

    python3 warm.py --data PREPARED --model ../model.onnx --out CHECKPOINTS

The shipped convolutions have their batch norms folded in. Here each gets one again that changes nothing: its
statistics are measured, its scale and shift undo them. The last layer, folded into the reduction, is fitted anew.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn as nn
from onnx import numpy_helper

from data import TARGET, Pictures, augment
from model import Network
from train import save, wanted

SIDE = 128
PICTURES = 6_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--model', required=True)
    parser.add_argument('--out', required=True)
    options = parser.parse_args()
    torch.manual_seed(1)
    pictures = Pictures(options.data)
    rows = np.flatnonzero(pictures.ready() & ~pictures.held_out)
    mean = torch.from_numpy(pictures.targets[rows].mean(0))
    network = Network(outputs=TARGET).to(memory_format=torch.channels_last)
    norms = unfold(network, options.model)
    chosen = np.random.default_rng(2).choice(rows, PICTURES, replace=False)
    refit(network, norms, pictures, chosen, mean)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    save(out, network, network, None, mean, 0, 0.0)


def unfold(network, path):
    """Loads every convolution; its batch norm adds the folded shift and does nothing else."""
    graph = onnx.load(path).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for name in [name[:-5] for name in values if name.endswith('_int8')]:
        values[name] = values[name + '_int8'].astype(np.float32) * values[name + '_scale']
    parts = dict(network.named_modules())
    norms = []
    for node in graph.node:
        if node.op_type != 'Conv' or len(node.input) < 3:
            continue
        name = module_of(node.name)
        after = f'stem.{int(name[-1]) + 1}' if name.startswith('stem') else f'{name}_norm'
        norm = parts[after]
        parts[name].weight.data.copy_(torch.from_numpy(values[node.input[1]]))
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.data.fill_(1)
        norm.bias.data.copy_(torch.from_numpy(values[node.input[2]]))
        norms.append(norm)
    network.power.data.fill_(float(next(value for name, value in values.items() if name.endswith('power'))))
    return norms


def module_of(node):
    """/blocks/blocks.1/first/Conv -> blocks.1.first"""
    path = node.strip('/').removesuffix('/Conv').split('/')
    return '.'.join(path[1:] if len(path) > 1 else path)


@torch.no_grad()
def refit(network, norms, pictures, rows, mean):
    """One pass over augmented pictures: measures what enters each batch norm, and fits the last layer by ridge."""
    network.eval()
    sums = {norm: [0, 0.0, 0.0] for norm in norms}

    def measure(norm, inputs):
        x = inputs[0].double()
        count, first, second = sums[norm]
        sums[norm] = [count + x.numel() / x.shape[1], first + x.sum((0, 2, 3)), second + x.pow(2).sum((0, 2, 3))]

    hooks = [norm.register_forward_pre_hook(measure) for norm in norms]
    features, targets = [], []
    for first in range(0, len(rows), 64):
        some = np.sort(rows[first:first + 64])
        features.append(network.pooled(augment(pictures.planes(some), SIDE)))
        targets.append(wanted(pictures, some, mean))
    for hook in hooks:
        hook.remove()
    for norm, (count, first, second) in sums.items():
        average = first / count
        spread = (second / count - average ** 2).clamp(min=1e-8)
        norm.running_mean.copy_(average)
        norm.running_var.copy_(spread)
        norm.weight.data.copy_((spread + norm.eps).sqrt())
        norm.bias.data.add_(average.float())
    solve(network.project, torch.cat(features), torch.cat(targets))


def solve(project, features, targets, ridge=1e-3):
    x = torch.cat([features, torch.ones(len(features), 1)], 1).double()
    gram = x.T @ x
    gram.diagonal().add_(ridge * gram.diagonal().mean())
    both = torch.linalg.solve(gram, x.T @ targets.double()).float()
    project.weight.data.copy_(both[:-1].T)
    project.bias.data.copy_(both[-1])
    cosine = nn.functional.cosine_similarity(project(features), targets).mean().item()
    print(f'the last layer reaches a mean cosine of {cosine:.3f} to the teachers')


if __name__ == '__main__':
    main()
