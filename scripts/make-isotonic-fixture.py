"""Writes test/fixtures/isotonic.json: points, and the rising line that scikit-learn draws through them.

Run from the repository root: python3 scripts/make-isotonic-fixture.py
Needs numpy and scikit-learn; written with 1.24 and 1.2.
"""

import json

import numpy as np
from sklearn.isotonic import IsotonicRegression


def case(name, x, y):
    x, y = np.round(x, 4), np.round(y, 4)
    at = np.unique(x)
    fitted = IsotonicRegression().fit(x, y).predict(at)
    return {"name": name, "x": x.tolist(), "y": y.tolist(), "at": at.tolist(), "fitted": fitted.tolist()}


def cases():
    random = np.random.default_rng(5)
    x = random.random(120)
    yield case("a noisy rise", x, x + 0.3 * random.normal(size=120))
    yield case("right and wrong", x, (random.random(120) < x**2).astype(float))
    yield case("many of one place", np.round(x, 1), random.random(120))
    yield case("a fall", np.arange(10), -np.arange(10))
    yield case("a rise", np.arange(10), np.arange(10))
    yield case("one point", [3], [0.5])


with open("test/fixtures/isotonic.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(entry) for entry in cases()) + "\n]\n")
