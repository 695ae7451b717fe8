"""Makes golden.json: distances, tests and p-values by SciPy on vectors of counts,
and bucketed columns of the real data with the distances of their raw rows.

    python3 make_golden.py DATA > golden.json

DATA is the folder with flights.csv.gz.
"""

import json
import sys

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial import distance


def vectors():
    rng = np.random.default_rng(3)
    rows = []
    cases = [
        ([10, 20, 30, 40], [40, 30, 20, 10]),
        ([100, 100], [110, 90]),
        ([500, 300, 200, 0], [480, 290, 180, 50]),
        ([1000, 0, 0], [0, 0, 1000]),
    ]
    for b in (5, 20):
        p, q = rng.dirichlet(np.ones(b) * 4, 2)
        cases.append((rng.multinomial(5000, p).tolist(), rng.multinomial(700, q).tolist()))
        cases.append((rng.multinomial(5000, p).tolist(), rng.multinomial(1200, p).tolist()))
    for ref, cur in cases:
        r, c = np.array(ref, float), np.array(cur, float)
        p, q = r / r.sum(), c / c.sum()
        b = len(r)
        ps, qs = (r + 0.5) / (r.sum() + 0.5 * b), (c + 0.5) / (c.sum() + 0.5 * b)
        row = {
            "ref": ref, "cur": cur,
            "psi": stats.entropy(ps, qs) + stats.entropy(qs, ps),
            "js_2": distance.jensenshannon(p, q, base=2), "js_e": distance.jensenshannon(p, q),
            "hellinger": np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2),
            "total_variation": distance.cityblock(p, q) / 2, "l_infinity": distance.chebyshev(p, q),
        }
        filled = (r + c) > 0
        table = np.array([r[filled], c[filled]])
        test = stats.chi2_contingency(table, correction=False)
        if test[3].min() >= 5:
            row["chi_square"] = [test[0], test[1], test[2]]
            both = np.rint(np.array([p[filled], q[filled]]) * 1e9).astype(np.int64)
            row["cramers_v"] = stats.contingency.association(both, method="cramer")
        # Values at 0, 1, 2, …, with an edge at each: SciPy sees what the buckets hold.
        values = np.arange(b)
        ks = stats.ks_2samp(np.repeat(values, ref), np.repeat(values, cur), method="asymp")
        row["ks"] = [ks.statistic, stats.kstwo.sf(ks.statistic, round(r.sum() * c.sum() / (r.sum() + c.sum())))]
        rows.append({k: (v if isinstance(v, list) else float(v)) for k, v in row.items()})
    return rows


EDGES = {
    "origin_delay_3h": [-20, -15, -10, -7.5, -5, -2.5, 0, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300],
    "distance": [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1250, 1500, 1750, 2000, 2500, 3000],
    "score": [round(0.05 * i, 2) for i in range(1, 20)],
    "origin_departures_1h": [1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 80],
}


def flights(folder):
    d = pd.read_csv(folder + "/flights.csv.gz")
    month = d["timestamp"].str[5:7]
    rows = []
    for name, a, b in (("mar_to_may", "03", "05"), ("feb_to_jun", "02", "06")):
        for column, edges in EDGES.items():
            ref, cur = d.loc[month == a, column].dropna(), d.loc[month == b, column].dropna()

            def bucketed(x):
                return np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(edges) + 1).tolist()

            ks = stats.ks_2samp(ref, cur, method="asymp")
            deciles = np.unique(np.quantile(ref, np.arange(1, 10) / 10))

            def on_deciles(x):
                return np.bincount(np.searchsorted(deciles, x, side="left"), minlength=len(deciles) + 1).tolist()

            rows.append({
                "pair": name, "column": column, "edges": edges, "ref": bucketed(ref), "cur": bucketed(cur),
                "ref_sum": float(ref.sum()), "cur_sum": float(cur.sum()),
                "deciles": deciles.tolist(), "ref_deciles": on_deciles(ref), "cur_deciles": on_deciles(cur),
                "lowest": float(min(ref.min(), cur.min())), "highest": float(max(ref.max(), cur.max())),
                "ref_std": float(ref.std()), "cur_std": float(cur.std()),
                "d": float(ks.statistic), "p": float(ks.pvalue),
                "wasserstein": float(stats.wasserstein_distance(ref, cur)),
            })
    return rows


folder = sys.argv[1]
print(json.dumps({"vectors": vectors(), "flights": flights(folder)}, separators=(",", ":")).replace("},{", "},\n{"))
