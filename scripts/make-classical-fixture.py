"""Writes test/fixtures/classical.json: the parts of the classical descriptor, computed with PyTorch.

    python3 scripts/make-classical-fixture.py

The same definition written down a second time; made with PyTorch 1.13. Each case keeps 100 values of each part, at
places that a formula names.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

SIDE = 160
SAMPLES = 100


def drawn(number):
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    red = (x * (number + 1)) // 2 + y
    green = (x * y) // (20 + 10 * number)
    blue = np.where((x // 20 + y // 30) % 2 == 0, 40 + 30 * number, 220 - x)
    return np.stack([red, green, blue], 2).astype(np.uint8)


def colour(x):
    r, g, b = F.avg_pool2d(x, 4).flatten(2).unbind(1)
    value, low = torch.maximum(torch.maximum(r, g), b), torch.minimum(torch.minimum(r, g), b)
    spread = value - low
    saturation = spread / (value + 0.02)
    safe = spread + 1e-4
    turns = torch.where(r >= value, (g - b) / safe, torch.where(g >= value, (b - r) / safe + 2, (r - g) / safe + 4))
    hue = (turns % 6) * (8 / 6)
    levels = torch.arange(8).float()
    around = (hue.unsqueeze(1) - levels.view(1, 8, 1)).abs()
    in_hue = F.relu(1 - torch.minimum(around, (8 - around).abs()))
    in_saturation = F.relu(1 - 7 * (saturation.unsqueeze(1) - levels.view(1, 8, 1) / 7).abs())
    in_value = F.relu(1 - 7 * (value.unsqueeze(1) - levels.view(1, 8, 1) / 7).abs())
    counts = torch.einsum('nhp,nsp,nvp->nhsv', in_hue, in_saturation, in_value)
    return (counts.flatten(1) / r.shape[1] + 1e-6).sqrt()


def layout(x):
    r, g, b = F.avg_pool2d(x, SIDE // 4).unbind(1)
    return torch.stack([(r + g + b) / 3, r - g, (r + g) / 2 - b], 1).flatten(1)


def gradients(x, cells):
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    grey = (F.avg_pool2d(x, 2) * luma).sum(1, keepdim=True)
    across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    slopes = F.conv2d(F.pad(grey, (1, 1, 1, 1), mode='replicate'), torch.stack([across, across.t()]).unsqueeze(1))
    length = (slopes.pow(2).sum(1, keepdim=True) + 1e-8).sqrt()
    angles = torch.arange(8) * math.pi / 8
    compass = torch.stack([angles.cos(), angles.sin()], 1).view(8, 2, 1, 1)
    near = (F.conv2d(slopes, compass).abs() / length).pow(8)
    energy = near / (near.sum(1, keepdim=True) + 1e-6) * length
    flat = F.avg_pool2d(energy, SIDE // 2 // cells).flatten(1)
    return (flat / (flat.sum(1, keepdim=True) + 1e-6) + 1e-7).sqrt()


def sampled(values):
    flat = values.flatten()
    return [round(value, 6) for value in flat[torch.arange(SAMPLES) * 7919 % len(flat)].tolist()]


def case(number):
    x = torch.from_numpy(drawn(number)).permute(2, 0, 1).unsqueeze(0).float() / 255
    parts = {'colour': colour(x), 'layout': layout(x), 'gradients4': gradients(x, 4), 'gradients8': gradients(x, 8)}
    return {name: sampled(values) for name, values in parts.items()}


fixture = Path(__file__).parent.parent / 'test' / 'fixtures' / 'classical.json'
fixture.write_text('[\n' + ',\n'.join(json.dumps(case(number), separators=(',', ':')) for number in range(4)) + '\n]\n')
