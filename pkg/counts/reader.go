package counts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// Config says where to read and how much at most. The zero value of a limit
// means its default.
type Config struct {
	URL     string
	Method  string // GET or POST
	Timeout time.Duration
	Header  http.Header

	Profile profile.Profile
	// Enforced matchers are added to every selector.
	Enforced []Matcher

	MaxSeries  int   // series in one answer
	MaxBytes   int64 // bytes of one answer
	MaxWindows int   // edges of windows in one read
	// CacheBytes bounds the memory for answers that cannot change any more; 0
	// switches the cache off.
	CacheBytes int64
	// Private says that requests carry the identity of the user who asks, so that
	// no answer may reach another one: nothing is shared or kept.
	Private bool
	// Now is the clock that tells finished windows; nil means time.Now.
	Now func() time.Time
}

// DefaultMaxWindows is what Prometheus allows as points of one range query.
const DefaultMaxWindows = 11_000

const (
	// maxDetails bounds the closer looks of one read at steps with restarts.
	maxDetails = 400
	// sideBySide bounds the reads of one query that run at once.
	sideBySide = 6
)

// Reader reads counts from one server. It is safe for concurrent use.
type Reader struct {
	cfg    Config
	client *prometheus.Client
	server server // the client, or its stand-in in tests
	shared *shared
}

