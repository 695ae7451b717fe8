package classify

import "testing"

func BenchmarkReportOfTenClasses(b *testing.B) {
	g := loadGolden(b)
	c := Confusion{g.Confusions[0].Classes, g.Confusions[0].Counts}
	b.ReportAllocs()
	for b.Loop() {
		c.Report(0.95, "")
	}
}

func BenchmarkRankingOfTwentyBuckets(b *testing.B) {
	h := loadGolden(b).Rankings[0].binned(b)
	for name, f := range map[string]func(){
		"ROC":              func() { h.ROC(0.95) },
		"PrecisionRecall":  func() { h.PrecisionRecall(0.95) },
		"AUC":              func() { h.AUC(0.95) },
		"AveragePrecision": func() { h.AveragePrecision(0.95) },
		"Separation":       func() { h.Separation(0.95) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}
