package prometheus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// Limits where a Config gives none.
const (
	DefaultMaxSeries  = 100_000
	DefaultMaxBytes   = 256 << 20
	DefaultMaxSamples = 50_000_000 // 400 MB of values; the default of Prometheus for one query
)

// Config is what a Client needs to know. The zero value of a limit means its default.
type Config struct {
	URL    string // of the server, before /api/v1; its user and query, if any, are sent with each request
	Method string // GET or POST (the default), which falls back to GET where a server or proxy refuses it

	MaxSeries int   // of one answer
	MaxBytes  int64 // of one answer, after decompression
	// MaxSamples bounds the memory of one answer: series times steps (with or
	// without a sample), native histograms and their buckets, or raw samples.
	MaxSamples int64
	Timeout    time.Duration // of one request, to its last byte; 0 leaves it to the HTTP client

	Header http.Header // sent with each request
	Params url.Values  // sent with each query, such as max_source_resolution=0s for Thanos
}

// Client reads from one server. It is safe for use by several goroutines.
type Client struct {
	http    *http.Client
	config  Config
	base    *url.URL // without query and trailing slash
	fixed   url.Values
	secrets *strings.Replacer
	getOnly atomic.Bool // the server refused POST and took GET
	api     v1.API
}

// NewClient makes a client for the server at a URL. Authentication, TLS and
// proxies are the matter of hc.
func NewClient(hc *http.Client, cfg Config) (*Client, error) {
	base, err := parseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	switch cfg.Method = strings.ToUpper(cfg.Method); cfg.Method {
	case "":
		cfg.Method = http.MethodPost
	case http.MethodGet, http.MethodPost:
	default:
		return nil, fmt.Errorf("HTTP method %q is unknown: use POST or GET", cfg.Method)
	}
	if cfg.MaxSeries <= 0 {
		cfg.MaxSeries = DefaultMaxSeries
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	if cfg.MaxSamples <= 0 {
		cfg.MaxSamples = DefaultMaxSamples
	}
	c := &Client{http: hc, config: cfg, base: base, fixed: base.Query(), secrets: secretsOf(base, cfg)}
	base.RawQuery = ""
	c.getOnly.Store(cfg.Method == http.MethodGet)
	c.api = v1.NewAPI(apiClient{c})
	return c, nil
}

// parseURL checks the address of a server.
func parseURL(text string) (*url.URL, error) {
	const remedy = "give the address of the server, such as http://localhost:9090"
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("the URL of the Prometheus server is missing: " + remedy)
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		// The error of url.Parse quotes the text, and with it a password.
		return nil, errors.New("the URL of the Prometheus server cannot be read: " + remedy)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the URL %q of the Prometheus server does not begin with http:// or https://: %s", shown(u), remedy)
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("the URL %q of the Prometheus server names no host: %s", shown(u), remedy)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	u.Fragment, u.RawFragment = "", ""
	if at := strings.Index(u.Path+"/", "/api/v1/"); at >= 0 {
		return nil, fmt.Errorf("the URL %q of the Prometheus server holds /api/v1: give the part before that", shown(u))
	}
	return u, nil
}

// shown is a URL without its secrets.
func shown(u *url.URL) string {
	v := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, Opaque: u.Opaque}
	return v.String()
}

