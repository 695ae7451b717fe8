"""Makes golden.json: what scikit-learn, SciPy and NumPy give for estimates without labels.

    python3 make_golden.py --data DIR     # the directory of the flights and digits files and their facts.json

Rates come from scikit-learn with the expected labels as weights, standard errors from numerical derivatives of these,
label shift from a linear solver and a general optimiser, corrected rates from a general optimiser's likelihood and
its numerical Hessian, so that nothing is shared with the formulas under test.
"""

import argparse
import pathlib
import sys

import numpy as np
from scipy import optimize, stats
from sklearn import metrics
from sklearn.isotonic import isotonic_regression

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "classify" / "testdata"))
import rows  # noqa: E402  (lives beside the other package's generator)

THRESHOLD_BUCKET = 10  # 0.5 of twenty buckets
NAMES = ["accuracy", "balanced_accuracy", "precision", "recall", "f1", "specificity", "jaccard", "prevalence", "auc"]


def weighted(positives, n):
    k = np.arange(len(n))
    score, predicted = np.tile(k, 2), np.tile(k >= THRESHOLD_BUCKET, 2)
    actual = np.repeat([True, False], len(n))
    weight = np.concatenate([positives, n - positives])
    a = (actual, predicted)
    w = {"sample_weight": weight}
    return np.array([
        metrics.accuracy_score(*a, **w), metrics.balanced_accuracy_score(*a, **w), metrics.precision_score(*a, **w),
        metrics.recall_score(*a, **w), metrics.f1_score(*a, **w), metrics.recall_score(~actual, ~predicted, **w),
        metrics.jaccard_score(*a, **w), weight[actual].sum() / weight.sum(), metrics.roc_auc_score(actual, score, **w)])


def cbpe(name, reference, current, truth):
    positives, negatives = (np.asarray(x, float) for x in reference)
    n, labelled = np.asarray(current, float), positives + negatives
    share = isotonic_regression(positives / labelled, sample_weight=labelled)
    smooth = (share * labelled + 0.5) / (labelled + 1)
    variance = n * smooth * (1 - smooth) * (1 + n / (labelled + 1))
    gradient = np.zeros((len(NAMES), len(n)))
    for k in range(len(n)):
        h = 1e-3 * n[k] * smooth[k]
        up, down = n * smooth, n * smooth
        up[k] += h
        down[k] -= h
        gradient[:, k] = (weighted(up, n) - weighted(down, n)) / (2 * h)
    return {"name": name, "positives": positives, "negatives": negatives, "current": n, "shares": share,
            "values": dict(zip(NAMES, weighted(n * share, n))),
            "errors": dict(zip(NAMES, np.sqrt((gradient**2 * variance).sum(1)))), "truth": truth}


def bbse(name, classes, matrix, predicted):
    matrix, predicted = np.asarray(matrix, float), np.asarray(predicted, float)
    c = (matrix / matrix.sum(1, keepdims=True)).T
    share = np.linalg.solve(c, predicted / predicted.sum())
    return {"name": name, "classes": classes, "counts": matrix.ravel(), "predicted": predicted, "raw": share,
            "condition": np.linalg.cond(c)}


def saerens(name, reference, current):
    current = np.asarray(current, float)
    reference = [np.asarray(r, float) for r in reference]
    both = current + sum(reference)
    density = np.array([(r + 0.5 * both / both.sum()) / (r.sum() + 0.5) for r in reference])

    def loss(free):
        share = np.append(free, 1 - free.sum())
        mix = share @ density
        return -(current[current > 0] * np.log(mix[current > 0])).sum() / current.sum()

    k = len(reference)
    best = optimize.minimize(loss, np.full(k - 1, 1 / k), method="SLSQP", bounds=[(0, 1)] * (k - 1), tol=1e-14,
                             constraints={"type": "ineq", "fun": lambda free: 1 - free.sum()})
    return {"name": name, "reference": reference, "current": current, "shares": np.append(best.x, 1 - best.x.sum())}


def meaning(name, first, second):
    statistic, df, shift, n = 0, 0, 0, np.sum(second)
    for p, q, r, s in zip(*first, *second):
        table = np.array([[p, q], [r, s]], float)
        # Hypergeometric instead of binomial variance.
        statistic += stats.chi2_contingency(table, correction=False)[0] * (table.sum() - 1) / table.sum()
        df += 1
        shift += (r + s) / n * (r / (r + s) - p / (p + q))
    return {"name": name, "first": first, "second": second, "statistic": statistic, "df": df,
            "p": stats.chi2.sf(statistic, df), "shift": shift}


