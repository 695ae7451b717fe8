"""Makes golden.json: what scikit-learn, SciPy and statsmodels compute from the rows.

    python3 make_golden.py --data DIR     # the directory of the flights and digits files and their facts.json

Variances by the delta method are made here with numerical derivatives, and DeLong's from its definition over pairs,
so that nothing is shared with the formulas under test.
"""

import argparse
import pathlib

import numpy as np
from scipy.stats import ks_2samp
from sklearn import metrics
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

import rows


def expand(matrix):
    k = len(matrix)
    actual, predicted = np.divmod(np.repeat(np.arange(k * k), np.ravel(matrix)), k)
    return actual, predicted


def mcc(c):
    n, t, p = c.sum(), c.sum(1), c.sum(0)
    return (n * np.trace(c) - t @ p) / np.sqrt((n**2 - t @ t) * (n**2 - p @ p))


def macro_f1(c):
    d = c.sum(0) + c.sum(1)
    return np.mean(2 * np.diag(c)[d > 0] / d[d > 0])


def macro_specificity(c):
    n, t, p, hit = c.sum(), c.sum(1), c.sum(0), np.diag(c)
    return np.mean((n - t - p + hit) / (n - t))


def weighted_precision(c):
    return np.sum(c.sum(1) * np.diag(c) / c.sum(0)) / c.sum()


def delta_variance(f, c):
    c = np.asarray(c, float)
    gradient = np.zeros_like(c)
    for i in np.ndindex(c.shape):
        h = 1e-3 * max(1, c[i])
        up, down = c.copy(), c.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return (c * gradient**2).sum() - (c * gradient).sum() ** 2 / c.sum()


def confusion(name, matrix, classes):
    matrix = np.asarray(matrix)
    actual, predicted = expand(matrix)
    labels = list(range(len(matrix)))
    case = {"name": name, "classes": classes, "counts": matrix.ravel(), "total": matrix.sum(),
            "accuracy": metrics.accuracy_score(actual, predicted),
            "accuracy_wilson": proportion_confint(np.trace(matrix), matrix.sum(), method="wilson"),
            "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted),
            "kappa": metrics.cohen_kappa_score(actual, predicted),
            "kappa_variance": cohens_kappa(matrix).var_kappa,
            "mcc": metrics.matthews_corrcoef(actual, predicted),
            "mcc_variance": delta_variance(mcc, matrix),
            "macro_f1_variance": delta_variance(macro_f1, matrix),
            "macro_specificity_variance": delta_variance(macro_specificity, matrix),
            "weighted_precision_variance": delta_variance(weighted_precision, matrix),
            "class": {}, "average": {}}
    scores = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score,
              "jaccard": metrics.jaccard_score,
              "f_beta": lambda *a, **k: metrics.fbeta_score(*a, beta=2, **k)}
    for metric, score in scores.items():
        case["class"][metric] = score(actual, predicted, labels=labels, average=None)
        case["average"][metric] = {kind: score(actual, predicted, labels=labels, average=kind)
                                   for kind in ("micro", "macro", "weighted")}
    one = metrics.multilabel_confusion_matrix(actual, predicted, labels=labels)
    tn, fp, fn, tp = one[:, 0, 0], one[:, 0, 1], one[:, 1, 0], one[:, 1, 1]
    case["class"] |= {"specificity": tn / (tn + fp), "fpr": fp / (tn + fp), "fnr": fn / (fn + tp), "npv": tn / (tn + fn)}
    case["recall_wilson"] = [proportion_confint(a, a + b, method="wilson") for a, b in zip(tp, fn)]
    case["jaccard_wilson"] = [proportion_confint(a, a + b + c, method="wilson") for a, b, c in zip(tp, fp, fn)]
    return case


def delong(index, positive):
    """Standard error by DeLong, DeLong and Clarke-Pearson, from the kernel of every pair of buckets."""
    p, n = np.bincount(index[positive], minlength=rows.BUCKETS), np.bincount(index[~positive], minlength=rows.BUCKETS)
    kernel = (np.arange(rows.BUCKETS)[:, None] > np.arange(rows.BUCKETS)[None, :]) + 0.5 * np.eye(rows.BUCKETS)
    v10, v01 = np.repeat(kernel @ n / n.sum(), p), np.repeat(p @ kernel / p.sum(), n)
    return np.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01))


def gain(score, positive, depth):
    """Share of the positives in the top depth of the rows, linear between whole rows."""
    found = np.concatenate([[0], np.cumsum(positive[np.argsort(-score, kind="stable")])])
    return np.interp(depth * len(score), np.arange(len(found)), found) / positive.sum()


def ranking(name, score, positive, known):
    p, n = rows.counts(score, positive)
    index = rows.bucket(score)
    fpr, tpr, threshold = metrics.roc_curve(positive, index, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(positive, index)
    f1 = np.array([metrics.f1_score(positive, score > edge) for edge in rows.EDGES[:-1]])
    return {"name": name, "positives": p, "negatives": n,
            "auc": metrics.roc_auc_score(positive, score), "auc_binned": metrics.roc_auc_score(positive, index),
            "auc_error_binned": delong(index, positive),
            "average_precision": metrics.average_precision_score(positive, score),
            "average_precision_binned": metrics.average_precision_score(positive, index),
            "ks": ks_2samp(score[positive], score[~positive], method="asymp").statistic,
            "ks_binned": ks_2samp(index[positive], index[~positive], method="asymp").statistic,
            "gain": {str(d): gain(score, positive, d) for d in (0.05, 0.1, 0.3)},
            "fpr": fpr, "tpr": tpr, "precision": precision[:-1][::-1], "recall": recall[:-1][::-1],
            "best_f1": max(f1), "best_f1_threshold": rows.EDGES[np.flatnonzero(f1 == f1.max())[-1]], "facts": known}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    data = parser.parse_args().data
    known = rows.facts(data)
    digits = known["digits"]
    names = [str(i) for i in range(10)]
    confusions = [confusion(f"digits {half}", digits[half]["confusion_actual_by_predicted"], names)
                  for half in ("digits", "digits_training")]
    v1, v2 = known["flights"]["v1"], known["flights"]["v2"]
    for name, f in ("flights v1", v1), ("flights v2", v2):
        confusions.append(confusion(name, [[f["tn"], f["fp"]], [f["fn"], f["tp"]]], ["0", "1"]))

    rankings = [ranking(*case) for case in rows.binary_sets(data)]
    table = rows.read(data, "digits")
    for digit in range(10):
        fact = {"roc_auc": digits["digits"]["roc_auc_class_8"]} if digit == 8 else {}
        rankings.append(ranking(f"digit {digit}", table[f"score_{digit}"].to_numpy(),
                                (table["actual"] == digit).to_numpy(bool), fact))
    rows.write(pathlib.Path(__file__).with_name("golden.json"),
               {"confusions": confusions, "rankings": rankings,
                "digits": [{"roc_auc_ovr_macro": digits["digits"]["roc_auc_ovr_macro"],
                            "facts": {key: digits["digits"][key] for key in
                                      ("accuracy", "balanced_accuracy", "f1_macro", "f1_weighted", "mcc", "kappa")}}]})


main()
