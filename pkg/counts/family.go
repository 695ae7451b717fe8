package counts

import (
	"strconv"
	"strings"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

const leLabel = "le"

// family is the set of series that one role is read from: a counter, or the
// series of a histogram, classic and native.
type family struct {
	name      string
	matchers  []prometheus.Matcher
	histogram bool
	// extra restricts a read of details to what is in question.
	extra []prometheus.Matcher
}

// newFamily takes a metric's name or a user's own selector.
func newFamily(metric string, histogram bool, matchers []prometheus.Matcher) (family, error) {
	f := family{name: metric, matchers: matchers, histogram: histogram}
	if strings.ContainsRune(metric, '{') {
		s, err := prometheus.ParseSelector(metric)
		if err != nil {
			return family{}, err
		}
		f.name, f.matchers = s.Metric, append(s.Matchers, matchers...)
	}
	if histogram {
		f.name = strings.TrimSuffix(f.name, "_bucket")
	}
	return f, nil
}

func (f family) selector(name string) prometheus.Selector {
	return prometheus.Selector{Metric: name, Matchers: f.conditions()}
}

func (f family) conditions() []prometheus.Matcher {
	out := make([]prometheus.Matcher, 0, len(f.matchers)+len(f.extra))
	return append(append(out, f.matchers...), f.extra...)
}

// all selects every series of the family. A classic histogram's parts and a
// native histogram come in one request.
func (f family) all() string {
	if !f.histogram {
		return f.selector(f.name).String()
	}
	names := []string{f.name, f.name + "_bucket", f.name + "_count", f.name + "_sum"}
	return prometheus.Selector{Matchers: append([]prometheus.Matcher{prometheus.AnyOf(prometheus.NameLabel, names)}, f.conditions()...)}.String()
}

// overRange is the range vector of every series of the family.
func (f family) overRange(ms int64) string { return f.all() + rangeOf(ms) }

// resets counts counter resets per series set. A histogram's are taken from its
// count: a sum may fall by itself, and the buckets fall with the count.
func (f family) resets(ms int64) string {
	if !f.histogram {
		return "resets(" + f.selector(f.name).String() + rangeOf(ms) + ")"
	}
	return "resets(" + f.selector(f.name+"_count").String() + rangeOf(ms) + ") or resets(" + f.selector(f.name).String() + rangeOf(ms) + ")"
}

func rangeOf(ms int64) string { return "[" + strconv.FormatInt(ms, 10) + "ms]" }

// part tells what a series is within its family.
type part int

const (
	partWhole part = iota // a counter or a native histogram
	partBucket
	partCount
	partSum
)

func (f family) part(l prometheus.Labels) part {
	if !f.histogram {
		return partWhole
	}
	switch l.Get(prometheus.NameLabel) {
	case f.name + "_bucket":
		return partBucket
	case f.name + "_count":
		return partCount
	case f.name + "_sum":
		return partSum
	}
	return partWhole
}
