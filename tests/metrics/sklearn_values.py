"""scikit-learn's values for the random cases of sklearn.test.ts: JSON on standard input, JSON on standard output.

NaN is null in both. Where scikit-learn refuses (an area with one class only), the value is null as well.
"""
import json
import sys
import warnings

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn import metrics
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")


def listed(values):
    return [None if np.isnan(v) else float(v) if np.isfinite(v) else "inf" for v in np.asarray(values, dtype=float)]


def number(value):
    return None if np.isnan(value) else float(value)


def ranked(labels, scores):
    """Areas and curves of one label."""
    out = {"auroc": None, "roc": None, "youden": None, "sensitivity": None, "specificity": None}
    out["averagePrecision"] = number(metrics.average_precision_score(labels, scores))
    precision, recall, thresholds = metrics.precision_recall_curve(labels, scores)
    out["precisionRecall"] = [listed(precision), listed(recall), listed(thresholds)]
    if 0 < labels.sum() < len(labels):
        out["auroc"] = metrics.roc_auc_score(labels, scores)
        out["roc"] = {}
        for drop in (False, True):
            fpr, tpr, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=drop)
            thresholds = np.array(thresholds, dtype=float)
            thresholds[0] = np.inf  # since scikit-learn 1.3; before, the largest score + 1
            out["roc"]["dropped" if drop else "all"] = [listed(fpr), listed(tpr), listed(thresholds)]
        fpr, tpr, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
        thresholds = np.array(thresholds, dtype=float)
        thresholds[0] = np.inf
        out["youden"] = listed([thresholds[np.argmax(tpr - fpr)]])[0]
        out["sensitivity"] = listed([thresholds[np.argmax(tpr >= 0.83)]])[0]
        enough = 1 - fpr >= 0.77
        out["specificity"] = listed([thresholds[enough][np.argmax(tpr[enough])]])[0]
    return out


def calibration(outcomes, probabilities):
    """calibration_curve's bins that are not empty, and the error over them."""
    true, predicted = calibration_curve(outcomes, probabilities, n_bins=15, strategy="uniform")
    bins = np.searchsorted(np.linspace(0, 1, 16)[1:-1], probabilities)
    counts = np.bincount(bins, minlength=15)
    counts = counts[counts > 0]
    return {"true": listed(true), "predicted": listed(predicted), "counts": counts.tolist(),
            "error": float(np.sum(counts * np.abs(true - predicted)) / len(outcomes))}


def single_label(case):
    logits = np.array(case["logits"], dtype=np.float32).astype(np.float64)
    labels = np.array(case["labels"])
    count, classes = logits.shape
    every = np.arange(classes)
    temperature = case["temperature"]
    # The library's own, so that what is equal there is equal here: a last bit makes a tie or breaks it.
    probabilities = np.array(case["probabilities"])
    predicted = np.argmax(logits, axis=1)
    out = {
        "probabilities": listed(softmax(logits / temperature, axis=1).ravel()),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "balanced": metrics.balanced_accuracy_score(labels, predicted),
        "confusion": metrics.confusion_matrix(labels, predicted, labels=every).tolist(),
        "loss": metrics.log_loss(labels, probabilities, labels=every),
        "brier": sum(metrics.brier_score_loss(labels == k, probabilities[:, k], pos_label=True) for k in every),
        "calibration": calibration(predicted == labels, probabilities.max(axis=1)),
    }
    for zero in (0, 1):
        for average in (None, "macro", "weighted"):
            p, r, f, s = metrics.precision_recall_fscore_support(
                labels, predicted, labels=every, average=average, zero_division=zero)
            out[f"{average}{zero}"] = [listed(np.atleast_1d(v)) for v in (p, r, f)]
            if average is None:
                out["support"] = s.tolist()
    out["topK"] = [metrics.top_k_accuracy_score(labels, logits, k=k, labels=every) for k in range(1, classes)] if classes > 2 else []
    out["ranked"] = [ranked((labels == k).astype(int), probabilities[:, k]) for k in every]
    rows = np.arange(count)

    def mean_loss(log_inverse):
        return -np.mean(log_softmax(logits * np.exp(log_inverse), axis=1)[rows, labels])

    found = minimize_scalar(mean_loss, bounds=(-np.log(100), np.log(100)), method="bounded", options={"xatol": 1e-10})
    out["fit"] = {"temperature": float(np.exp(-found.x)), "loss": float(found.fun)}
    return out


