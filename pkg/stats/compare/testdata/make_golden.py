"""Makes golden.json: what SciPy and statsmodels give for comparisons of two versions.

    python3 make_golden.py --data DIR     # the directory of the flights files and their facts.json

DeLong's variance is made from its definition over pairs of rows, mixtures by numerical integration, sample sizes by
counting up, so that nothing is shared with the formulas under test.
"""

import argparse
import pathlib
import sys

import numpy as np
from scipy import integrate, stats
from scipy.special import betaln
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "classify" / "testdata"))
import rows  # noqa: E402  (lives beside the other package's generator)


def fisher_mid_p(k1, n1, k2, n2):
    law = stats.hypergeom(n1 + n2, k1 + k2, n1)
    i = np.arange(max(0, k1 + k2 - n2), min(n1, k1 + k2) + 1)
    chance, seen = law.pmf(i), law.pmf(k1)
    tied = np.isclose(chance, seen, rtol=1e-7)
    return chance[(chance < seen) & ~tied].sum() + chance[tied].sum() / 2


def rates(k1, n1, k2, n2):
    """The challenger is the second."""
    ratio = confint_proportions_2indep(k2, n2, k1, n1, compare="ratio", method="score", correction=False) if k1 and k2 else (None, None)
    return {"champion": [k1, n1], "challenger": [k2, n2],
            "newcombe": confint_proportions_2indep(k2, n2, k1, n1, compare="diff", method="newcomb"),
            "p": fisher_mid_p(k2, n2, k1, n1) if min(n1, n2) < 40 else proportions_ztest([k2, k1], [n2, n1])[1],
            "ratio": ratio}


def delong(positives, negatives):
    p, n = np.asarray(positives, float), np.asarray(negatives, float)
    k = np.arange(len(p))
    kernel = (k[:, None] > k[None, :]) + 0.5 * (k[:, None] == k[None, :])
    of_positive, of_negative = kernel @ n / n.sum(), p @ kernel / p.sum()
    area = p @ of_positive / p.sum()
    variance = (p @ (of_positive - area) ** 2 / (p.sum() - 1) / p.sum() + n @ (of_negative - area) ** 2 / (n.sum() - 1) / n.sum())
    return area, variance


def areas(name, champion, challenger):
    (a, va), (b, vb) = delong(*champion), delong(*challenger)
    se = np.sqrt(va + vb)
    return {"name": name, "champion": champion, "challenger": challenger, "value": b - a,
            "lower": b - a - stats.norm.ppf(0.975) * se, "upper": b - a + stats.norm.ppf(0.975) * se, "p": 2 * stats.norm.sf(abs(b - a) / se)}


def welch(m1, s1, n1, m2, s2, n2):
    a, b = s1**2 / n1, s2**2 / n2
    df = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
    half = stats.t.ppf(0.975, df) * np.sqrt(a + b)
    return {"champion": [m1, s1, n1], "challenger": [m2, s2, n2], "lower": m2 - m1 - half, "upper": m2 - m1 + half,
            "p": stats.ttest_ind_from_stats(m1, s1, n1, m2, s2, n2, equal_var=False)[1]}


def paired(both, champion, challenger, neither):
    exact = mcnemar([[both, champion], [challenger, neither]], exact=True).pvalue
    n = champion + challenger
    mid = min(1, exact - stats.binom.pmf(min(champion, challenger), n, 0.5))
    total = both + champion + challenger + neither
    p1, p2 = (champion + 1) / (total + 2), (challenger + 1) / (total + 2)
    half = stats.norm.ppf(0.975) * np.sqrt((p1 + p2 - (p1 - p2) ** 2) / (total + 2))
    return {"rows": [both, champion, challenger, neither], "p": 1 if champion == challenger else mid, "lower": p2 - p1 - half, "upper": p2 - p1 + half}


