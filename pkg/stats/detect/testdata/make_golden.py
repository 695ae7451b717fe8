"""Makes golden.json: the recursions written out in NumPy, with SciPy's Student law for the standardised points.

    python3 make_golden.py
"""

import json
import pathlib

import numpy as np
from scipy import stats

random = np.random.default_rng(5)


def standardise(x, se, start, target=None, spread=None, learn=True):
    """Scores of the points from start on; each against all the points before it (or before start)."""
    z = np.full(len(x), np.nan)
    for i in range(start, len(x)):
        if np.isnan(x[i]):
            continue
        past = slice(0, i if learn else start)
        ok = ~np.isnan(x[past])
        y, s = x[past][ok], se[past][ok]
        w = 1 / s**2
        center = target if target is not None else np.average(y, weights=w)
        df = len(y) - (target is None)
        own = se[i] ** 2 + (0 if target is not None else 1 / w.sum())
        if spread is not None:
            z[i] = (x[i] - center) / (spread * np.sqrt(own))
            continue
        phi = np.sum(w * (y - center) ** 2) / df
        t = (x[i] - center) / np.sqrt(phi * own)
        z[i] = np.sign(t) * stats.norm.isf(stats.t.sf(abs(t), df))
    return z


def cusum(z, k, h):
    rise, fall, out = 0.0, 0.0, []
    for v in z:
        rise, fall = max(0, rise + v - k), max(0, fall - v - k)
        out.append((rise, fall))
        if rise > h or fall > h:
            rise = fall = 0.0
    return out


def page_hinkley(z, delta, limit):
    out, seen, up, down = [], [], [0.0], [0.0]
    for v in z:
        seen.append(v)
        mean = np.mean(seen)
        up.append(up[-1] + v - mean - delta)
        down.append(down[-1] + v - mean + delta)
        rise, fall = up[-1] - min(up), max(down) - down[-1]
        out.append((rise, fall))
        if rise > limit or fall > limit:
            seen, up, down = [], [0.0], [0.0]
    return out


def ewma(z, weight, limit):
    e, scale, out = 0.0, np.sqrt(weight / (2 - weight)), []
    for v in z:
        e = weight * v + (1 - weight) * e
        out.append((e / scale, -e / scale))
        if abs(e / scale) > limit:
            e = 0.0
    return out


def adwin(z, delta):
    window, out = [], []
    for v in z:
        window.append(v)
        n, rise, fall, cut = len(window), 0.0, 0.0, None
        best = 0.0
        for i in range(1, n):
            old, new = window[:i], window[i:]
            epsilon = np.sqrt(2 * (1 / len(old) + 1 / len(new)) * np.log(2 * n / delta))
            ratio = (np.mean(new) - np.mean(old)) / epsilon
            rise, fall = max(rise, ratio), max(fall, -ratio)
            if abs(ratio) > best:
                best, cut = abs(ratio), i
        out.append((rise, fall))
        if max(rise, fall) > 1:
            window = window[cut:]
    return out


def numbers(v):
    return [None if np.isnan(x) else float(f"{x:.13g}") for x in v]


x = random.normal(0, 1, 90)
x[60:] += 1.5
se = np.sqrt(0.2 * 0.8 / random.integers(50, 2000, 90))
values = 0.2 + 1.4 * se * x
values[[5, 40, 70]] = np.nan
scores = random.normal(0, 1, 120)
scores[70:] += 1.2
scores[95:] -= 3
golden = {
    "values": numbers(values), "errors": numbers(se), "start": 30,
    "standardised": [
        {"name": "mean and spread are learnt, then frozen", "frozen": True, "z": numbers(standardise(values, se, 30, learn=False))},
        {"name": "the mean is learnt", "frozen": True, "spread": 1.4, "z": numbers(standardise(values, se, 30, spread=1.4, learn=False))},
        {"name": "the spread is learnt", "frozen": True, "target": 0.2, "z": numbers(standardise(values, se, 30, target=0.2, learn=False))},
        {"name": "learning goes on", "frozen": False, "z": numbers(standardise(values[:60], se[:60], 30))},
    ],
    "scores": numbers(scores),
    "detectors": {
        "cusum": cusum(scores, 0.5, 5), "page_hinkley": page_hinkley(scores, 0.25, 8),
        "ewma": ewma(scores, 0.1, 2.814), "adwin": adwin(scores, 0.002),
    },
}
pathlib.Path(__file__).with_name("golden.json").write_text(json.dumps(golden) + "\n")