def multi_label(case):
    logits = np.array(case["logits"], dtype=np.float32).astype(np.float64)
    labels = np.array([[np.nan if v is None else v for v in row] for row in case["labels"]])
    temperature = case["temperature"]
    probabilities = np.array(case["probabilities"])
    thresholds = np.array(case["thresholds"])
    out = {"labels": [], "probabilities": listed(expit(logits / temperature).ravel())}
    truth, decided = [], []
    for k in range(logits.shape[1]):
        known = ~np.isnan(labels[:, k])
        y = labels[known, k].astype(int)
        p = probabilities[known, k]
        present = (p >= thresholds[k]).astype(int)
        truth.append(y)
        decided.append(present)
        one = {"ranked": ranked(y, logits[known, k]), "chosen": ranked(y, p)}
        one["counts"] = metrics.confusion_matrix(y, present, labels=[0, 1]).ravel().tolist()
        one["brier"] = float(np.mean((p - y) ** 2)) if len(set(y)) < 2 else metrics.brier_score_loss(y, p)
        one["prf"] = [metrics.precision_score(y, present, zero_division=0), metrics.recall_score(y, present, zero_division=0),
                      metrics.f1_score(y, present, zero_division=0)]
        one["calibration"] = calibration(y, p) if len(set(y)) == 2 else None
        out["labels"].append(one)
    flat, all_known = labels.ravel(), ~np.isnan(labels.ravel())
    y, p = flat[all_known].astype(int), probabilities.ravel()[all_known]
    z = logits.ravel()[all_known]
    out["loss"] = metrics.log_loss(y, p, labels=[0, 1])
    micro_truth, micro_decided = np.concatenate(truth), np.concatenate(decided)
    out["micro"] = [float(v) for v in metrics.precision_recall_fscore_support(
        micro_truth, micro_decided, average="binary", zero_division=0)[:3]]
    out["accuracy"] = metrics.accuracy_score(micro_truth, micro_decided)
    whole = ~np.isnan(labels).any(axis=1)
    out["exactMatch"] = metrics.accuracy_score(
        labels[whole].astype(int), (probabilities[whole] >= thresholds).astype(int)) if whole.any() else None
    if whole.all() and logits.shape[1] > 1:
        for average in ("macro", "weighted"):
            out[average] = [float(v) for v in metrics.precision_recall_fscore_support(
                labels.astype(int), (probabilities >= thresholds).astype(int), average=average, zero_division=0)[:3]]

    def mean_loss(log_inverse):
        x = z * np.exp(log_inverse)
        return np.mean(np.logaddexp(0, -x) * y + np.logaddexp(0, x) * (1 - y))

    found = minimize_scalar(mean_loss, bounds=(-np.log(100), np.log(100)), method="bounded", options={"xatol": 1e-10})
    out["fit"] = {"temperature": float(np.exp(-found.x)), "loss": float(found.fun)}
    return out


def pcg3d(seed, stream, index):
    """runtime/random.ts's randomAt for many indices."""
    with np.errstate(over="ignore"):
        x = np.full(index.shape, seed, np.uint32) * np.uint32(1664525) + np.uint32(1013904223)
        y = np.full(index.shape, stream, np.uint32) * np.uint32(1664525) + np.uint32(1013904223)
        z = index.astype(np.uint32) * np.uint32(1664525) + np.uint32(1013904223)
        x += y * z
        y += z * x
        z += x * y
        x ^= x >> np.uint32(16)
        y ^= y >> np.uint32(16)
        z ^= z >> np.uint32(16)
        return x + y * z


def bootstrap(case):
    """Percentile intervals of one label's areas and of its accuracy, each sample by scikit-learn."""
    labels, scores = np.array(case["labels"]), np.array(case["scores"])
    samples = []
    for r in range(case["resamples"]):
        drawn = np.floor(pcg3d(case["seed"], r, np.arange(len(labels))) / 2**32 * len(labels)).astype(int)
        y, s = labels[drawn], scores[drawn]
        both = 0 < y.sum() < len(y)
        samples.append([
            metrics.roc_auc_score(y, s) if both else np.nan,
            metrics.average_precision_score(y, s) if y.sum() > 0 else np.nan,
        ])
    tail = 100 * (1 - case["confidence"]) / 2
    return [listed(np.nanpercentile(np.array(samples)[:, i], [tail, 100 - tail])) for i in range(2)]


KINDS = {"single-label": single_label, "multi-label": multi_label, "bootstrap": bootstrap}
if __name__ == "__main__":
    print(json.dumps([KINDS[case["task"]](case) for case in json.load(sys.stdin)]))
