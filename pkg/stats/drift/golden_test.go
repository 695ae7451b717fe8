package drift

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/histogram"
)

//go:embed testdata/golden.json
var goldenJSON []byte

type goldenFile struct {
	Vectors []struct {
		Ref, Cur       []float64
		PSI            float64
		JS2            float64 `json:"js_2"`
		JSE            float64 `json:"js_e"`
		Hellinger      float64
		TotalVariation float64     `json:"total_variation"`
		LInfinity      float64     `json:"l_infinity"`
		ChiSquare      *[3]float64 `json:"chi_square"` // statistic, p, degrees of freedom
		CramersV       float64     `json:"cramers_v"`
		KS             [2]float64  // statistic, p
	}
	Flights []flightsPair
}

// flightsPair is a column of the flights in two months: in buckets, and what is
// true of its rows.
type flightsPair struct {
	Pair, Column    string
	Edges, Ref, Cur []float64
	RefSum          float64 `json:"ref_sum"`
	CurSum          float64 `json:"cur_sum"`
	Deciles         []float64
	RefDeciles      []float64 `json:"ref_deciles"`
	CurDeciles      []float64 `json:"cur_deciles"`
	Lowest, Highest float64
	RefStd          float64 `json:"ref_std"`
	CurStd          float64 `json:"cur_std"`
	D, P            float64
	Wasserstein     float64
}

func (f flightsPair) histograms() (ref, cur histogram.Histogram) {
	ref, cur = histogram.New(f.Edges, f.Ref), histogram.New(f.Edges, f.Cur)
	ref.Sum, cur.Sum = f.RefSum, f.CurSum
	ref.Count, cur.Count = ref.Total(), cur.Total()
	return ref, cur
}

func golden(t *testing.T) goldenFile {
	t.Helper()
	var g goldenFile
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Max(1e-290, math.Abs(want)) || got == want
}