// NewReader makes a reader. The HTTP client brings authentication and TLS.
func NewReader(hc *http.Client, cfg Config) (*Reader, error) {
	// Downsampled data of Thanos hold averages where counts are needed; servers
	// that know no such parameter ignore it.
	params := url.Values{"max_source_resolution": {"0s"}}
	client, err := prometheus.NewClient(hc, prometheus.Config{
		URL: cfg.URL, Method: cfg.Method, Timeout: cfg.Timeout, Header: cfg.Header, Params: params,
		MaxSeries: cfg.MaxSeries, MaxBytes: cfg.MaxBytes,
	})
	if err != nil {
		return nil, err
	}
	if cfg.MaxWindows <= 0 {
		cfg.MaxWindows = DefaultMaxWindows
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Reader{cfg: cfg, client: client, server: client, shared: newShared(cfg.CacheBytes, cfg.Now)}, nil
}

// Read answers the requests in their order, side by side. Roles override the
// profile's metrics for this call. Answers may be shared with other callers:
// they must not be changed.
func (r *Reader) Read(ctx context.Context, reqs []Request, roles map[string]string) ([]Data, error) {
	p, err := r.cfg.Profile.With(roles, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Data, len(reqs))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for i, req := range reqs {
		group.Go(func() (err error) {
			out[i], err = r.one(groupCtx, p, req)
			return err
		})
	}
	return out, group.Wait()
}

// plan is a request in the server's terms.
type plan struct {
	Request
	info     profile.RoleInfo
	family   family
	by, over labelling
}

func (r *Reader) plan(p profile.Profile, req Request) (plan, bool, error) {
	if err := req.Windows.check(r.cfg.MaxWindows); err != nil {
		return plan{}, false, err
	}
	if req.Windows.Number == 1 {
		req.Windows.Step = req.Windows.Width
	}
	info, ok := profile.Info(req.Role)
	if !ok {
		return plan{}, false, fmt.Errorf("role %q is not known", req.Role)
	}
	metric, ok := p.Metric(req.Role)
	if !ok {
		if req.Optional {
			return plan{}, false, nil
		}
		return plan{}, false, &MissingRoleError{Role: req.Role, Profile: p.Name}
	}
	histogram := info.Type == profile.Histogram || info.Type == profile.StaticHistogram
	f, err := newFamily(metric, histogram, r.matchers(p, req.Matchers))
	if err != nil {
		return plan{}, false, fmt.Errorf("the metric for %s: %w", req.Role, err)
	}
	return plan{Request: req, info: info, family: f, by: newLabelling(req.By, p), over: newLabelling(req.Over, p)}, true, nil
}

// matchers puts matchers in the server's terms, the enforced ones behind.
func (r *Reader) matchers(p profile.Profile, ms []Matcher) []prometheus.Matcher {
	out := make([]prometheus.Matcher, 0, len(ms)+len(r.cfg.Enforced))
	for _, m := range ms {
		out = append(out, translate(p, m)...)
	}
	for _, m := range r.cfg.Enforced {
		out = append(out, translate(p, m)...)
	}
	return out
}

func translate(p profile.Profile, m Matcher) []prometheus.Matcher {
	label := p.Label(m.Label)
	switch {
	case m.Op == "" || m.Op == "=":
		return []prometheus.Matcher{prometheus.AnyOf(label, m.Values)}
	case m.Op == "!=":
		out := make([]prometheus.Matcher, len(m.Values))
		for i, v := range m.Values {
			out[i] = prometheus.Matcher{Label: label, Op: prometheus.NotEqual, Value: v}
		}
		return out
	case m.Op == "!~":
		out := make([]prometheus.Matcher, len(m.Values))
		for i, v := range m.Values {
			out[i] = prometheus.Matcher{Label: label, Op: prometheus.Unlike, Value: v}
		}
		return out
	}
	pattern := ""
	for i, v := range m.Values {
		if i > 0 {
			pattern += "|"
		}
		pattern += "(?:" + v + ")"
	}
	if len(m.Values) == 1 {
		pattern = m.Values[0]
	}
	return []prometheus.Matcher{{Label: label, Op: prometheus.Like, Value: pattern}}
}

func (r *Reader) one(ctx context.Context, p profile.Profile, req Request) (Data, error) {
	pl, ok, err := r.plan(p, req)
	if err != nil || !ok {
		return Data{Request: req}, err
	}
	if r.cfg.Private {
		return r.read(ctx, pl)
	}
	return r.shared.do(ctx, pl, r.read)
}

func (r *Reader) read(ctx context.Context, pl plan) (Data, error) {
	switch pl.info.Type {
	case profile.Gauge:
		return r.gauges(ctx, pl)
	case profile.StaticCounter, profile.StaticHistogram:
		return r.static(ctx, pl)
	}
	g, first, per, err := gridOf(pl.Windows, r.cfg.MaxWindows-1)
	if err != nil {
		return Data{}, err
	}
	details := &atomic.Int64{}
	details.Store(maxDetails)
	x := exact{server: r.server, details: details}
	grown, err := x.read(ctx, pl.family, g)
	var limit *prometheus.LimitError
	if errors.As(err, &limit) {
		return r.increase(ctx, pl, limit)
	}
	if err != nil {
		return Data{}, err
	}
	return pl.data(grown, layout{number: pl.Windows.Number, per: per, first: first}), nil
}

// data puts growth into the shape that the role asks for, with what the reader
// has to say about it.
func (pl plan) data(g *growth, l layout) Data {
	out := Data{Request: pl.Request, Queries: g.queries}
	for _, w := range g.warnings {
		out.Notices = append(out.Notices, Notice{true, "The server says: " + w})
	}
	if pl.family.histogram {
		var notices []Notice
		out.Histograms, notices = g.histograms(pl.by, l)
		out.Notices = append(out.Notices, notices...)
	} else {
		out.Tallies = g.tallies(pl.by, pl.over, l)
	}
	if g.fresh > 0 {
		out.Notices = append(out.Notices, Notice{false, fmt.Sprintf("%s of %s appeared within the windows and were counted from zero.", plural(g.fresh, "new series set"), pl.family.name)})
	}
	if g.gaps > 0 {
		out.Notices = append(out.Notices, Notice{false, fmt.Sprintf("%s of %s: what was counted in a gap is in the window in which the series came back.", plural(g.gaps, "gap"), pl.family.name)})
	}
	if g.coarse > 0 {
		out.Notices = append(out.Notices, Notice{true, fmt.Sprintf("%s with restarts of %s were not read in detail, so counts there are lower bounds: choose a shorter range.", plural(g.coarse, "window"), pl.family.name)})
	}
	return out
}
