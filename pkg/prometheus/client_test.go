package prometheus

import (
	"compress/gzip"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const emptyMatrix = `{"status":"success","data":{"resultType":"matrix","result":[]}}`

var testRange = Range{Expr: `m{a="1"}`, Start: time.UnixMilli(testStart), End: time.UnixMilli(testStart + (testSteps-1)*testStep), Step: time.Minute}

// recorder is a server that remembers the requests and answers by a function.
type recorder struct {
	*httptest.Server
	mu       sync.Mutex
	requests []recorded
}

// recorded is one request: its form holds the parameters, wherever they stood.
type recorded struct {
	method, path string
	form         url.Values
	header       http.Header
	host         string
}

func record(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *recorder {
	rec := &recorder{}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		rec.mu.Lock()
		rec.requests = append(rec.requests, recorded{r.Method, r.URL.Path, r.Form, r.Header, r.Host})
		rec.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(rec.Close)
	return rec
}

func (r *recorder) client(t *testing.T, cfg Config) *Client {
	t.Helper()
	if cfg.URL == "" {
		cfg.URL = r.URL
	}
	c, err := NewClient(r.Server.Client(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func say(body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

func TestNewClientChecksItsSettings(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		says string // "" for no error
	}{
		{"a plain address", Config{URL: "http://localhost:9090"}, ""},
		{"a path, a slash and space around", Config{URL: " https://host/mimir/prometheus/ "}, ""},
		{"no address", Config{URL: " "}, "is missing"},
		{"no scheme", Config{URL: "localhost:9090"}, "does not begin with http://"},
		{"another scheme", Config{URL: "ftp://host"}, `the URL "ftp://host"`},
		{"no host", Config{URL: "http://"}, "names no host"},
		{"an address of the API", Config{URL: "http://host:9090/api/v1"}, "give the part before that"},
		{"an address of a query", Config{URL: "http://host:9090/x/api/v1/query"}, "give the part before that"},
		{"text that is no URL", Config{URL: "http://ho st:x"}, "cannot be read"},
		{"another method", Config{URL: "http://host", Method: "PUT"}, `HTTP method "PUT" is unknown`},
		{"a method in lower case", Config{URL: "http://host", Method: "get"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewClient(&http.Client{}, test.cfg)
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
	for _, text := range []string{"ftp://user:secret@host", "http://user:secret@host:port", "http://user:secret@host/api/v1?token=secret"} {
		if _, err := NewClient(&http.Client{}, Config{URL: text}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q gives %v", text, err)
		}
	}
}

func TestQueryRangeSendsAForm(t *testing.T) {
	rec := record(t, say(emptyMatrix))
	header := http.Header{"x-scope-orgid": {"team"}, "Accept-Encoding": {"br"}, "Host": {"other.example"}}
	c := rec.client(t, Config{URL: strings.Replace(rec.URL, "http://", "http://user:pass@", 1) + "/base/?key=1", Header: header,
		Params: url.Values{"max_source_resolution": {"0s"}}, Timeout: 90 * time.Second})
	r := testRange
	r.Start = r.Start.Add(1500 * time.Millisecond)
	r.Step = 1500 * time.Millisecond
	if _, err := c.QueryRange(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	got := rec.requests[0]
	if got.method != "POST" || got.path != "/base/api/v1/query_range" || got.host != "other.example" {
		t.Error(got.method, got.path, got.host)
	}
	want := url.Values{"query": {`m{a="1"}`}, "start": {"1700000041.5"}, "end": {"1700000220"}, "step": {"1.5"}, "timeout": {"90"},
		"max_source_resolution": {"0s"}, "key": {"1"}}
	if got.form.Get("nocache") == "" && testStart%1500 == 0 {
		delete(want, "nocache")
	} else {
		want["nocache"] = []string{"1"}
	}
	if got.form.Encode() != want.Encode() {
		t.Errorf("got %v, want %v", got.form, want)
	}
	if h := got.header; h.Get("X-Scope-OrgID") != "team" || h.Get("Accept-Encoding") != "gzip" || !strings.HasPrefix(h.Get("Authorization"), "Basic ") || h.Get("Idempotency-Key") != "" {
		t.Error(h)
	}
}

func TestGridsThatVictoriaMetricsWouldShiftAreSentUncached(t *testing.T) {
	rec := record(t, say(emptyMatrix))
	c := rec.client(t, Config{})
	for _, offset := range []time.Duration{0, time.Second} {
		r := Range{Expr: "m", Start: time.Unix(1_700_000_040, 0).Add(offset), End: time.Unix(1_700_000_400, 0), Step: time.Minute}
		if _, err := c.QueryRange(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := rec.requests[0].form.Get("nocache"), rec.requests[1].form.Get("nocache"); a != "" || b != "1" {
		t.Errorf("nocache is %q on multiples of the step and %q elsewhere", a, b)
	}
}

func TestQueriesOfOneTime(t *testing.T) {
	rec := record(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.FormValue("query"), "]") {
			say(matrix(`{"metric":{},"values":[[1700000000.5,"7"]]}`))(w, r)
			return
		}
		say(vector(`{"metric":{},"value":[1700000000.5,"7"]}`))(w, r)
	})
	c := rec.client(t, Config{Method: "GET"})
	at := time.UnixMilli(1_700_000_000_500)
	instant, err := c.QueryInstant(context.Background(), "m", at)
	if err != nil || instant.Steps != 1 || instant.Value(0, 0) != 7 || instant.Time(0) != at.UnixMilli() {
		t.Error(instant, err)
	}
	raw, err := c.QueryRaw(context.Background(), "m[5m]", at)
	if err != nil || raw.Series[0].Values[0] != 7 || raw.Series[0].Times[0] != at.UnixMilli() {
		t.Error(raw, err)
	}
	for _, r := range rec.requests {
		if r.method != "GET" || r.path != "/api/v1/query" || r.form.Get("time") != "1700000000.5" {
			t.Error(r)
		}
	}
}

func TestRangesThatCannotBeAskedForAreNotSent(t *testing.T) {
	rec := record(t, say(emptyMatrix))
	c := rec.client(t, Config{MaxSamples: 100})
	now := time.Unix(1_700_000_000, 0)
	for _, test := range []struct {
		r    Range
		says string
	}{
		{Range{"m", now, now, 0}, "step 0s is too short"},
		{Range{"m", now, now, time.Microsecond}, "step 1µs is too short"},
		{Range{"m", now, now.Add(-1), time.Second}, "before it starts"},
		{Range{"m", now, now.Add(100 * time.Second), time.Second}, "more than 100 samples"},
	} {
		if _, err := c.QueryRange(context.Background(), test.r); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v does not say %q", err, test.says)
		}
	}
	if len(rec.requests) > 0 {
		t.Error("a request was sent")
	}
}

func TestPostFallsBackToGet(t *testing.T) {
	for _, status := range []int{http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusFound} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			rec := record(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					w.Header().Set("Location", "/elsewhere")
					w.WriteHeader(status)
					return
				}
				if r.FormValue("query") == "" {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				say(emptyMatrix)(w, r)
			})
			c := rec.client(t, Config{})
			for range 2 {
				if _, err := c.QueryRange(context.Background(), testRange); err != nil {
					t.Fatal(err)
				}
			}
			last := rec.requests[len(rec.requests)-1]
			if posts := countPosts(rec); posts != 1 || last.method != "GET" || last.form.Get("query") != testRange.Expr {
				t.Error(posts, last)
			}
		})
	}
}

func countPosts(rec *recorder) (n int) {
	for _, r := range rec.requests {
		if r.method == http.MethodPost {
			n++
		}
	}
	return n
}

func TestOtherStatusesDoNotFallBack(t *testing.T) {
	rec := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	if _, err := rec.client(t, Config{}).QueryRange(context.Background(), testRange); err == nil || len(rec.requests) != 1 {
		t.Error(err, len(rec.requests))
	}
}

func TestCompressedAnswersAreMeasuredUnpacked(t *testing.T) {
	rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(emptyMatrix + strings.Repeat(" ", 5000)))
		_ = z.Close()
	})
	a, err := rec.client(t, Config{}).QueryRange(context.Background(), testRange)
	if err != nil || a.Bytes != int64(len(emptyMatrix)+5000) {
		t.Error(a, err)
	}
	var limit *LimitError
	if _, err := rec.client(t, Config{MaxBytes: 4000}).QueryRange(context.Background(), testRange); !errors.As(err, &limit) || limit.What != "bytes" {
		t.Error(err)
	}
}

func TestCancellingEndsAQueryAtOnce(t *testing.T) {
	for name, begin := range map[string]string{"before the answer": "", "within the answer": `{"status":"success","data":{"result":[`} {
		t.Run(name, func(t *testing.T) {
			arrived, left := make(chan struct{}), make(chan struct{})
			rec := record(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte(begin))
				if begin != "" {
					w.(http.Flusher).Flush()
				}
				close(arrived)
				<-r.Context().Done()
				close(left)
			})
			ctx, cancel := context.WithCancel(context.Background())
			go func() {
				<-arrived
				time.Sleep(10 * time.Millisecond)
				cancel()
			}()
			begun := time.Now()
			_, err := rec.client(t, Config{Timeout: time.Minute}).QueryRange(ctx, testRange)
			if !errors.Is(err, context.Canceled) || IsDownstream(err) {
				t.Errorf("got %v", err)
			}
			if d := time.Since(begun); d > 3*time.Second {
				t.Errorf("it took %s", d)
			}
			select {
			case <-left:
			case <-time.After(3 * time.Second):
				t.Error("the server was not told")
			}
		})
	}
}

