"""Makes golden.json: what SciPy, scikit-learn and NumPy give for rankings, series and sums of products.

    python3 make_golden.py --data DIR     # the directory of the flights files
"""

import argparse
import pathlib
import sys

import numpy as np
from scipy import stats
from sklearn.metrics import ndcg_score

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "classify" / "testdata"))
import rows  # noqa: E402  (lives beside the other package's generator)


def ranking(name, baseline, current):
    tau, tau_p = stats.kendalltau(baseline, current)
    rho, rho_p = stats.spearmanr(baseline, current)
    n = len(baseline)
    limits = (rho, rho) if abs(rho) > 1 - 1e-9 else \
        np.tanh(np.arctanh(rho) + np.array([-1, 1]) * stats.norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (n - 3)))
    return {"name": name, "baseline": baseline, "current": current, "tau": tau, "tau_p": tau_p, "rho": rho, "rho_p": rho_p,
            "rho_limits": limits, "ndcg": ndcg_score([baseline], [current]), "ndcg_3": ndcg_score([baseline], [current], k=3)}


def autocorrelation(x, lag):
    x = x - x.mean()
    return np.clip((x[:-lag] * x[lag:]).mean() / (x * x).mean(), -1, 1)


def series(name, x, y):
    x, y = np.round(x, 6), np.round(y, 6)
    r, _ = stats.pearsonr(x, y)
    n = len(x)
    lags = range(1, n // 5 + 1)
    effective = min(n, n / max(1, 1 + 2 * sum((1 - j / n) * autocorrelation(x, j) * autocorrelation(y, j) for j in lags)))
    limits = np.tanh(np.arctanh(r) + np.array([-1, 1]) * stats.norm.ppf(0.975) / np.sqrt(effective - 3))
    t = abs(r) * np.sqrt((effective - 2) / (1 - r * r))
    return {"name": name, "x": x, "y": y, "r": r, "effective": effective, "limits": limits, "p": 2 * stats.t.sf(t, effective - 2),
            "rho": stats.spearmanr(x, y)[0]}


def products(name, x, y):
    r, p = stats.pearsonr(x, y)
    n = len(x)
    limits = np.tanh(np.arctanh(r) + np.array([-1, 1]) * stats.norm.ppf(0.975) / np.sqrt(n - 3))
    return {"name": name, "sums": [n, x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum()], "r": r, "p": p, "limits": limits}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    flights = rows.read(parser.parse_args().data, "flights")
    random = np.random.default_rng(5)
    many = np.round(random.gamma(1, 1, 60), 3)
    days = flights.groupby(flights["timestamp"].str.slice(0, 10))[["origin_delay_3h", "score", "distance"]].mean().to_numpy()[:90]
    known = flights.dropna(subset=["origin_delay_3h"])
    rows.write(pathlib.Path(__file__).with_name("golden.json"), {
        "rankings": [
            ranking("the same order", [0.5, 0.3, 0.15, 0.05, 0.01], [50, 31, 14, 6, 2]),
            ranking("the top two exchanged", [0.5, 0.3, 0.15, 0.05, 0.01], [0.3, 0.5, 0.15, 0.05, 0.01]),
            ranking("reversed", [6, 5, 4, 3, 2, 1], [1, 2, 3, 4, 5, 6]),
            ranking("ties on both sides", [3, 3, 2, 2, 1, 0, 0], [5, 4, 4, 4, 1, 1, 0]),
            ranking("twelve features", [12, 9, 8, 7.5, 6, 5, 4, 3, 2, 1, 0.5, 0.1], [10, 11, 8, 5, 7, 6, 1, 4, 2.5, 0.9, 0.7, 0.2]),
            ranking("sixty features", many, np.round(many + random.normal(0, 0.7, 60) + 2, 3)),
        ],
        "series": [series("daily delay and score of the flights", days[:, 0], days[:, 1]),
                   series("daily distance and score of the flights", days[:, 2], days[:, 1])],
        "products": [products("delay and score", known["origin_delay_3h"].to_numpy(), known["score"].to_numpy()),
                     products("distance and hour", flights["distance"].to_numpy(float), flights["dep_hour"].to_numpy())],
    })


main()
