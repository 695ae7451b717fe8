"""Makes golden.json: intervals, tail probabilities and adjusted p-values by SciPy,
statsmodels and, where double precision does not reach, mpmath.

    python3 make_golden.py > golden.json
"""

import json
import math

import mpmath as mp
import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

mp.mp.dps = 40


def rates():
    rows = []
    for n in (1, 2, 7, 30, 100, 1000, 120000):
        for k in sorted({0, 1, n // 10, n // 3, n - 1, n}):
            for level in (0.9, 0.95, 0.999):
                row = {"k": k, "n": n, "level": level}
                for name, method in (("wilson", "wilson"), ("clopper_pearson", "beta"), ("agresti_coull", "agresti_coull"), ("jeffreys", "jeffreys")):
                    lower, upper = proportion_confint(k, n, alpha=1 - level, method=method)
                    if name == "jeffreys" or name == "clopper_pearson":
                        lower, upper = (0.0 if k == 0 else lower), (1.0 if k == n else upper)
                    row[name] = [float(lower), float(upper)]
                rows.append(row)
    for k, n in ((2.5, 10.25), (0.3, 4.7), (41.9, 42.2)):
        a = 0.025
        rows.append({
            "k": k, "n": n, "level": 0.95,
            "clopper_pearson": [float(stats.beta.ppf(a, k, n - k + 1)), float(stats.beta.ppf(1 - a, k + 1, n - k))],
            "jeffreys": [float(stats.beta.ppf(a, k + 0.5, n - k + 0.5)), float(stats.beta.ppf(1 - a, k + 0.5, n - k + 0.5))],
        })
    return rows


def differences():
    rows = []
    for k1, n1, k2, n2 in ((56, 70, 48, 80), (9, 10, 3, 10), (0, 10, 0, 20), (10, 10, 0, 20), (501, 1000, 480, 1001)):
        for level in (0.9, 0.95):
            lower, upper = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff", alpha=1 - level)
            rows.append({"k1": k1, "n1": n1, "k2": k2, "n2": n2, "level": level, "interval": [float(lower), float(upper)]})
    return rows


def noncentral_tails(x, df, lam):
    """Both tails by the Poisson mixture at 40 digits, for what SciPy cannot do."""
    half, y = mp.mpf(lam) / 2, mp.mpf(x) / 2
    peak = int(half)
    density_peak = int(-mp.mpf(df) / 4 + mp.sqrt(mp.mpf(df) ** 2 / 16 + half * y))
    low = max(0, min(peak, density_peak) - 400)
    high = max(peak, density_peak) + 400
    cdf = sf = mp.mpf(0)
    weight = mp.exp(low * mp.log(half) - half - mp.loggamma(low + 1))
    for j in range(low, high):
        a = mp.mpf(df) / 2 + j
        cdf += weight * mp.gammainc(a, 0, y, regularized=True)
        sf += weight * mp.gammainc(a, y, mp.inf, regularized=True)
        weight *= half / (j + 1)
    return float(cdf), float(sf)


def noncentral():
    rows = []
    for df in (1, 2, 9, 29, 100, 1000, 10000):
        for lam in (0.01, 1, 10, 100, 1e4, 1e6, 1e7):
            sd = math.sqrt(2 * (df + 2 * lam))
            for z in (-2.5, -1, 0, 1, 2.5):
                x = df + lam + z * sd
                if x <= 0:
                    continue
                cdf, sf = float(stats.ncx2.cdf(x, df, lam)), float(stats.ncx2.sf(x, df, lam))
                if 1e-8 < cdf < 1 - 1e-8:
                    rows.append({"x": x, "df": df, "lambda": lam, "cdf": cdf, "sf": sf, "by": "scipy"})
    for x, df, lam in (
        (0.5, 9, 60), (5, 9, 150), (60, 9, 200), (120, 29, 300), (1, 1, 100), (3, 2, 400),
        (300, 9, 20), (900, 9, 100), (2000, 29, 300), (700, 3, 1), (1500, 19, 700), (0.001, 5, 3), (50, 1000, 10), (3000, 1000, 100),
    ):
        cdf, sf = noncentral_tails(x, df, lam)
        rows.append({"x": x, "df": df, "lambda": lam, "cdf": cdf, "sf": sf, "by": "mpmath"})
    # Around where the mixture ends and far beyond: normal in distribution, so that
    # the exact cumulants do (Cornish-Fisher at 40 digits would change nothing).
    for lam in (1e8, 1e10):
        for z in (-4, -1, 0, 1, 4):
            x = 9 + lam + z * math.sqrt(2 * (9 + 2 * lam))
            rows.append({"x": x, "df": 9, "lambda": lam, "cdf": edgeworth(x, 9, lam, -1), "sf": edgeworth(x, 9, lam, 1), "by": "edgeworth"})
    return rows


def edgeworth(x, df, lam, side):
    """One tail by the Edgeworth expansion to second order: error of order lam^-1.5."""
    k2, k3, k4 = (2 ** (r - 1) * math.factorial(r - 1) * (df + r * lam) for r in (2, 3, 4))
    z = (x - df - lam) / math.sqrt(k2)
    g1, g2 = k3 / k2**1.5, k4 / k2**2
    phi = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    more = phi * (g1 / 6 * (z * z - 1) + g2 / 24 * (z**3 - 3 * z) + g1 * g1 / 72 * (z**5 - 10 * z**3 + 15 * z))
    return 0.5 * math.erfc(side * z / math.sqrt(2)) + side * more


def noncentrality():
    """Interval of the noncentrality: bisection on SciPy's distribution."""
    rows = []
    for df in (1, 4, 9, 29, 200):
        for x in (0.2 * df, df, 2 * df, 5 * df + 10, 50 * df + 100, 1e4):
            for level in (0.9, 0.95, 0.999):
                tail = (1 - level) / 2

                def solve(f):
                    low, high = 0.0, 10 * x + 1000
                    if f(0) <= 0:
                        return 0.0
                    for _ in range(200):
                        middle = (low + high) / 2
                        if f(middle) > 0:
                            low = middle
                        else:
                            high = middle
                    return (low + high) / 2

                ncx2 = stats.ncx2
                central = stats.chi2
                lower = solve(lambda l: tail - (ncx2.sf(x, df, l) if l else central.sf(x, df)))
                upper = solve(lambda l: (ncx2.cdf(x, df, l) if l else central.cdf(x, df)) - tail)
                rows.append({"x": x, "df": df, "level": level, "interval": [float(lower), float(upper)]})
    return rows


def kolmogorov():
    limiting = [{"x": x, "sf": float(stats.kstwobign.sf(x))} for x in (0.1, 0.2, 0.3, 0.5, 0.8, 0.99, 1, 1.36, 2, 3, 6)]
    finite, onesided = [], []
    for n in (1, 2, 5, 10, 20, 50, 100, 140, 141, 200, 500, 1000, 5000, 10303, 100000, 1000000):
        for z in (0.3, 0.5, 0.7, 0.9, 1.1, 1.36, 1.48, 1.49, 1.7, 2.2, 3, 5, 10, 17):
            d = z / math.sqrt(n)
            if d >= 1:
                continue
            finite.append({"d": d, "n": n, "sf": float(stats.kstwo.sf(d, n))})
            if n <= 1000000:
                onesided.append({"d": d, "n": n, "sf": float(stats.ksone.sf(d, n))})
    return {"limiting": limiting, "finite": finite, "onesided": onesided}


def adjusted():
    rng = np.random.default_rng(1)
    rows = []
    for p in ([0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.2], list(rng.beta(0.3, 1, 25)), [0.0, 1.0, 1e-300, 0.9]):
        row = {"p": [float(x) for x in p]}
        for name in ("fdr_bh", "fdr_by", "holm"):
            row[name] = [float(x) for x in multipletests(p, method=name)[1]]
        rows.append(row)
    return rows


print(json.dumps({
    "rates": rates(),
    "differences": differences(),
    "noncentral": noncentral(),
    "noncentrality": noncentrality(),
    "kolmogorov": kolmogorov(),
    "adjusted": adjusted(),
    "chi2": [{"x": x, "df": df, "cdf": float(stats.chi2.cdf(x, df)), "sf": float(stats.chi2.sf(x, df))}
             for df in (1, 2, 9, 29, 1000, 1e5) for x in (0.01 * df, 0.5 * df, df, 1.5 * df, 3 * df + 30)],
    "chi2_quantile": [{"p": p, "df": df, "x": float(stats.chi2.ppf(p, df))} for df in (1, 2, 9, 29, 1000) for p in (1e-6, 0.05, 0.5, 0.9, 0.95, 0.999, 0.999999)],
}, indent=None, separators=(",", ":")).replace("},{", "},\n{"))
