"""The peer of the metrics: ``metrics.py SAMPLE.json ROUNDS`` prints the milliseconds of each round, and the AUC.

Computes what core/quality does for a binary label, six times, as the deviations over five samples of 80% ask for.
"""

import json
import sys
import time

import numpy as np
from sklearn import metrics


def measure(labels: np.ndarray, scores: np.ndarray) -> float:
    predicted = (scores >= 0.5).astype(int)
    metrics.confusion_matrix(labels, predicted)
    metrics.log_loss(labels, scores)
    metrics.brier_score_loss(labels, scores)
    metrics.average_precision_score(labels, scores)
    metrics.roc_curve(labels, scores)
    metrics.precision_recall_curve(labels, scores)
    return metrics.roc_auc_score(labels, scores)


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        sample = json.load(file)
    labels, scores = np.array(sample["labels"]), np.array(sample["scores"])
    random = np.random.default_rng(42)
    times, auc = [], 0.0
    for _ in range(int(sys.argv[2])):
        begun = time.perf_counter()
        auc = measure(labels, scores)
        for _ in range(5):
            rows = random.choice(len(labels), round(len(labels) * 0.8), replace=False)
            measure(labels[rows], scores[rows])
        times.append((time.perf_counter() - begun) * 1000)
    print(json.dumps({"times": times, "auc": float(auc)}))


if __name__ == "__main__":
    main()
