package prometheus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

var quietLog = log.New(io.Discard, "", 0)

func TestStatusesBecomeSentences(t *testing.T) {
	const page = `<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>x{}</style></head><body><center><h1>502 Bad Gateway</h1></center></body></html>`
	tests := []struct {
		name   string
		status int
		body   string
		kind   ErrorKind
		says   []string
	}{
		{"a query that does not parse", 400, `{"status":"error","errorType":"bad_data","error":"1:3: parse error: unexpected \"}\""}`, BadQuery,
			[]string{`refused the request (status 400 Bad Request): 1:3: parse error: unexpected "}"`}},
		{"a query that fails", 422, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`, BadQuery,
			[]string{"status 422", "too many samples into memory in query execution; choose a shorter time range"}},
		{"too many points", 400, `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"}`, BadQuery,
			[]string{"(?step=XX); choose a shorter time range"}},
		{"no login", 401, "Unauthorized\n", Unauthorized, []string{"(status 401 Unauthorized): Unauthorized; check user, password or token"}},
		{"no login at a proxy", 407, "", Unauthorized, []string{"status 407", "; check user, password or token"}},
		{"no right", 403, `{"message":"no org id"}`, Forbidden, []string{"status 403", "no org id; the account lacks the right", "X-Scope-OrgID"}},
		{"no such path", 404, "404 page not found", NotFound, []string{"404 page not found; check the URL", "before /api/v1"}},
		{"too many requests", 429, `{"status":"error","errorType":"too_many_requests","error":"too many outstanding requests"}`, TooMany, []string{"too many outstanding requests; the server limits"}},
		{"a fault", 500, `{"status":"error","errorType":"internal","error":"broken block"}`, Unavailable, []string{"status 500", "broken block; look at the server"}},
		{"an HTML page of a proxy", 502, page, Unavailable, []string{"(status 502 Bad Gateway): 502 Bad Gateway; look at the server"}},
		{"an HTML page without title", 503, "<html><script>evil()</script><body><p>down &amp; out</p></body></html>", Unavailable, []string{": down & out; look"}},
		{"a server that is starting", 503, "Service Unavailable", Unavailable, []string{"status 503", "Service Unavailable; look at the server"}},
		{"a timeout of the server", 503, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`, Timeout,
			[]string{"did not answer in time (status 503 Service Unavailable): query timed out in expression evaluation; choose a shorter time range"}},
		{"a timeout of a proxy", 504, "", Timeout, []string{"did not answer in time (status 504 Gateway Timeout); choose"}},
		{"another status", 418, "", BadRequest, []string{"refused the request (status 418 I'm a teapot)"}},
		{"a status without a name", 599, "x", Unavailable, []string{"(status 599): x"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			})
			c := rec.client(t, Config{})
			_, err := c.QueryRange(context.Background(), testRange)
			_, _, apiErr := c.LabelValues(context.Background(), "a", nil, testRange.Start, testRange.End, 0)
			for _, err := range []error{err, apiErr} {
				var e *ServerError
				if !errors.As(err, &e) || e.Kind != test.kind || e.Status != test.status || !IsDownstream(err) {
					t.Fatalf("got %#v", err)
				}
				for _, says := range test.says {
					if !strings.Contains(err.Error(), says) {
						t.Errorf("%q does not say %q", err, says)
					}
				}
				if strings.ContainsAny(err.Error(), "<>\n") || strings.Contains(err.Error(), "evil") {
					t.Errorf("%q holds HTML", err)
				}
			}
		})
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(strings.Repeat("é ", 1<<20)))
	})
	_, err := rec.client(t, Config{}).QueryRange(context.Background(), testRange)
	if err == nil || len(err.Error()) > 2*maxMessage || !utf8.ValidString(err.Error()) || !strings.Contains(err.Error(), "…") {
		t.Errorf("got %d bytes", len(err.Error()))
	}
}

func TestErrorsHoldNoCredentials(t *testing.T) {
	rec := record(t, func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, "%s %s %s are wrong", password, r.Header.Get("X-Token"), r.FormValue("key"))
	})
	for _, method := range []string{"GET", "POST"} {
		c := rec.client(t, Config{URL: strings.Replace(rec.URL, "//", "//user:secret-1@", 1) + "?key=secret-2", Method: method,
			Header: http.Header{"X-Token": {"Bearer secret-3"}}})
		_, err := c.QueryRange(context.Background(), testRange)
		_, info := c.BuildInfo(context.Background())
		_, meta := c.Metadata(context.Background(), "m")
		for _, err := range []error{err, info, meta} {
			if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "are wrong") {
				t.Errorf("%s: %v", method, err)
			}
		}
	}
}

func TestLimitErrorsSayWhatToChange(t *testing.T) {
	for _, test := range []struct {
		err  error
		says string
	}{
		{limitSeries(100000), "more than 100000 series: choose fewer features, versions or segments, a shorter time range or a longer window, or raise the maximum number of series in the data source settings"},
		{limitBytes(256 << 20), "more than 256 MiB: choose"},
		{limitBytes(1000), "more than 1000 bytes: choose"},
		{limitBytes(0), "more than the bytes that Grafana allows: choose fewer features, versions or segments, a shorter time range or a longer window, or raise response_limit"},
		{transportError(context.Background(), fmt.Errorf("reading: %w", errors.New("http: response body too large"))), "more than the bytes that Grafana allows"},
		{limitSamples(5), "more than 5 samples: choose"},
	} {
		if !strings.Contains(test.err.Error(), test.says) || !IsDownstream(fmt.Errorf("reading: %w", test.err)) {
			t.Errorf("%v does not say %q", test.err, test.says)
		}
	}
}

func TestOtherErrorsAreNotDownstream(t *testing.T) {
	for _, err := range []error{nil, errors.New("x"), context.Canceled} {
		if IsDownstream(err) {
			t.Errorf("%v is downstream", err)
		}
	}
}
