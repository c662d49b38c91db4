"""Writes test/fixtures/preprocessing.json: what torchvision makes of drawn pictures.

    python3 scripts/make-preprocessing-fixture.py

Made with torchvision 0.14.1 and Pillow 9.4.0. Each case keeps 200 values of the tensor, at places that a formula names.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision import transforms
from torchvision.transforms import InterpolationMode

FIXTURES = Path(__file__).parent.parent / 'test' / 'fixtures'
SAMPLES = 200

SPECS = {
    'imagenet': (256, InterpolationMode.BILINEAR, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    'dinov2': (256, InterpolationMode.BICUBIC, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    'clip': (224, InterpolationMode.BICUBIC, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
}

# Landscape and portrait with odd remainders, as large as the input, smaller than it, many times larger.
SIZES = [(640, 427), (301, 503), (224, 224), (256, 256), (97, 81), (1999, 1501)]


def drawn(width, height):
    y, x = np.mgrid[0:height, 0:width]
    red = x * 7 + y * 3 + x * y // 5
    green = (x ^ y) * 5
    blue = x * x // (y + 7) + y * 11
    return Image.fromarray(np.stack([red, green, blue], 2).astype(np.uint8))


def tensor(image, spec):
    side, interpolation, mean, std = SPECS[spec]
    steps = [
        transforms.Resize(side, interpolation),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize(mean, std),
    ]
    return transforms.Compose(steps)(image)


def sampled(image, spec):
    flat = tensor(image, spec).flatten()
    places = torch.arange(SAMPLES) * 7919 % len(flat)
    return [round(value, 6) for value in flat[places].tolist()]


def main():
    cases = [
        {'spec': spec, 'width': width, 'height': height, 'values': sampled(drawn(width, height), spec)}
        for spec in SPECS
        for width, height in SIZES
    ]
    soft = drawn(32, 24).resize((531, 397), Image.BICUBIC)
    for name, options in (('drawn.jpg', {'quality': 88}), ('drawn-grey.jpg', {'quality': 88})):
        (soft.convert('L') if 'grey' in name else soft).save(FIXTURES / name, **options)
        for spec in SPECS:
            cases.append({'spec': spec, 'file': name, 'values': sampled(Image.open(FIXTURES / name).convert('RGB'), spec)})
    lines = ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases)
    (FIXTURES / 'preprocessing.json').write_text(f'[\n{lines}\n]\n')


main()