func TestAQueryThatTakesTooLongIsATimeout(t *testing.T) {
	for name, begin := range map[string]string{"before the answer": "", "within the answer": `{"status":"success","data":{"result":[`} {
		t.Run(name, func(t *testing.T) {
			rec := record(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte(begin))
				if begin != "" {
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			_, err := rec.client(t, Config{Timeout: 30 * time.Millisecond}).QueryRange(context.Background(), testRange)
			var e *ServerError
			if !errors.As(err, &e) || e.Kind != Timeout || !strings.Contains(err.Error(), "did not answer in time; choose a shorter time range") {
				t.Errorf("got %v", err)
			}
			slow := rec.Server.Client()
			slow.Timeout = 30 * time.Millisecond
			c, _ := NewClient(slow, Config{URL: rec.URL})
			if _, err := c.QueryRange(context.Background(), testRange); !errors.As(err, &e) || e.Kind != Timeout {
				t.Errorf("with a timeout of the HTTP client: %v", err)
			}
		})
	}
}

func TestAConnectionThatBreaksOff(t *testing.T) {
	for name, tell := range map[string]string{"with a length": "Content-Length: 1000\r\n", "in chunks": "Transfer-Encoding: chunked\r\n"} {
		t.Run(name, func(t *testing.T) {
			rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, _ := w.(http.Hijacker).Hijack()
				body := emptyMatrix[:30]
				if strings.Contains(tell, "chunked") {
					body = "1e\r\n" + body + "\r\n"
				}
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + tell + "\r\n" + body))
				_ = conn.Close()
			})
			_, err := rec.client(t, Config{}).QueryRange(context.Background(), testRange)
			var e *ServerError
			if !errors.As(err, &e) || e.Kind != BadAnswer || !strings.Contains(err.Error(), "it ends in the middle, after 30 bytes") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestServersThatCannotBeReached(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	_ = listener.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(say(emptyMatrix)))
	defer secure.Close()
	secure.Config.ErrorLog = quietLog
	plain := record(t, say(emptyMatrix))
	tests := []struct {
		name, url string
		kind      ErrorKind
		says      string
	}{
		{"nothing listens", "http://user:hunter22@" + closed, Unreachable, "the connection was refused; check the URL"},
		{"no such name", "http://user:hunter22@server.invalid:1", Unreachable, `the name "server.invalid" is not known (DNS)`},
		{"an unknown certificate", secure.URL, BadTLS, "certificate"},
		{"https to a plain server", strings.Replace(plain.URL, "http:", "https:", 1), BadTLS, "HTTP response to HTTPS client; check https in the URL"},
		{"http to a secure server", strings.Replace(secure.URL, "https:", "http:", 1), BadQuery, "HTTP request to an HTTPS server"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := NewClient(&http.Client{Transport: &http.Transport{}}, Config{URL: test.url, Method: "GET", Params: url.Values{"token": {"hunter23"}}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.QueryRange(context.Background(), testRange)
			var e *ServerError
			if !errors.As(err, &e) || e.Kind != test.kind || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v", err)
			}
			if !IsDownstream(err) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("downstream %v, text %q", IsDownstream(err), err)
			}
		})
	}
}

func TestAClientIsSafeForSeveralGoroutines(t *testing.T) {
	rec := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		say(matrix(`{"metric":{"a":"1"},"values":[[1700000040,"1"]]}`))(w, r)
	})
	c := rec.client(t, Config{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				if a, err := c.QueryRange(context.Background(), testRange); err != nil || a.Value(0, 0) != 1 {
					t.Error(a, err)
				}
			}
		})
	}
	group.Wait()
}