def verified(name, counts, predicted):
    """counts[actual][predicted] of the labelled rows, class 1 positive; the likelihood's own curvature."""
    counts, predicted = np.asarray(counts, float), np.asarray(predicted, float)
    unlabelled = predicted - counts.sum(0)

    def expand(x):
        # Shares of predictions and, within each, of actual positives.
        q, r0, r1 = x
        return np.array([[(1 - q) * (1 - r0), q * (1 - r1)], [(1 - q) * r0, q * r1]])

    def loss(x):
        c = expand(x)
        return -(counts * np.log(c)).sum() - (unlabelled * np.log(c.sum(0))).sum()

    start = np.array([predicted[1] / predicted.sum(), counts[1, 0] / counts[:, 0].sum(), counts[1, 1] / counts[:, 1].sum()])
    best = optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-12, "maxiter": 10000}).x
    steps = 1e-4 * best

    def second(i, j):
        a, b = np.eye(3)[i] * steps, np.eye(3)[j] * steps
        return (loss(best + a + b) - loss(best + a - b) - loss(best - a + b) + loss(best - a - b)) / (4 * steps[i] * steps[j])

    covariance = np.linalg.inv([[second(i, j) for j in range(3)] for i in range(3)])

    def rates(x):
        c = expand(x)
        return np.array([c[1, 1] / c[1].sum(), c[0, 0] / c[0].sum(), c[1].sum(), c[0, 0] + c[1, 1], c[1, 1] / c[:, 1].sum()])

    gradient = np.array([(rates(best + np.eye(3)[i] * steps) - rates(best - np.eye(3)[i] * steps)) / (2 * steps[i]) for i in range(3)]).T
    names = ["recall", "specificity", "prevalence", "accuracy", "precision"]
    return {"name": name, "counts": counts.ravel(), "predicted": predicted, "values": dict(zip(names, rates(best))),
            "errors": dict(zip(names, np.sqrt(np.einsum("ij,jk,ik->i", gradient, covariance, gradient))))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    data = parser.parse_args().data
    known = rows.facts(data)["flights"]
    flights, training = rows.read(data, "flights"), rows.read(data, "flights_training")
    month = flights["timestamp"].str.slice(5, 7)
    positive = (flights["actual"] == 1).to_numpy(bool)
    score = flights["score"].to_numpy()
    reference = rows.counts(training["score"].to_numpy(), (training["actual"] == 1).to_numpy(bool))
    months = {}
    for i, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun"]):
        here = (month == f"{i + 1:02d}").to_numpy()
        months[name] = rows.counts(score[here], positive[here])
    estimates = [cbpe(f"flights {name}", reference, sum(c), known["v1_by_month"][name]) for name, c in months.items()]

    digits, out_of_fold = rows.read(data, "digits"), rows.read(data, "digits_training")
    classes = [str(i) for i in range(10)]
    confusion = metrics.confusion_matrix(out_of_fold["actual"].astype(int), out_of_fold["predicted"].astype(int))
    predicted = np.bincount(digits["predicted"].astype(int), minlength=10)
    may = (month == "05").to_numpy()
    training_confusion = metrics.confusion_matrix(training["actual"].astype(int), training["predicted"].astype(int))
    shifts = [
        bbse("flights May", ["0", "1"], training_confusion, np.bincount(flights["predicted"][may].astype(int), minlength=2)),
        bbse("digits", classes, confusion, predicted),
        bbse("three classes", ["a", "b", "c"], [[80, 15, 5], [10, 70, 20], [5, 5, 90]], [300, 500, 200]),
    ]
    mixtures = [
        saerens("flights May", [reference[1], reference[0]], sum(months["May"])),
        saerens("flights Jan", [reference[1], reference[0]], sum(months["Jan"])),
        saerens("digits by prediction", confusion, predicted),
        saerens("three classes", [[80, 15, 5, 3], [10, 70, 20, 9], [5, 5, 90, 30]], [300, 500, 200, 60]),
    ]
    checks = [meaning("training to May", [c[:16] for c in reference], [c[:16] for c in months["May"]]),
              meaning("Jan to Feb", [c[:14] for c in months["Jan"]], [c[:14] for c in months["Feb"]])]
    # Labels of hepatic scintigraphy (Drum and Christacopoulos 1972), the textbook example of the correction.
    corrections = [
        verified("hepatic scintigraphy", [[54, 32], [27, 231]], [54 + 27 + 140, 32 + 231 + 166]),
        verified("one in ten of the negatives labelled", [[90, 40], [10, 160]], [1000, 200]),
    ]
    rows.write(pathlib.Path(__file__).with_name("golden.json"), {
        "estimates": estimates, "shifts": shifts, "mixtures": mixtures, "checks": checks, "corrections": corrections,
        "actual": [{"name": "flights May", "shares": [1 - positive[may].mean(), positive[may].mean()]},
                   {"name": "digits", "shares": np.bincount(digits["actual"].astype(int), minlength=10) / len(digits)}]})


main()
