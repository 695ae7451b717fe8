"""Makes golden.json: each tool's rule as stated, written anew with SciPy and
statsmodels on counts and rows.

    python3 make_golden.py > golden.json
"""

import json

import numpy as np
from scipy import stats
from scipy.spatial import distance
from statsmodels.stats.proportion import proportions_ztest


def evidently_fill(p):
    p = p.copy()
    least = p[p > 0].min()
    p[p == 0] = 0.0001 if least > 0.0001 else least / 10**6
    return p


def psi(p, q):
    return float(np.sum((p - q) * np.log(p / q)))


def union(edges_a, a, edges_b, b):
    """TFDV: finite buckets split on all boundaries, infinite ones apart."""
    cuts = np.unique(np.concatenate([edges_a, edges_b]))

    def one(edges, counts):
        below = np.concatenate([[0], np.cumsum(counts[1:-1])])
        return np.diff(np.interp(cuts, edges, below)), counts[0] + counts[-1]

    (x, open_x), (y, open_y) = one(np.array(edges_a), a), one(np.array(edges_b), b)
    return np.concatenate([x, [open_x, 0]]), np.concatenate([y, [0, open_y]])


def bits(a, b):
    return float(distance.jensenshannon(a, b, base=2) ** 2)


def common(r, c):
    n, m, bins = r.sum(), c.sum(), len(r)
    p, q = r / n, c / m
    fp, fq = evidently_fill(p), evidently_fill(q)
    plus = psi((r + 1) / (n + bins), (c + 1) / (m + bins))
    out = {
        "evidently psi": psi(fp, fq), "evidently kl": stats.entropy(fp, fq),
        "evidently js": distance.jensenshannon(p, q),
        "evidently hellinger": np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2),
        "fiddler psi": plus, "boxkite kl": plus,
        "deepchecks psi": psi(np.maximum(p, 0.01), np.maximum(q, 0.01)),
        "scouter psi": psi(p + 1e-10, q + 1e-10), "scouter limit": stats.chi2.ppf(0.95, bins - 1) / m,
    }
    filled = r + c > 0
    with np.errstate(divide="ignore"):
        x2 = np.sum((c[filled] - p[filled] * m) ** 2 / (p[filled] * m))
    out["evidently chi_square"] = stats.chi2.sf(x2, filled.sum() - 1)
    return out


def numeric(edges, ref, cur):
    r, c = np.array(ref, float), np.array(cur, float)
    out = common(r, c)
    n, m = r.sum(), c.sum()
    first, last = np.nonzero(r)[0][[0, -1]]
    inside = slice(first, last + 1)
    out["nannyml js"] = distance.jensenshannon(np.append(r[inside], 0), np.append(c[inside], m - c[inside].sum()), base=2)
    x, y = union(edges, r, edges, c)
    out["tfdv js"] = bits(x, y)
    at = np.append(edges, edges[-1] + 1)
    ks = stats.ks_2samp(np.repeat(at, ref), np.repeat(at, cur), method="asymp")
    out["scipy ks"], out["scipy ks p"], out["evidently ks"] = ks.statistic, ks.pvalue, ks.pvalue
    # Area between the distribution functions, by fine steps; deviation from middles.
    grid = np.linspace(edges[0], edges[-1], 400001)
    f = np.interp(grid, edges, np.cumsum(r)[:-1] / n)
    g = np.interp(grid, edges, np.cumsum(c)[:-1] / m)
    if ref[0] + ref[-1] == 0:
        middles = (np.array(edges)[1:] + np.array(edges)[:-1]) / 2
        deviation = np.sqrt(np.cov(middles, fweights=ref[1:-1], ddof=0))
        out["evidently wasserstein"] = np.trapz(np.abs(f - g), grid) / max(deviation, 0.001)
    return {"edges": edges, "ref": ref, "cur": cur, "want": {k: float(v) for k, v in out.items()}}


def categorical(ref, cur):
    r, c = np.array(ref, float), np.array(cur, float)
    out = common(r, c)
    n, m = r.sum(), c.sum()
    out["nannyml js"] = distance.jensenshannon(r, c, base=2)
    out["tfdv js"] = bits(r, c)
    out["tfdv l_infinity"] = np.max(np.abs(r / n - c / m))
    table = np.array([r, c])
    phi2 = stats.chi2_contingency(table)[0] / (n + m)
    rows, columns = table.shape
    phi2 = max(0, phi2 - (columns - 1) * (rows - 1) / (n + m - 1))
    rows -= (rows - 1) ** 2 / (n + m - 1)
    columns -= (columns - 1) ** 2 / (n + m - 1)
    out["deepchecks chi_square"] = np.sqrt(phi2 / min(columns - 1, rows - 1))
    if len(ref) == 2:
        out["evidently proportions"] = proportions_ztest([ref[0], cur[0]], [n, m])[1]
    return {"ref": ref, "cur": cur, "want": {k: float(v) for k, v in out.items()}}


rng = np.random.default_rng(5)
edges = [0.0, 1.0, 2.5, 3.0, 5.0, 9.0, 12.0]
numerics = [
    numeric(edges, [0, 100, 250, 300, 200, 150, 40, 0], [0, 90, 200, 330, 260, 150, 60, 0]),
    numeric(edges, [0, 0, 500, 300, 200, 0, 0, 0], [5, 20, 400, 300, 250, 0, 30, 15]),
    numeric(edges, [30, 10000, 30000, 1, 5000, 800, 90, 10], [0, 120, 310, 0, 60, 7, 0, 3]),
]
categoricals = [
    categorical([500, 300], [420, 380]), categorical([50, 30, 20], [50, 30, 20]),
    categorical([500, 300, 200, 0], [480, 290, 180, 50]), categorical([20000, 900, 1, 60], [300, 0, 0, 2]),
    categorical(rng.multinomial(3000, [0.1] * 10).tolist(), rng.multinomial(700, [0.1] * 10).tolist()),
]
other = [0.5, 2.5, 4.0, 10.0]
a, b = [10, 100, 250, 300, 200, 150, 40, 20], [5, 80, 300, 200, 9]
unions = [{"edges": edges, "ref": a, "cur_edges": other, "cur": b,
           "js": bits(*union(edges, np.array(a, float), other, np.array(b, float)))}]
chunks = rng.random(10).round(3).tolist()
print(json.dumps({
    "numeric": numerics, "categorical": categoricals, "unions": unions,
    "chunks": {"values": chunks, "threshold": float(np.mean(chunks) + 3 * np.std(chunks))},
}, separators=(",", ":")).replace("},{", "},\n{").replace("Infinity", "null"))
