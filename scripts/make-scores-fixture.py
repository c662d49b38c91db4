"""Writes test/fixtures/scores-sklearn.json: groupings with the scores that scikit-learn and plain loops give them.

Run from the repository root: python3 scripts/make-scores-fixture.py
Needs numpy and scikit-learn; written with 1.24 and 1.2.
"""

import json
import sys

import numpy as np
from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure
from sklearn.metrics.cluster import pair_confusion_matrix


def f1(precision, recall):
    return 0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def bcubed(truth, predicted, with_self):
    """By the definition, element by element; the others-only variant skips elements that have no others."""
    precisions, recalls = [], []
    for i in range(len(truth)):
        others = np.ones(len(truth), bool)
        others[i] = with_self
        same_truth = (truth == truth[i]) & others
        same_predicted = (predicted == predicted[i]) & others
        both = (same_truth & same_predicted).sum()
        if same_predicted.any():
            precisions.append(both / same_predicted.sum())
        if same_truth.any():
            recalls.append(both / same_truth.sum())
    precision = float(np.mean(precisions)) if precisions else 1.0
    recall = float(np.mean(recalls)) if recalls else 1.0
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


def pairwise(truth, predicted):
    (_, false_positive), (false_negative, true_positive) = pair_confusion_matrix(truth, predicted).tolist()
    together, related = true_positive + false_positive, true_positive + false_negative
    precision = true_positive / together if together else 1.0
    recall = true_positive / related if related else 1.0
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


def case(name, truth, predicted):
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    homogeneity, completeness, v = homogeneity_completeness_v_measure(truth, predicted)
    return {
        "name": name,
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "scores": {
            "bcubed": bcubed(truth, predicted, True),
            "bcubedOthers": bcubed(truth, predicted, False),
            "pairwise": pairwise(truth, predicted),
            "vMeasure": {"homogeneity": homogeneity, "completeness": completeness, "v": v},
            "adjustedRand": adjusted_rand_score(truth, predicted),
        },
    }


def cases():
    random = np.random.default_rng(7)
    yield case("a few by hand", [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2])
    yield case("all singles against all in one", list(range(12)), [0] * 12)
    yield case("all in one against all singles", [0] * 12, list(range(12)))
    yield case("singles on both sides", list(range(9)), list(range(9))[::-1])
    yield case("unrelated groupings", random.integers(0, 6, 150), random.integers(0, 9, 150))
    truth = random.zipf(1.7, 200) % 60
    yield case("true groups with some elements astray", truth, np.where(random.random(200) < 0.15, 99, truth))
    yield case("true groups cut in pieces", truth, truth * 3 + random.integers(0, 3, 200))
    yield case("true groups thrown together", truth, truth // 3)


target = sys.argv[1] if len(sys.argv) > 1 else "test/fixtures/scores-sklearn.json"
with open(target, "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(entry) for entry in cases()) + "\n]\n")
