"""Real rows, and the buckets that a score histogram would have put them in."""

import gzip
import json
import pathlib

import numpy as np
import pandas as pd

BUCKETS = 20
EDGES = [i / BUCKETS for i in range(BUCKETS + 1)]


def read(data, name):
    with gzip.open(pathlib.Path(data) / f"{name}.csv.gz", "rt") as file:
        return pd.read_csv(file, dtype={"predicted": "Int64", "predicted_v2": "Int64", "actual": "Int64"})


def facts(data):
    return json.loads((pathlib.Path(data) / "facts.json").read_text())


def bucket(score):
    """Index of the bucket (a, b] of each score; a score of 0 is in the first."""
    return np.maximum(np.searchsorted(EDGES, score, side="left") - 1, 0)


def counts(score, positive):
    k = bucket(score)
    return (np.bincount(k[positive], minlength=BUCKETS), np.bincount(k[~positive], minlength=BUCKETS))


def binary_sets(data):
    """Name, score, actual (bool) and the facts of each set of scored rows."""
    known = facts(data)
    flights = read(data, "flights")
    training = read(data, "flights_training")
    month = flights["timestamp"].str.slice(5, 7)
    actual = (flights["actual"] == 1).to_numpy(bool)
    score = flights["score"].to_numpy()
    yield "flights v1", score, actual, known["flights"]["v1"]
    yield ("flights training", training["score"].to_numpy(), (training["actual"] == 1).to_numpy(bool),
           known["flights"]["flights_training"])
    since = flights["score_v2"].notna().to_numpy()
    yield "flights v2", flights["score_v2"].to_numpy()[since], actual[since], known["flights"]["v2"]
    for number, name in ("01", "Jan"), ("05", "May"):
        rows = (month == number).to_numpy()
        yield f"flights v1 {name}", score[rows], actual[rows], known["flights"]["v1_by_month"][name]


def write(path, value):
    """JSON with nine to seventeen digits as needed, one case per line."""
    def plain(x):
        if isinstance(x, dict):
            return {k: plain(v) for k, v in x.items()}
        if isinstance(x, (list, tuple, np.ndarray, pd.Series)):
            return [plain(v) for v in x]
        if isinstance(x, (np.integer, int)) and not isinstance(x, bool):
            return int(x)
        if isinstance(x, (np.floating, float)):
            if not np.isfinite(x):
                return None
            return int(x) if x == int(x) else float(f"{x:.13g}")
        return x
    groups = [f'"{name}": [\n' + ",\n".join(json.dumps(plain(case), separators=(",", ":")) for case in cases) + "\n]"
              for name, cases in value.items()]
    pathlib.Path(path).write_text("{\n" + ",\n".join(groups) + "\n}\n")