// secretsOf replaces what no error may hold, should a server repeat it.
func secretsOf(base *url.URL, cfg Config) *strings.Replacer {
	var pairs []string
	hide := func(secret string) {
		if len(secret) >= 4 {
			pairs = append(pairs, secret, "…")
		}
	}
	if password, ok := base.User.Password(); ok {
		hide(password)
	}
	for _, values := range base.Query() {
		for _, v := range values {
			hide(v)
		}
	}
	for _, values := range cfg.Header {
		for _, v := range values {
			hide(v)
			if _, token, ok := strings.Cut(v, " "); ok {
				hide(token)
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

// conceal takes secrets out of what a server said.
func (c *Client) conceal(err error) error {
	var e *ServerError
	if errors.As(err, &e) {
		e.Message = c.secrets.Replace(e.Message)
	}
	return err
}

// withTimeout bounds one request.
func (c *Client) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.config.Timeout > 0 {
		return context.WithTimeout(ctx, c.config.Timeout)
	}
	return context.WithCancel(ctx)
}

// do sends a form to a path below the server's URL and returns an answer with
// a good status, whose body the caller closes.
func (c *Client) do(ctx context.Context, path string, form url.Values) (*http.Response, error) {
	form = maps.Clone(form)
	maps.Copy(form, c.fixed)
	if !c.getOnly.Load() {
		resp, err := c.send(ctx, http.MethodPost, path, form)
		if err != nil {
			return nil, err
		}
		// A redirect turns POST into GET and loses the form.
		lost := resp.Request != nil && resp.Request.Method != http.MethodPost
		if !lost && resp.StatusCode != http.StatusMethodNotAllowed && resp.StatusCode != http.StatusNotImplemented {
			return c.good(resp)
		}
		drop(resp)
		if resp, err = c.send(ctx, http.MethodGet, path, form); err != nil {
			return nil, err
		}
		if resp, err = c.good(resp); err == nil {
			c.getOnly.Store(true)
		}
		return resp, err
	}
	resp, err := c.send(ctx, http.MethodGet, path, form)
	if err != nil {
		return nil, err
	}
	return c.good(resp)
}

// good passes answers with a status of 2xx on and makes errors of others.
func (c *Client) good(resp *http.Response) (*http.Response, error) {
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer drop(resp)
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)) // what could not be read would not change the status
	return nil, c.conceal(statusError(resp.StatusCode, body))
}

// send makes one request.
func (c *Client) send(ctx context.Context, method, path string, form url.Values) (*http.Response, error) {
	target := *c.base
	target.Path += path
	if target.RawPath != "" {
		target.RawPath += path
	}
	encoded := form.Encode()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(encoded)
	} else {
		target.RawQuery = encoded
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, errors.New("the URL of the Prometheus server cannot be used: give an address such as http://localhost:9090")
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		// Reading twice changes nothing: net/http may retry on a connection that
		// the server closed in between. A nil value is not sent.
		req.Header["Idempotency-Key"] = nil
	}
	req.Header.Set("Accept", "application/json")
	c.addHeader(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.conceal(transportError(ctx, err))
	}
	return resp, nil
}

// addHeader adds the configured header. Compression stays with net/http, which
// undoes only what it asked for itself.
func (c *Client) addHeader(req *http.Request) {
	for name, values := range c.config.Header {
		if name = http.CanonicalHeaderKey(name); name == "Host" {
			req.Host = values[len(values)-1]
		} else if name != "Accept-Encoding" {
			req.Header[name] = values
		}
	}
}

// drop reads the little that may be left of a body, so that the connection can
// be used again, and closes it.
func drop(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, maxErrorBody)
	_ = resp.Body.Close()
}

// apiClient lets client_golang's API use the client's way of sending, so that
// its methods meet the same limits and give the same errors.
type apiClient struct{ *Client }

var _ api.Client = apiClient{}

// URL is the address of an endpoint.
func (a apiClient) URL(endpoint string, args map[string]string) *url.URL {
	for name, value := range args {
		endpoint = strings.ReplaceAll(endpoint, ":"+name, value)
	}
	return &url.URL{Path: endpoint}
}

// Do sends a request of client_golang and returns the whole body.
func (a apiClient) Do(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	form := req.URL.Query()
	if req.Body != nil {
		encoded, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, nil, err
		}
		more, err := url.ParseQuery(string(encoded))
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(form, more)
	}
	var resp *http.Response
	var err error
	if req.Method == http.MethodPost {
		resp, err = a.do(ctx, req.URL.Path, form)
	} else {
		maps.Copy(form, a.fixed)
		if resp, err = a.send(ctx, http.MethodGet, req.URL.Path, form); err == nil {
			resp, err = a.good(resp)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	defer drop(resp)
	body, err := io.ReadAll(io.LimitReader(resp.Body, a.config.MaxBytes+1))
	if err != nil {
		return nil, nil, a.conceal(transportError(ctx, err))
	}
	if int64(len(body)) > a.config.MaxBytes {
		return nil, nil, limitBytes(a.config.MaxBytes)
	}
	if text := bytes.TrimSpace(body); len(text) == 0 || text[0] != '{' {
		return nil, nil, a.conceal(notJSONError(0, text))
	}
	return resp, body, nil
}
