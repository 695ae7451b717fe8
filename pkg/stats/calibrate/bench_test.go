package calibrate

import "testing"

func BenchmarkCalibrationOfTwentyBuckets(b *testing.B) {
	h := loadGolden(b).Cases[0].sums(b)
	for name, f := range map[string]func() error{
		"Reliability": func() error { _, err := Reliability(h, 10, 0.95); return err },
		"ECE":         func() error { _, err := ECE(h, 10, 0.95); return err },
		"Brier":       func() error { _, err := Brier(h, 0.95); return err },
		"Regress":     func() error { _, err := Regress(h, 0.95); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
