"""The network: a small residual CNN for what is seen, and statistics of colour and gradients beside it."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.shortcut_norm = nn.BatchNorm2d(outputs)
        self.stride = stride

    def forward(self, x):
        kept = x
        if self.shortcut is not None:
            if self.stride == 2:
                kept = F.avg_pool2d(kept, 2, ceil_mode=True)
            kept = self.shortcut_norm(self.shortcut(kept))
        x = F.relu(self.first_norm(self.first(x)))
        return F.relu(kept + self.second_norm(self.second(x)))


class Network(nn.Module):
    """RGB planes in 0..1 -> features as long as the teachers' reduced targets."""

    def __init__(self, widths=(48, 96, 192, 256), depths=(1, 2, 2, 2), stem=24, features=768, outputs=384):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, stem, 3, 2, 1, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(inplace=True),
            nn.Conv2d(stem, widths[0], 3, 2, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        )
        blocks, inputs = [], widths[0]
        for stage, (width, depth) in enumerate(zip(widths, depths)):
            for index in range(depth):
                blocks.append(Block(inputs, width, 2 if stage > 0 and index == 0 else 1))
                inputs = width
        self.blocks = nn.Sequential(*blocks)
        self.expand = nn.Conv2d(inputs, features, 1, bias=False)
        self.expand_norm = nn.BatchNorm2d(features)
        self.power = nn.Parameter(torch.tensor(2.5))
        self.project = nn.Linear(features, outputs)
        for block in blocks:
            nn.init.zeros_(block.second_norm.weight)

    def pooled(self, x):
        x = (x - 0.45) * 4.0
        x = self.blocks(self.stem(x))
        x = F.relu(self.expand_norm(self.expand(x))).float()
        return x.clamp(min=1e-4).pow(self.power).mean((2, 3)).pow(1 / self.power)

    def forward(self, x):
        return self.project(self.pooled(x))


def soft_bins(x, centres, width):
    """Triangular membership of each value in each bin: [n, p] -> [n, bins, p]."""
    return F.relu(1 - (x.unsqueeze(1) - centres.view(1, -1, 1)).abs() / width)


class Colour(nn.Module):
    """Square root of a soft histogram over hue, saturation and value: [n, 3, s, s] in 0..1 -> [n, 512]."""

    size = 512

    def __init__(self, side):
        super().__init__()
        self.area = (side // 4) ** 2
        self.register_buffer('hues', torch.arange(8).float())
        self.register_buffer('levels', torch.arange(8).float() / 7)

    def forward(self, x):
        x = F.avg_pool2d(x, 4)
        r, g, b = x.flatten(2).unbind(1)
        value, low = torch.maximum(torch.maximum(r, g), b), torch.minimum(torch.minimum(r, g), b)
        spread = value - low
        saturation = spread / (value + 0.02)
        safe = spread + 1e-4
        hue_r = (g - b) / safe
        hue_g = (b - r) / safe + 2
        hue_b = (r - g) / safe + 4
        hue = torch.where(r >= value, hue_r, torch.where(g >= value, hue_g, hue_b)) * (8 / 6)
        turn = (hue.unsqueeze(1) - self.hues.view(1, -1, 1)).abs()
        around = torch.minimum(turn, (8 - turn).abs())
        in_hue = F.relu(1 - around)
        in_saturation = soft_bins(saturation, self.levels, 1 / 7)
        in_value = soft_bins(value, self.levels, 1 / 7)
        both = (in_hue.unsqueeze(2) * in_saturation.unsqueeze(1)).flatten(1, 2)
        histogram = torch.matmul(both, in_value.transpose(1, 2)) / self.area
        return (histogram.flatten(1) + 1e-6).sqrt()


class Gradients(nn.Module):
    """Histograms of gradient directions in 8x8 cells: [n, 3, s, s] in 0..1 -> [n, 512]."""

    size = 512

    def __init__(self, side):
        super().__init__()
        self.cell = side // 16
        kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
        self.register_buffer('kernels', torch.stack([kernel, kernel.t()]).unsqueeze(1))
        angles = torch.arange(8).float() * math.pi / 8
        self.register_buffer('directions', torch.stack([angles.cos(), angles.sin()], 1).view(8, 2, 1, 1))

    def forward(self, x):
        grey = F.avg_pool2d(x, 2).mean(1, keepdim=True)
        slopes = F.conv2d(grey, self.kernels, padding=1)
        length = (slopes.pow(2).sum(1, keepdim=True) + 1e-8).sqrt()
        along = F.conv2d(slopes, self.directions).abs()
        share = (along / length).pow(8)
        energy = F.avg_pool2d(share * length, self.cell)
        energy = energy / (energy.sum(1, keepdim=True) + 0.05)
        return (energy.flatten(1) + 1e-6).sqrt()
