"""Makes golden.json: scikit-learn's metrics of the diabetes rows, with the sums and residual buckets they would export.

    python3 make_golden.py --data DIR     # the directory of the diabetes files and facts.json
"""

import argparse
import json
import pathlib

import numpy as np
import pandas as pd
from scipy import stats
from sklearn import metrics

EDGES = [float(x) for x in range(-200, 201, 20)]


def row(data, facts, name):
    frame = pd.read_csv(pathlib.Path(data) / f"{name}.csv.gz")
    y, p = frame["actual"].to_numpy(float), frame["prediction"].to_numpy(float)
    e = y - p
    n = len(y)
    counts = np.bincount(np.searchsorted(EDGES, e, side="left"), minlength=len(EDGES) + 1)
    known = facts["diabetes"][name]
    mse_variance_of_log = np.var(e**2) / np.mean(e**2) ** 2 / n
    return {
        "name": name, "n": n, "edges": EDGES, "counts": counts.tolist(),
        "sums": {"residual": e.sum(), "absolute": abs(e).sum(), "squared": (e**2).sum(), "percentage": (abs(e) / y).sum(),
                 "actual": y.sum(), "actual_squared": (y**2).sum()},
        "metrics": {"mae": metrics.mean_absolute_error(y, p), "mse": metrics.mean_squared_error(y, p),
                    "rmse": metrics.mean_squared_error(y, p, squared=False), "mape": metrics.mean_absolute_percentage_error(y, p),
                    "r2": metrics.r2_score(y, p), "bias": e.mean(), "residual_std": e.std(ddof=1)},
        "facts": {"mae": known["mae"], "rmse": known["rmse"], "mape": known["mape"], "r2": known["r2"],
                  "bias": known["bias_actual_minus_prediction"], "residual_std": known["residual_std"]},
        "bias_interval": list(stats.t.interval(0.95, n - 1, e.mean(), stats.sem(e))),
        "mae_interval": list(stats.t.interval(0.95, n - 1, abs(e).mean(), stats.sem(abs(e)))),
        "log_mse_standard_error": float(np.sqrt(mse_variance_of_log)),
        "skill_over_100": 1 - (e**2).sum() / ((y - 100) ** 2).sum(),
        "median": float(np.median(e)),
    }


parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
data = parser.parse_args().data
facts = json.loads((pathlib.Path(data) / "facts.json").read_text())
rows = [row(data, facts, name) for name in ("diabetes", "diabetes_training")]
pathlib.Path(__file__).with_name("golden.json").write_text(json.dumps(rows, indent=1) + "\n")
