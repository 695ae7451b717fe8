package server

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/tsdb"
)

// blockRange is the length of the blocks that WriteBlocks writes.
const blockRange = 24 * time.Hour

// WriteBlocks writes all samples into a directory, as blocks that a Prometheus
// server finds there when it starts with this storage directory.
func (s *Server) WriteBlocks(ctx context.Context, dir string) error {
	head := s.db.Head()
	compactor, err := tsdb.NewLeveledCompactor(ctx, nil, quiet(), []int64{blockRange.Milliseconds()}, nil, nil)
	if err != nil {
		return fmt.Errorf("preparing to write blocks: %w", err)
	}
	unit := blockRange.Milliseconds()
	last := head.MaxTime() + 1 // the end of a block is not part of it
	for from := head.MinTime(); from < last; {
		to := min((from/unit+1)*unit, last)
		if _, err := compactor.Write(dir, tsdb.NewRangeHead(head, from, to-1), from, to, nil); err != nil {
			return fmt.Errorf("writing the block from %s into %q: %w", time.UnixMilli(from).UTC().Format(time.RFC3339), dir, err)
		}
		from = to
	}
	return nil
}