func TestDistancesAgreeWithSciPy(t *testing.T) {
	for _, row := range golden(t).Vectors {
		categorical := func(m Method, o Options) Result {
			r, err := Categorical(m, row.Ref, row.Cur, o)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		check := func(what string, got, want, tolerance float64) {
			t.Helper()
			if !near(got, want, tolerance) {
				t.Errorf("%v against %v: %s is %.12g, want %.12g", row.Ref, row.Cur, what, got, want)
			}
		}
		if filledCells(row.Ref, row.Cur) == len(row.Ref) { // SciPy keeps doubly empty cells
			check("PSI", categorical(PSI, Options{}).Raw, row.PSI, 1e-12)
		}
		check("JS in bits", categorical(JensenShannon, Options{}).Raw, row.JS2, 1e-12)
		check("JS in nats", categorical(JensenShannon, Options{Base: "e"}).Raw, row.JSE, 1e-12)
		check("Hellinger", categorical(Hellinger, Options{}).Raw, row.Hellinger, 1e-12)
		check("total variation", categorical(TotalVariation, Options{}).Raw, row.TotalVariation, 1e-12)
		check("L-infinity", categorical(LInfinity, Options{}).Raw, row.LInfinity, 1e-12)
		if row.ChiSquare != nil {
			r := categorical(ChiSquare, Options{})
			check("chi-square", r.Statistic, row.ChiSquare[0], 1e-12)
			check("chi-square p", r.P, row.ChiSquare[1], 1e-10)
			check("degrees of freedom", r.DegreesOfFreedom, row.ChiSquare[2], 0)
			check("Cramér's V", r.Raw, row.CramersV, 1e-6) // SciPy needs whole numbers
		}
		edges := make([]float64, len(row.Ref)-1)
		for k := range edges {
			edges[k] = float64(k)
		}
		r := numeric(t, KS, histogram.New(edges, row.Ref), histogram.New(edges, row.Cur), Options{})
		check("KS", r.Value, row.KS[0], 1e-12)
		check("KS p", r.P, row.KS[1], 3e-6)
	}
}

func TestBucketedFlightsBoundTheTruthOfTheirRows(t *testing.T) {
	for _, f := range golden(t).Flights {
		ref, cur := f.histograms()
		ks := numeric(t, KS, ref, cur, Options{})
		if f.D < ks.BoundLower-1e-12 || f.D > ks.BoundUpper+1e-12 {
			t.Errorf("%s %s: rows' KS %.6f outside [%.6f, %.6f]", f.Pair, f.Column, f.D, ks.BoundLower, ks.BoundUpper)
		}
		// The rows' p is SciPy's asymptotic one with the same n; allow its error.
		if f.P > ks.P*1.02 || f.P < ks.PUpperBound*0.98 {
			t.Errorf("%s %s: rows' p %.3g outside [%.3g, %.3g]", f.Pair, f.Column, f.P, ks.PUpperBound, ks.P)
		}
		w := numeric(t, Wasserstein, ref, cur, Options{Scale: "none", Tolerated: 1, Lowest: f.Lowest, Highest: f.Highest})
		if f.Wasserstein < w.BoundLower*(1-1e-9) || f.Wasserstein > w.BoundUpper {
			t.Errorf("%s %s: rows' W1 %.6f outside [%.6f, %.6f]", f.Pair, f.Column, f.Wasserstein, w.BoundLower, w.BoundUpper)
		}
		for _, side := range []struct {
			h   histogram.Histogram
			std float64
		}{{ref, f.RefStd}, {cur, f.CurStd}} {
			m := side.h.MomentsWithin(f.Lowest, f.Highest)
			if side.std < m.StdLower || side.std > m.StdUpper*(1+1e-3) {
				t.Errorf("%s %s: rows' standard deviation %.6f outside [%.6f, %.6f]", f.Pair, f.Column, side.std, m.StdLower, m.StdUpper)
			}
		}
	}
}

// The values are those of the data's README, computed on its rows.
func TestFlightsFromMarchToMay(t *testing.T) {
	for _, c := range []struct {
		column  string
		d, psi  float64
		js      float64
		verdict Verdict
	}{
		{"origin_delay_3h", 0.171044331, 0.156943005, 0.16713423, Drift},
		{"score", 0.0866831428, 0.0396982895, 0.0844424214, OK},
		{"distance", 0.00743251476, 0.00071439811, 0.0113528617, OK},
		{"origin_departures_1h", 0.0212080168, 0.00272698884, 0.0221787782, OK},
	} {
		t.Run(c.column, func(t *testing.T) {
			f := marchToMay(t, c.column)
			if !near(f.D, c.d, 1e-8) {
				t.Fatalf("the fixture's D is %.9g, the fact is %.9g", f.D, c.d)
			}
			ref, cur := histogram.New(f.Deciles, f.RefDeciles), histogram.New(f.Deciles, f.CurDeciles)
			psi := numeric(t, PSI, ref, cur, Options{})
			if !near(psi.Raw, c.psi, 1e-7) {
				t.Errorf("PSI on the reference's deciles %.9g, want %.9g", psi.Raw, c.psi)
			}
			if psi.Verdict != c.verdict {
				t.Errorf("verdict by PSI is %s [%.4f, %.4f], want %s", psi.Verdict, psi.Lower, psi.Upper, c.verdict)
			}
			if js := numeric(t, JensenShannon, ref, cur, Options{}); !near(js.Raw, c.js, 1e-7) {
				t.Errorf("JS distance on the reference's deciles %.9g, want %.9g", js.Raw, c.js)
			}
			if ks := numeric(t, KS, histogram.New(f.Edges, f.Ref), histogram.New(f.Edges, f.Cur), Options{}); ks.Verdict != c.verdict {
				t.Errorf("verdict by KS is %s [%.4f, %.4f], want %s", ks.Verdict, ks.Lower, ks.Upper, c.verdict)
			}
		})
	}
}

func TestAChangeThatIsSignificantButTooSmallToMatterIsOK(t *testing.T) {
	f := marchToMay(t, "origin_departures_1h")
	ref, cur := f.histograms()
	r := numeric(t, KS, ref, cur, Options{})
	if r.P > 0.01 || r.Verdict != OK {
		t.Errorf("p = %.3g, verdict %s", r.P, r.Verdict)
	}
}

func marchToMay(t *testing.T, column string) flightsPair {
	t.Helper()
	for _, f := range golden(t).Flights {
		if f.Pair == "mar_to_may" && f.Column == column {
			return f
		}
	}
	t.Fatalf("no fixture for %s", column)
	return flightsPair{}
}