def sequence(se, scale):
    """The estimate at which the mixed likelihood ratio reaches 20, by integration over the true difference."""
    def ratio(d):
        mixed, _ = integrate.quad(lambda x: stats.norm.pdf(d, x, se) * stats.norm.pdf(x, 0, scale), -12 * scale, 12 * scale,
                                  points=[0, d], limit=500)
        return mixed / stats.norm.pdf(d, 0, se)
    low, high = 0, 12 * se
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if ratio(middle) < 20 else (low, middle)
    return {"error": se, "scale": scale, "margin": high}


def rate_sequence(k, n):
    p = np.linspace(0, 1, 400001)[1:-1]
    inside = betaln(k + 0.5, n - k + 0.5) - betaln(0.5, 0.5) - stats.binom.logpmf(k, n, p) + np.log(stats.binom.pmf(k, n, k / n)) \
        - (k * np.log(k / n) if k else 0) - ((n - k) * np.log1p(-k / n) if k < n else 0) <= np.log(20)
    return {"k": k, "n": n, "lower": 0 if k == 0 else p[inside][0], "upper": 1 if k == n else p[inside][-1]}


def first(enough, start=1):
    n = start
    while not enough(n):
        n += 1
    return n


def size_of_rate(rate, half):
    def enough(n):
        low, high = proportion_confint(rate * n, n, method="wilson")
        return (high - low) / 2 <= half
    return {"rate": rate, "half_width": half, "n": first(enough)}


def size_of_mean(sd, half):
    return {"sd": sd, "half_width": half, "n": first(lambda n: stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n) <= half, 2)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    data = parser.parse_args().data
    flights = rows.read(data, "flights")
    since = flights["score_v2"].notna().to_numpy()
    actual = (flights["actual"] == 1).to_numpy(bool)[since]
    v1 = rows.counts(flights["score"].to_numpy()[since], actual)
    v2 = rows.counts(flights["score_v2"].to_numpy()[since], actual)
    right1 = (flights["predicted"][since] == flights["actual"][since]).to_numpy(bool)
    right2 = (flights["predicted_v2"][since] == flights["actual"][since]).to_numpy(bool)
    pairs = [int(x) for x in ((right1 & right2).sum(), (right1 & ~right2).sum(), (~right1 & right2).sum(), (~right1 & ~right2).sum())]
    known = rows.facts(data)["flights"]
    right = [known[v]["tn"] + known[v]["tp"] for v in ("v1_since_v2", "v2")]
    n = known["v2"]["rows"]
    rows.write(pathlib.Path(__file__).with_name("golden.json"), {
        "rates": [rates(50, 100, 60, 100), rates(3, 30, 9, 35), rates(0, 20, 5, 25), rates(900, 1000, 950, 1000),
                  rates(8, 10, 2, 12), rates(1, 5000, 12, 4000), rates(right[0], n, right[1], n)],
        "areas": [areas("v1 and v2 of the flights", v1, v2), areas("few rows", [[1, 2, 5], [6, 3, 1]], [[2, 2, 3], [4, 4, 2]])],
        "means": [welch(10, 2, 30, 11.5, 3, 40), welch(100, 5, 10, 98, 20, 8), welch(0.2, 0.4, 5000, 0.22, 0.41, 700)],
        "paired": [paired(*pairs), paired(80, 12, 3, 5), paired(50, 4, 4, 2), paired(5, 1, 0, 0)],
        "sequences": [sequence(0.01, 0.02), sequence(0.02, 0.02), sequence(0.03, 0.02), sequence(1, 30)],
        "rate_sequences": [rate_sequence(20, 100), rate_sequence(0, 50), rate_sequence(50, 50), rate_sequence(3, 1000)],
        "rate_sizes": [size_of_rate(0.5, 0.05), size_of_rate(0.1, 0.02), size_of_rate(0.01, 0.01)],
        "mean_sizes": [size_of_mean(1, 0.1), size_of_mean(10, 5)],
    })


main()
