"""Writes test/fixtures/clusters.json: groupings of a few sets of vectors as scikit-learn and hdbscan make them.

Run from the repository root: python3 scripts/make-clusters-fixture.py HDBSCAN_FOLDER
Needs numpy, scipy and scikit-learn (written with 1.24, 1.10 and 1.2), and hdbscan 0.8.43: a folder with its package
and compiled parts. Only those parts are used, so that its other requirements don't matter.
"""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from sklearn.cluster import DBSCAN, AgglomerativeClustering


# The package without its own first lines, which ask for more than is used here.
package = ModuleType("hdbscan")
package.__path__ = [str(Path(sys.argv[1], "hdbscan"))]
sys.modules["hdbscan"] = package
from hdbscan import _hdbscan_linkage as linkage  # noqa: E402
from hdbscan import _hdbscan_reachability as reachability  # noqa: E402
from hdbscan import _hdbscan_tree as tree  # noqa: E402


def singles(labels):
    """What belongs to nothing is a group of its own."""
    return [int(label) if label >= 0 else -1 - at for at, label in enumerate(labels)]


def hdbscan(distances, size_min, neighbours, method, epsilon):
    mutual = reachability.mutual_reachability(distances, neighbours, 1.0)
    steps = linkage.mst_linkage_core(mutual)
    hierarchy = linkage.label(steps[np.argsort(steps.T[2], kind="stable"), :])
    condensed = tree.condense_tree(hierarchy, size_min)
    stability = tree.compute_stability(condensed)
    return singles(tree.get_clusters(condensed, stability, method, False, False, epsilon)[0])


def case(name, vectors):
    vectors = np.round(vectors, 3)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    similarities = np.clip(unit @ unit.T, -1, 1)
    distances = np.sqrt(np.maximum(0, 2 - 2 * similarities))
    np.fill_diagonal(distances, 0)
    average = lambda similarity: AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1 - similarity
    ).fit(1 - similarities).labels_.tolist()
    density = lambda similarity, least: singles(
        DBSCAN(eps=1 - similarity, min_samples=least, metric="precomputed")
        .fit(np.maximum(0, 1 - similarities)).labels_
    )
    methods = {"mass": "eom", "leaf": "leaf"}
    return {
        "name": name,
        "vectors": vectors.tolist(),
        "averageLinkage": [{"similarity": s, "labels": average(s)} for s in (0.3, 0.6, 0.8, 0.9, 0.95)],
        "dbscan": [
            {"similarity": s, "neighboursMin": n, "labels": density(s, n)}
            for s in (0.7, 0.85, 0.95)
            for n in (1, 2, 3, 5)
        ],
        "hdbscan": [
            {
                "sizeMin": size,
                "neighbours": n,
                "method": method,
                "similarity": s,
                "labels": hdbscan(distances, size, n, name, np.sqrt(2 - 2 * s)),
            }
            for size in (2, 3, 5)
            for n in (1, 2, 4)
            for method, name in methods.items()
            for s in (1, 0.95, 0.8)
        ],
    }


def cases():
    random = np.random.default_rng(11)
    centres = random.normal(size=(9, 6))
    spread = random.choice([0.05, 0.15, 0.4], size=9)
    of = random.integers(0, 9, 90)
    yield case("nine places of several densities", centres[of] + spread[of, None] * random.normal(size=(90, 6)))
    yield case("nothing but noise", random.normal(size=(60, 5)))
    walk = np.cumsum(0.2 * random.normal(size=(70, 4)), axis=0) + 1
    yield case("a walk without a break", walk)
    yield case("five of different directions", random.normal(size=(5, 3)))


with open("test/fixtures/clusters.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(entry) for entry in cases()) + "\n]\n")
