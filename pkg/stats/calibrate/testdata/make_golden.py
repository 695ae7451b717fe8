"""Makes golden.json: what scikit-learn, SciPy, statsmodels and the plain definitions give for the rows.

    python3 make_golden.py --data DIR     # the directory of the flights and digits files and their facts.json

Errors and decompositions are made from the single rows here, by pandas' grouping; tests and fits from the mean score of each
bucket, which is what the functions under test know.
"""

import argparse
import pathlib
import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from sklearn import metrics
from sklearn.isotonic import isotonic_regression

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "classify" / "testdata"))
import rows  # noqa: E402  (lives beside the other package's generator)

LEVEL = 0.95


def bins(score, positive, group):
    table = pd.DataFrame({"group": group, "s": score, "y": positive.astype(float)})
    return table.groupby("group").agg(n=("y", "size"), y=("y", "mean"), s=("s", "mean"))


def equal_mass(index, count):
    """Adjacent buckets merged greedily: a bin ends once the rows so far reach its share of all."""
    n = np.bincount(index, minlength=rows.BUCKETS)
    group, place, bin_rows, seen = [], 0, 0, 0
    for rows_here in n:
        group.append(place)
        bin_rows += rows_here
        seen += rows_here
        if bin_rows > 0 and seen >= n.sum() * (place + 1) / count - 1e-9:
            place, bin_rows = place + 1, 0
    return np.array(group)[index]


def errors(score, positive, group):
    b = bins(score, positive, group)
    share, gap = b.n / b.n.sum(), (b.y - b.s).abs()
    many = b.n > 1
    debiased = (gap**2 - b.y * (1 - b.y) / (b.n - 1))[many]
    y, s = positive.astype(float), score
    mean_s, mean_y = b.s[group].to_numpy(), b.y[group].to_numpy()
    return {"ece": (share * gap).sum(), "mce": gap.max(),
            "floor": (share * np.sqrt(2 * b.s * (1 - b.s) / (np.pi * b.n))).sum(),
            "squared": (b.n[many] / b.n[many].sum() * debiased).sum(),
            "reliability": (share * gap**2).sum(), "resolution": (share * (b.y - y.mean()) ** 2).sum(),
            "uncertainty": y.mean() * (1 - y.mean()),
            "within_variance": ((s - mean_s) ** 2).mean(),
            "within_covariance": 2 * ((s - mean_s) * (y - mean_y)).mean(),
            "observed": b.y, "predicted": b.s, "n": b.n}


def fitted(model, i):
    return [np.asarray(model.params)[i], *np.asarray(model.conf_int())[i]]


def tests(score, positive, group, bucket_group):
    fine = bins(score, positive, bucket_group)
    y, n, s = fine.y * fine.n, fine.n, fine.s
    z = ((y - n * s) * (1 - 2 * s)).sum() / np.sqrt((n * (1 - 2 * s) ** 2 * s * (1 - s)).sum())
    b = bins(score, positive, group)
    chi2 = (b.n * (b.y - b.s) ** 2 / (b.s * (1 - b.s))).sum()
    logit = np.log(s / (1 - s))
    counts = np.column_stack([y, n - y])
    line = sm.GLM(counts, sm.add_constant(logit), family=sm.families.Binomial()).fit(tol=1e-14)
    large = sm.GLM(counts, np.ones(len(s)), family=sm.families.Binomial(), offset=logit).fit(tol=1e-14)
    return {"spiegelhalter": z, "spiegelhalter_p": 2 * stats.norm.sf(abs(z)),
            "hosmer_lemeshow": chi2, "hosmer_lemeshow_p": stats.chi2.sf(chi2, len(b)),
            "hosmer_lemeshow_fitted_p": stats.chi2.sf(chi2, len(b) - 2),
            "intercept": fitted(line, 0), "slope": fitted(line, 1), "in_large": fitted(large, 0),
            "consistency": np.column_stack([stats.binom.ppf(q, fine.n, fine.s) / fine.n
                                            for q in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)])}


def recalibrated(score, positive, group):
    """Recalibrated score of each bucket that holds rows, and the Brier score of the rows with it."""
    b = bins(score, positive, group)
    fitted = isotonic_regression(b.y, sample_weight=b.n)
    row = dict(zip(b.index, fitted))
    return {"isotonic": fitted, "brier_recalibrated": metrics.brier_score_loss(positive, [row[g] for g in group])}


def case(name, score, positive, known):
    index = rows.bucket(score)
    p, n = rows.counts(score, positive)
    half = index // 2
    cut = np.clip(score, 1e-15, 1 - 1e-15)
    return {"name": name, "positives": p, "negatives": n,
            "positive_sum": score[positive].sum(), "negative_sum": score[~positive].sum(),
            "bucket_sums": np.bincount(index, score, rows.BUCKETS), "squared_sum": (score**2).sum(),
            "log_loss_sum": -np.log(np.where(positive, cut, 1 - cut)).sum(),
            "brier": metrics.brier_score_loss(positive, score), "log_loss": metrics.log_loss(positive, score),
            "skill": 1 - metrics.brier_score_loss(positive, score) / (positive.mean() * (1 - positive.mean())),
            "brier_error": np.std((score - positive) ** 2) / np.sqrt(len(score)),
            "buckets": errors(score, positive, index), "ten": errors(score, positive, half),
            "ace": errors(score, positive, equal_mass(index, 5))["ece"],
            "tests": tests(score, positive, half, index), "facts": known} | recalibrated(score, positive, index)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    data = parser.parse_args().data
    cases = [case(*c) for c in rows.binary_sets(data)]
    table = rows.read(data, "digits")
    for digit in (1, 8):
        cases.append(case(f"digit {digit}", table[f"score_{digit}"].to_numpy(), (table["actual"] == digit).to_numpy(bool), {}))
    labels = [f"score_{d}" for d in range(10)]
    top = table[labels].to_numpy().max(1)
    right = (table["predicted"] == table["actual"]).to_numpy(bool)
    fact = rows.facts(data)["digits"]["digits"]
    cases.append(case("digits top label", top, right, {"ece_10": fact["ece_10_top_label"]}))
    quantiles = [{"q": q, "n": n, "p": p, "k": stats.binom.ppf(q, n, p)}
                 for q in (0.025, 0.5, 0.975) for n in (1, 7, 200, 100000) for p in (0.001, 0.2, 0.5, 0.99)]
    rows.write(pathlib.Path(__file__).with_name("golden.json"), {"cases": cases, "quantiles": quantiles})


main()
