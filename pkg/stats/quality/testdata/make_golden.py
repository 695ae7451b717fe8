"""Makes golden.json with SciPy and statsmodels.

    python3 make_golden.py
"""

import json
import pathlib

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

changes = []
for k, n, k0, n0 in [(60, 1000, 20, 1000), (3, 50, 0, 400), (0, 100, 5, 100), (6212, 120000, 1118, 20000), (400, 500, 100, 500)]:
    low, up = confint_proportions_2indep(k, n, k0, n0, method="newcomb", compare="diff", alpha=0.05)
    changes.append({"k": k, "n": n, "k0": k0, "n0": n0, "wilson": proportion_confint(k, n, 0.05, "wilson"), "difference": [low, up]})

# The same week-day and hour of some weeks; Pearson's dispersion; tails at Student's quantile.
volumes = []
for now, windows in [(90, [100, 120, 95, 110]), (3, [2, 4, 3, 1, 5]), (40, [20, 60, 35, 90, 10, 42]), (1000, [400, 900, 300, 1100]), (0, [9, 12, 10])]:
    c = np.array(windows, float)
    mu, w = c.mean(), len(c)
    phi = max(1, ((c - mu) ** 2 / mu).sum() / (w - 1))
    spread = phi * (1 + 1 / w)
    tail = stats.norm.sf(stats.t.isf(0.025, w - 1))
    law = stats.nbinom(mu / (spread - 1), 1 / spread)
    volumes.append({"now": now, "windows": windows, "dispersion": phi, "lower": law.ppf(tail), "upper": law.isf(tail)})

quantiles = []
for mu, phi, z in [(4, 1, 1.96), (4, 1, -1.96), (0.3, 1, 2.5), (80, 3.5, -2.2), (80, 3.5, 2.2), (600, 1, 3), (2e4, 30, -3), (2e4, 30, 3), (1e7, 50, 2)]:
    law = stats.poisson(mu) if phi == 1 else stats.nbinom(mu / (phi - 1), 1 / phi)
    quantiles.append({"mean": mu, "dispersion": phi, "z": z, "value": law.ppf(stats.norm.cdf(z)) if z < 0 else law.isf(stats.norm.sf(z))})

ages = [{"age": a, "count": k, "over": t, "p": stats.lomax(k, scale=t).sf(a), "limit": stats.lomax(k, scale=t).isf(0.05)}
        for a, k, t in [(600, 100, 86400), (7200, 3, 86400), (0, 5, 60)]]
novelties = [{"count": k, "n": n, "m": m, "p": stats.binom(k, n / (n + m)).pmf(k)} for k, n, m in [(3, 100, 1000), (10, 1000, 50), (1, 10, 10)]]
three = [{"n": n, "upper": proportion_confint(0, n, 0.1, "beta")[1]} for n in (10, 300)]

out = {"changes": changes, "volumes": volumes, "quantiles": quantiles, "ages": ages, "novelties": novelties, "three": three}
pathlib.Path(__file__).with_name("golden.json").write_text(json.dumps(out, indent=1, default=float) + "\n")
