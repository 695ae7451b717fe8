"""Makes tests.json: what SciPy and statsmodels say about the further methods, on
vectors of counts; for methods of the distribution functions, on rows spread
evenly within the buckets [k, k + 1).

    python3 make_tests.py > tests.json
"""

import json

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.proportion import proportions_ztest


def rows(counts):
    return np.concatenate([k + (np.arange(c) + 0.5) / c for k, c in enumerate(counts) if c > 0])


def kuiper(ref, cur):
    """V and Stephens' (1970) p-value, summed plainly."""
    d = np.cumsum(ref) / np.sum(ref) - np.cumsum(cur) / np.sum(cur)
    v = max(d.max(), 0) + max((-d).max(), 0)
    ne = np.sum(ref) * np.sum(cur) / (np.sum(ref) + np.sum(cur))
    x = v * (np.sqrt(ne) + 0.155 + 0.24 / np.sqrt(ne))
    j = np.arange(1, 200)
    p = 1.0 if x < 0.4 else 2 * np.sum((4 * j**2 * x**2 - 1) * np.exp(-2 * j**2 * x**2))
    return [v, min(1.0, p)]


rng = np.random.default_rng(11)
cases = [([100, 200, 300, 400], [400, 300, 200, 100]), ([50, 60, 70, 80, 40], [12, 20, 15, 30, 23])]
for b in (8, 20, 40):
    p = rng.dirichlet(np.ones(b) * 6)
    q = p * np.exp(np.linspace(-0.25, 0.25, b))
    cases.append((rng.multinomial(4000, p).tolist(), rng.multinomial(1500, q / q.sum()).tolist()))
    cases.append((rng.multinomial(4000, p).tolist(), rng.multinomial(1500, p).tolist()))
out = []
for ref, cur in cases:
    r, c = np.array(ref, float), np.array(cur, float)
    n, m, b = r.sum(), c.sum(), len(ref)
    ps, qs = (r + 0.5) / (n + 0.5 * b), (c + 0.5) / (m + 0.5 * b)
    x, y = rows(ref), rows(cur)
    at = np.arange(b)
    u = stats.mannwhitneyu(np.repeat(at, cur), np.repeat(at, ref), use_continuity=False, method="asymptotic")
    trend = Table(np.array([r, c]), shift_zeros=False).test_ordinal_association()
    filled = r + c > 0
    g = stats.chi2_contingency(np.array([r, c])[:, filled], correction=False, lambda_="log-likelihood")
    t = stats.cramervonmises_2samp(x, y, method="asymptotic")
    z, p = proportions_ztest([cur[0], ref[0]], [m, n])
    row = {
        "ref": ref, "cur": cur, "kl": stats.entropy(qs, ps),
        "kuiper": kuiper(ref, cur), "cramer_von_mises": [t.statistic, t.pvalue],
        "mann_whitney": [u.statistic / (n * m), u.pvalue], "energy": stats.energy_distance(x, y),
        "trend": [trend.zscore**2, trend.pvalue], "proportions": [z, p],
    }
    if g[3].min() >= 5:
        row["g_test"] = [g[0], g[1], g[2]]
    # Pettitt's A² of the pooled rows, by its definition.
    z_all = np.sort(np.concatenate([x, y]))
    i = np.arange(1, len(z_all))
    below = np.searchsorted(np.sort(x), z_all[:-1], side="right")
    row["anderson_darling"] = np.sum((below * len(z_all) - n * i) ** 2 / (i * (len(z_all) - i))) / (n * m)
    out.append({k: (v if isinstance(v, list) else float(v)) for k, v in row.items()})
print(json.dumps(out, separators=(",", ":"), default=float).replace("},{", "},\n{"))
