"""Prepared pictures, which of them are held out, and batch-wise augmentation."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

SIDE = 160
TARGET = 1024 + 1280

# Sources that training never sees: weights of the branches, calibration and all choices come from these.
HELD_OUT = set(json.loads((Path(__file__).parent / 'held-out.json').read_text()))


class Pictures:
    """What prepare.ts wrote: one row per picture."""

    def __init__(self, folder):
        folder = Path(folder)
        with open(folder / 'pictures.csv', newline='') as lines:
            rows = list(csv.DictReader(lines))
        count = len(rows)
        self.files = [row['file'] for row in rows]
        self.sources = np.array([row['source'] for row in rows])
        _, self.groups = np.unique([row['group'] for row in rows], return_inverse=True)
        self.pixels = np.memmap(folder / 'pixels.u8', np.uint8, 'r', shape=(count, SIDE, SIDE, 3))
        self.targets = np.memmap(folder / 'targets.f32', np.float32, 'r', shape=(count, TARGET))
        self.held_out = np.isin(self.sources, list(HELD_OUT))

    def ready(self):
        """Rows whose targets are there; preparing and training may overlap."""
        return self.targets[:, 0] + self.targets[:, 1:9].sum(1) + self.targets[:, 500:508].sum(1) != 0

    def planes(self, rows):
        """RGB planes in 0..1, [n, 3, 160, 160]."""
        pixels = torch.from_numpy(np.ascontiguousarray(self.pixels[rows]))
        return pixels.permute(0, 3, 1, 2).float().div_(255)


class Batches:
    """Endless batches: pairs from groups of several pictures, the rest drawn from everything without replacement."""

    def __init__(self, pictures, rows, size, pairs, generator):
        self.size, self.pairs, self.random = size, pairs, generator
        self.rows = rows
        by_group = {}
        for row in rows:
            by_group.setdefault(pictures.groups[row], []).append(row)
        self.several = [np.array(members) for members in by_group.values() if len(members) > 1]
        sources = pictures.sources[[members[0] for members in self.several]]
        names, inverse, counts = np.unique(sources, return_inverse=True, return_counts=True)
        weight = 1 / np.sqrt(counts[inverse])  # a source counts as the square root of its groups
        self.weight = weight / weight.sum()
        self.order = np.empty(0, int)

    def next(self):
        chosen = self.random.choice(len(self.several), self.pairs, replace=False, p=self.weight)
        rows = [self.random.choice(self.several[index], 2, replace=False) for index in chosen]
        rest = self.size - 2 * self.pairs
        if len(self.order) < rest:
            self.order = self.random.permutation(self.rows)
        rows.append(self.order[:rest])
        self.order = self.order[rest:]
        return np.concatenate(rows)


def uniform(count, low, high, *shape):
    return torch.empty(count, *(shape or (1, 1, 1))).uniform_(low, high)


def chance(count, probability):
    return torch.rand(count, 1, 1, 1) < probability


def augment(x, side):
    """Crop, turn, mirror, light, colour, blur, noise, overlay: everything that may differ within a scene."""
    x = light(crop(x, side))
    x = overlay(grain(soften(x)))
    return x.clamp_(0, 1)


def crop(x, side):
    count = len(x)
    area = uniform(count, 0.3, 1.0, 1).squeeze(1)
    area = torch.where(torch.rand(count) < 0.2, torch.ones(count), area)
    aspect = torch.exp(uniform(count, -0.3, 0.3, 1).squeeze(1))
    width, height = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
    centre_x = (torch.rand(count) * 2 - 1) * (1 - width)
    centre_y = (torch.rand(count) * 2 - 1) * (1 - height)
    angle = torch.randn(count) * 0.07
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    cos, sin = angle.cos(), angle.sin()
    theta = torch.stack([
        torch.stack([width * cos * mirror, -height * sin, centre_x], 1),
        torch.stack([width * sin * mirror, height * cos, centre_y], 1),
    ], 1)
    grid = F.affine_grid(theta, (count, 3, side, side), align_corners=False)
    return F.grid_sample(x, grid, mode='bilinear', padding_mode='reflection', align_corners=False)


def light(x):
    count = len(x)
    strong = torch.where(chance(count, 0.5), torch.tensor(1.0), torch.tensor(0.35))
    gamma = torch.exp(uniform(count, -0.6, 0.6) * strong)
    x = x.clamp(1e-3, 1).pow(gamma)
    gains = torch.exp(uniform(count, -0.5, 0.4) * strong + uniform(count, -0.2, 0.2, 3, 1, 1) * strong)
    x = x * gains
    mean = x.mean((1, 2, 3), keepdim=True)
    x = mean + (x - mean) * torch.exp(uniform(count, -0.5, 0.4) * strong)
    grey = x.mean(1, keepdim=True)
    saturation = 1 + uniform(count, -0.7, 0.5) * strong
    saturation = torch.where(chance(count, 0.06), torch.zeros(1), saturation)
    x = grey + (x - grey) * saturation
    return x.clamp_(0, 1)


def soften(x):
    """Most of the pictures stay sharp, the others are blurred or lose resolution."""
    count, side = len(x), x.shape[2]
    some = torch.rand(count) < 0.35
    if not some.any():
        return x
    part = x[some]
    if torch.rand(1).item() < 0.5:
        for _ in range(1 + int(torch.rand(1).item() * 3)):
            part = F.avg_pool2d(part, 3, 1, 1, count_include_pad=False)
    else:
        small = int(side * (0.25 + 0.5 * torch.rand(1).item()))
        part = F.interpolate(F.interpolate(part, size=small, mode='area'), size=side, mode='bilinear')
    x = x.clone()
    x[some] = part
    return x


def grain(x):
    some = torch.rand(len(x)) < 0.25
    part = x[some]
    x[some] = part + torch.randn_like(part) * uniform(len(part), 0, 0.06)
    return x


def overlay(x):
    """A rectangle of some other picture or of flat colour over a few of them."""
    count, side = len(x), x.shape[2]
    for index in torch.nonzero(torch.rand(count) < 0.15).flatten().tolist():
        height, width = [int(side * (0.1 + 0.35 * torch.rand(1).item())) for _ in range(2)]
        top, left = [int(torch.rand(1).item() * (side - extent)) for extent in (height, width)]
        if torch.rand(1).item() < 0.5:
            patch = torch.rand(3, 1, 1)
        else:
            patch = x[(index + 1) % count, :, top:top + height, left:left + width].clone()
        x[index, :, top:top + height, left:left + width] = patch
    return x
