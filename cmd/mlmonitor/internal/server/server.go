package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	v1 "github.com/prometheus/prometheus/web/api/v1"

	grafanaregexp "github.com/grafana/regexp"
)

// Version is the Prometheus release whose packages are embedded; the server
// reports it in /api/v1/status/buildinfo.
const Version = "3.15.0"

// Limits of the engine: those of a Prometheus server with default flags.
const (
	DefaultLookback   = 5 * time.Minute
	DefaultMaxSamples = 50_000_000
	queryTimeout      = 2 * time.Minute
)

// headRange is longer than any story told here, so that all samples stay in
// the head block: cutting half a year into two-hour blocks would take minutes.
const headRange = 5 * 365 * 24 * time.Hour

// Options of Start. The zero value listens on a free loopback port with the
// default limits.
type Options struct {
	// Listen is the address of the HTTP API; empty means 127.0.0.1:0.
	Listen string
	// Lookback is how far an instant selector looks back for a sample; it has
	// to be at least the scrape interval.
	Lookback time.Duration
	// MaxSamples bounds the samples one query may hold in memory.
	MaxSamples int
	// Metadata answers /api/v1/metadata.
	Metadata []Metadata
}

// Server is a running Prometheus. Close stops it and removes its data.
type Server struct {
	db       *tsdb.DB
	dir      string
	http     *http.Server
	listener net.Listener
	metadata *metadataStore
	served   chan error
}

// Start opens an empty database in a temporary directory and serves the HTTP
// API of Prometheus on the address of the options.
func Start(opts Options) (*Server, error) {
	if opts.Listen == "" {
		opts.Listen = "127.0.0.1:0"
	}
	if opts.Lookback <= 0 {
		opts.Lookback = DefaultLookback
	}
	if opts.MaxSamples <= 0 {
		opts.MaxSamples = DefaultMaxSamples
	}
	listener, err := net.Listen("tcp", opts.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening on %q failed (choose another address with --listen): %w", opts.Listen, err)
	}
	dir, err := os.MkdirTemp("", "mlmonitor-tsdb-")
	if err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("making a directory for the database: %w", err)
	}
	db, err := openDB(dir)
	if err != nil {
		_ = listener.Close()
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("opening the database in %q: %w", dir, err)
	}

	s := &Server{
		db:       db,
		dir:      dir,
		listener: listener,
		metadata: newMetadataStore(opts.Metadata),
		served:   make(chan error, 1),
	}
	s.http = &http.Server{Handler: s.handler(opts), ReadHeaderTimeout: 10 * time.Second}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

func openDB(dir string) (*tsdb.DB, error) {
	opts := tsdb.DefaultOptions()
	opts.MinBlockDuration = headRange.Milliseconds()
	opts.MaxBlockDuration = headRange.Milliseconds()
	opts.RetentionDuration = 0
	// The data is made anew at every start, so no log of it is kept.
	opts.WALSegmentSize = -1
	opts.NoLockfile = true
	opts.OutOfOrderTimeWindow = 0
	return tsdb.Open(dir, quiet(), nil, opts, nil)
}

// URL is the base URL of the Prometheus API, such as "http://127.0.0.1:43211".
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Appender writes samples; they can be read after its Commit. Samples of a
// series have to come in the order of time.
func (s *Server) Appender(ctx context.Context) storage.Appender { return s.db.Appender(ctx) }

// AddMetadata makes metric families known to /api/v1/metadata.
func (s *Server) AddMetadata(families ...Metadata) { s.metadata.add(families...) }

// Series is the number of series in the database.
func (s *Server) Series() int { return int(s.db.Head().NumSeries()) }

// Close stops serving and removes the database.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, s.db.Close(), os.RemoveAll(s.dir))
}

func (s *Server) handler(opts Options) http.Handler {
	pql := parser.NewParser(parser.Options{})
	engine := promql.NewEngine(promql.EngineOpts{
		Logger:                   quiet(),
		MaxSamples:               opts.MaxSamples,
		Timeout:                  queryTimeout,
		LookbackDelta:            opts.Lookback,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		Parser:                   pql,
	})
	build := &v1.PrometheusVersion{Version: Version, Branch: "embedded", GoVersion: runtime.Version()}
	started := time.Now()
	nothing := idle{metadata: s.metadata}
	address := s.listener.Addr().String()

	api := v1.NewAPI(
		engine, s.db, nil, nil, s.db,
		func(context.Context) v1.ScrapePoolsRetriever { return nothing },
		func(context.Context) v1.TargetRetriever { return nothing },
		func(context.Context) v1.AlertmanagerRetriever { return nothing },
		func() config.Config { return config.DefaultConfig },
		map[string]string{"query.lookback-delta": model.Duration(opts.Lookback).String()},
		v1.GlobalURLOptions{ListenAddress: address, Host: address, Scheme: "http"},
		func(next http.HandlerFunc) http.HandlerFunc { return next },
		admin{s.db}, s.dir,
		false, false, 0,
		quiet(),
		func(context.Context) v1.RulesRetriever { return nothing },
		5e7, 10, 1<<20,
		false,
		grafanaregexp.MustCompile("^$"),
		func() (v1.RuntimeInfo, error) {
			return v1.RuntimeInfo{StartTime: started, GoroutineCount: runtime.NumGoroutine(), GOMAXPROCS: runtime.GOMAXPROCS(0)}, nil
		},
		build,
		nil, nil,
		prometheus.NewRegistry(), prometheus.NewRegistry(),
		nil,
		false, nil,
		false, false, false,
		false,
		opts.Lookback,
		false, false,
		nil, nil,
		v1.OpenAPIOptions{ExternalURL: s.URL(), Version: Version},
		pql,
	)
	router := route.New()
	api.Register(router)

	mux := http.NewServeMux()
	mux.Handle("/api/v1/", http.StripPrefix("/api/v1", router))
	mux.HandleFunc("/-/healthy", sentence("Prometheus (embedded in mlmonitor) is healthy.\n"))
	mux.HandleFunc("/-/ready", sentence("Prometheus (embedded in mlmonitor) is ready.\n"))
	mux.HandleFunc("/{$}", sentence("The HTTP API of the Prometheus embedded in mlmonitor is at /api/v1/.\n"))
	return mux
}

func sentence(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(text))
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
