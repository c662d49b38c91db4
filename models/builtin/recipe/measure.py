"""How well vectors group: the same figures as evaluate.ts, for held-out training pictures."""

import numpy as np


def average_precisions(vectors, groups):
    """Of each picture as query against all others; nan for those without a positive."""
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    scores = np.full(len(vectors), np.nan)
    for row in range(len(vectors)):
        positive = groups == groups[row]
        positive[row] = False
        if positive.any():
            places = np.flatnonzero(positive[np.argsort(-similarity[row], kind='stable')]) + 1
            scores[row] = (np.arange(1, len(places) + 1) / places).mean()
    return scores


def mean_average_precision(vectors, groups, sources=None, enough=18):
    """Over all queries or, given sources, over the means of those sources that have enough queries."""
    scores = average_precisions(vectors, groups)
    if sources is None:
        return float(np.nanmean(scores))
    counted = [scores[sources == source] for source in np.unique(sources)]
    return float(np.mean([np.nanmean(one) for one in counted if np.isfinite(one).sum() >= enough]))


def online_joins(vectors, order):
    """For each picture in turn the most similar one before it: (picture, neighbour, similarity)."""
    similarity = vectors[order] @ vectors[order].T
    similarity[np.triu_indices(len(order))] = -np.inf
    nearest = similarity[1:].argmax(1)
    best = similarity[1:][np.arange(len(order) - 1), nearest]
    return order[1:], order[nearest], best


def online_clusters(joins, first, count, threshold):
    labels = np.full(count, -1)
    labels[first] = 0
    for picture, neighbour, similarity in zip(*joins):
        labels[picture] = labels[neighbour] if similarity >= threshold else labels.max() + 1
    return labels


def bcubed(labels, groups):
    _, labels = np.unique(labels, return_inverse=True)
    _, groups = np.unique(groups, return_inverse=True)
    table = np.zeros((labels.max() + 1, groups.max() + 1))
    np.add.at(table, (labels, groups), 1)
    both = table[labels, groups]
    precision = (both / table.sum(1)[labels]).mean()
    recall = (both / table.sum(0)[groups]).mean()
    return 2 * precision * recall / (precision + recall)


def oracle_f1(vectors, groups, shuffles=5, seed=1):
    """Mean over shuffles of the best F1 that any one threshold reaches."""
    random = np.random.default_rng(seed)
    best = []
    for _ in range(shuffles):
        order = random.permutation(len(vectors))
        joins = online_joins(vectors, order)
        thresholds = np.quantile(joins[2], np.linspace(0.05, 0.95, 31))
        best.append(max(bcubed(online_clusters(joins, order[0], len(order), t), groups) for t in thresholds))
    return float(np.mean(best))
