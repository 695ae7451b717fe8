package query

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Alert rules never pass through the frontend, so Grafana's time macros are
// expanded here.
var macro = regexp.MustCompile(`\$__(?:interval_ms|interval|rate_interval|range_ms|range_s|range|from|to)\b|\$\{__(?:interval_ms|interval|rate_interval|range_ms|range_s|range|from|to)\}`)

// scrapeInterval is what Grafana assumes in $__rate_interval when a data source
// says nothing else.
const scrapeInterval = 15 * time.Second

func (c Context) expand(text string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	return macro.ReplaceAllStringFunc(text, func(m string) string {
		interval := max(c.Interval, time.Second)
		span := c.To.Sub(c.From)
		switch strings.Trim(m, "${}_") {
		case "interval":
			return FormatDuration(interval)
		case "interval_ms":
			return strconv.FormatInt(interval.Milliseconds(), 10)
		case "rate_interval":
			return FormatDuration(max(interval+scrapeInterval, 4*scrapeInterval))
		case "range":
			return FormatDuration(span)
		case "range_ms":
			return strconv.FormatInt(span.Milliseconds(), 10)
		case "range_s":
			return strconv.FormatInt(int64(span.Seconds()), 10)
		case "from":
			return strconv.FormatInt(c.From.UnixMilli(), 10)
		default: // to
			return strconv.FormatInt(c.To.UnixMilli(), 10)
		}
	})
}
