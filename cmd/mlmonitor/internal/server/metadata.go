package server

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"
)

// Metadata describes a metric family as a scrape would have: its name (of a
// histogram without _bucket), type and help.
type Metadata struct {
	Family, Type, Help string
}

// metadataStore holds what /api/v1/metadata answers.
type metadataStore struct {
	mu       sync.RWMutex
	families map[string]scrape.MetricMetadata
}

func newMetadataStore(families []Metadata) *metadataStore {
	s := &metadataStore{families: map[string]scrape.MetricMetadata{}}
	s.add(families...)
	return s
}

func (s *metadataStore) add(families ...Metadata) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range families {
		s.families[f.Family] = scrape.MetricMetadata{MetricFamily: f.Family, Type: model.MetricType(f.Type), Help: f.Help}
	}
}

// ListMetadata implements scrape.MetricMetadataStore, in the order of names.
func (s *metadataStore) ListMetadata() []scrape.MetricMetadata {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]scrape.MetricMetadata, 0, len(s.families))
	for _, name := range slices.Sorted(maps.Keys(s.families)) {
		list = append(list, s.families[name])
	}
	return list
}

// GetMetadata implements scrape.MetricMetadataStore.
func (s *metadataStore) GetMetadata(family string) (scrape.MetricMetadata, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, ok := s.families[family]
	return m, ok
}

// SizeMetadata implements scrape.MetricMetadataStore.
func (s *metadataStore) SizeMetadata() int {
	size := 0
	for _, m := range s.ListMetadata() {
		size += len(m.MetricFamily) + len(m.Type) + len(m.Help)
	}
	return size
}

// LengthMetadata implements scrape.MetricMetadataStore.
func (s *metadataStore) LengthMetadata() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.families)
}

// admin gives the API the statistics of the database (its own methods carry
// all but two of them).
type admin struct{ *tsdb.DB }

func (a admin) Stats(label string, limit int) (*tsdb.Stats, error) {
	return a.Head().Stats(label, limit), nil
}

func (a admin) WALReplayStatus() (tsdb.WALReplayStatus, error) { return tsdb.WALReplayStatus{}, nil }

func (a admin) BlockMetas() ([]tsdb.BlockMeta, error) { return a.DB.BlockMetas(), nil }

func (a admin) Delete(ctx context.Context, mint, maxt int64, ms ...*labels.Matcher) error {
	return a.DB.Delete(ctx, mint, maxt, ms...)
}
