package query

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var units = []struct {
	name string
	size time.Duration
}{
	// "ms" before "m", so that the longer name is tried first.
	{"ms", time.Millisecond},
	{"s", time.Second},
	{"m", time.Minute},
	{"h", time.Hour},
	{"d", 24 * time.Hour},
	{"w", 7 * 24 * time.Hour},
	{"y", 365 * 24 * time.Hour},
}

// maxDuration keeps sums of a few durations far from overflow.
const maxDuration = 20 * 365 * 24 * time.Hour

// ParseDuration reads a positive duration as Prometheus and Grafana write them:
// whole numbers with the units ms, s, m, h, d, w, y, put together as in "1d12h".
func ParseDuration(text string) (time.Duration, error) {
	bad := func() (time.Duration, error) {
		return 0, fmt.Errorf("%q is not a duration: use 30m, 24h, 7d", text)
	}
	rest := strings.TrimSpace(text)
	if rest == "" {
		return bad()
	}
	var total time.Duration
	for rest != "" {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil {
			return bad()
		}
		rest = rest[digits:]
		found := false
		for _, u := range units {
			if !strings.HasPrefix(rest, u.name) {
				continue
			}
			if n > int64(maxDuration/u.size) {
				return 0, fmt.Errorf("%q is longer than 20 years: use 30m, 24h, 7d", text)
			}
			total += time.Duration(n) * u.size
			rest = rest[len(u.name):]
			found = true
			break
		}
		if !found {
			return bad()
		}
	}
	if total > maxDuration {
		return 0, fmt.Errorf("%q is longer than 20 years: use 30m, 24h, 7d", text)
	}
	if total == 0 {
		return 0, fmt.Errorf("%q is no time at all: use 30m, 24h, 7d", text)
	}
	return total, nil
}

// FormatDuration writes a duration so that ParseDuration reads it back: the
// largest units first, "1d12h". Less than a millisecond is dropped.
func FormatDuration(d time.Duration) string {
	if d < time.Millisecond {
		return "0s"
	}
	var b strings.Builder
	for _, u := range []int{6, 4, 3, 2, 1, 0} { // years, days, hours, minutes, seconds, milliseconds
		if n := d / units[u].size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, units[u].name)
			d -= n * units[u].size
		}
	}
	return b.String()
}

// ParseTime reads a moment: RFC 3339, Unix milliseconds, "now" or an offset from
// it such as "now-7d". Seconds and milliseconds are told apart by size: below
// 10^11 it is seconds (until the year 5138).
func ParseTime(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		if n < 1e11 {
			return time.Unix(n, 0).UTC(), nil
		}
		return time.UnixMilli(n).UTC(), nil
	}
	if rest, ok := strings.CutPrefix(text, "now"); ok {
		if rest == "" {
			return now, nil
		}
		if d, err := ParseDuration(rest[1:]); err == nil && rest[0] == '-' {
			return now.Add(-d), nil
		} else if err == nil && rest[0] == '+' {
			return now.Add(d), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time: use 2026-05-01T00:00:00Z, Unix milliseconds, or now-7d", text)
}
