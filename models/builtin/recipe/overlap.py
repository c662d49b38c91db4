"""Looks for training pictures that are also in the evaluation scenes, by perceptual hash.

    python3 overlap.py --data PREPARED --scenes SCENES

Each picture has a 256-bit difference hash; a training picture is suspect when it, or its mirror image, differs
from a scene's in no more than 48 bits.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from data import Pictures

LIMIT = 48


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--scenes', required=True)
    options = parser.parse_args()
    pictures = Pictures(options.data)
    scenes = Path(options.scenes)
    with open(scenes / 'manifest.csv', newline='') as lines:
        files = [row['file'] for row in csv.DictReader(lines)]
    theirs = [ImageOps.exif_transpose(Image.open(scenes / name)).convert('RGB') for name in files]
    wanted = np.stack([bits(picture) for picture in theirs])
    mirrored = np.stack([bits(ImageOps.mirror(picture)) for picture in theirs])
    found = np.stack([bits(Image.fromarray(pixels)) for pixels in pictures.pixels])
    distance = np.minimum(differing(found, wanted), differing(found, mirrored))
    print(f'{len(found)} training pictures against {len(files)} of scenes; smallest distance {distance.min()} of 256 bits')
    for row, column in np.argwhere(distance <= LIMIT):
        print(f'{distance[row, column]} bits: {pictures.files[row]} ({pictures.sources[row]}) and {files[column]}')


def bits(picture):
    grey = np.asarray(picture.convert('L').resize((17, 16), Image.BOX), np.int16)
    return (grey[:, 1:] > grey[:, :-1]).reshape(-1)


def differing(a, b):
    a, b = a.astype(np.float32), b.astype(np.float32)
    return (a.sum(1)[:, None] + b.sum(1)[None] - 2 * a @ b.T).round().astype(int)


if __name__ == '__main__':
    main()
