"""Draws the training pictures that places are fitted on: of each source so many at the most, none of those held out.

    python3 draw.py GROUPS_CSV ARCHIVE... > drawn.txt

Each archive is a ZIP file of `<group>/<nn>.webp`. The order of the archives and of what is in them decides what is drawn:
train-0.zip to train-3.zip, in this order, gave what the built-in model and bench/mobilenetv1-cells.onnx.part were fitted on.
"""

import csv
import json
import random
import sys
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

OF_SOURCE_MAX = 150
PICTURES_MAX = 4000


def drawn(groups_csv, archives):
    with open(groups_csv, newline='') as lines:
        source_of = {row['group']: row['source_repo'] for row in csv.DictReader(lines)}
    held_out = set(json.loads(Path(__file__).with_name('held-out.json').read_text()))
    files = [file for archive in archives for file in ZipFile(archive).namelist() if file.endswith('.webp')]
    sources = {file: source_of[file.split('/')[0]] for file in files}
    others = [file for file in files if sources[file] not in held_out]
    random.Random(1).shuffle(others)
    taken, few = Counter(), []
    for file in others:
        taken[sources[file]] += 1
        if taken[sources[file]] <= OF_SOURCE_MAX:
            few.append(file)
    return few[:PICTURES_MAX]


if __name__ == '__main__':
    print('\n'.join(drawn(sys.argv[1], sys.argv[2:])))
