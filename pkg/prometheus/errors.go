package prometheus

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// ErrorKind groups the failures of a server by what a person can do about them.
type ErrorKind string

// The kinds of failures.
const (
	BadQuery     ErrorKind = "bad query"    // 400, 422: the server understood the request but not the query
	Unauthorized ErrorKind = "unauthorized" // 401
	Forbidden    ErrorKind = "forbidden"    // 403
	NotFound     ErrorKind = "not found"    // 404, or an API that the server lacks
	TooMany      ErrorKind = "too many"     // 429
	Unavailable  ErrorKind = "unavailable"  // 5xx
	Timeout      ErrorKind = "timeout"      // of the server, of a proxy, or of ours
	Unreachable  ErrorKind = "unreachable"  // no connection: refused, no such host, broken off
	BadTLS       ErrorKind = "bad TLS"      // the certificates do not fit
	BadAnswer    ErrorKind = "bad answer"   // HTML, truncated or otherwise not what the API promises
	BadRequest   ErrorKind = "bad request"  // any other status
)

// ServerError is a failure of the server or on the way to it. Its text is a
// sentence with the status, what the server said, and what to do. It never holds
// credentials.
type ServerError struct {
	Kind    ErrorKind
	Status  int    // of HTTP; 0 if there was no answer or a good one with a failure in it
	Type    string // the server's own word, such as "bad_data" or "execution"
	Message string // what the server said, or what went wrong
	err     error
}

// Error returns the sentence.
func (e *ServerError) Error() string {
	var b strings.Builder
	switch e.Kind {
	case Unreachable:
		b.WriteString("the Prometheus server cannot be reached")
	case BadTLS:
		b.WriteString("the secure connection to the Prometheus server failed")
	case Timeout:
		b.WriteString("the Prometheus server did not answer in time")
	case Unavailable:
		b.WriteString("the Prometheus server failed")
	case BadAnswer:
		b.WriteString("the server did not answer as Prometheus does")
	default:
		b.WriteString("the Prometheus server refused the request")
	}
	if e.Status != 0 {
		b.WriteString(" (" + strings.TrimSpace(fmt.Sprintf("status %d %s", e.Status, http.StatusText(e.Status))) + ")")
	}
	if e.Message != "" {
		b.WriteString(": " + strings.TrimRight(e.Message, ". \n"))
	}
	if r := e.remedy(); r != "" {
		b.WriteString("; " + r)
	}
	return b.String()
}

// Unwrap returns the cause, if there is one in Go.
func (e *ServerError) Unwrap() error { return e.err }

// remedy is what to do.
func (e *ServerError) remedy() string {
	switch e.Kind {
	case Unauthorized:
		return "check user, password or token in the data source settings"
	case Forbidden:
		return "the account lacks the right to read here: check its permissions, and the tenant header (X-Scope-OrgID) if the server has tenants"
	case NotFound:
		return "check the URL in the data source settings: it has to be the address before /api/v1, such as http://host:9090 or https://host/prometheus"
	case TooMany:
		return "the server limits the rate of requests: refresh less often, or raise its limits"
	case Unavailable:
		return "look at the server and the proxy before it, and try again"
	case Timeout:
		return "choose a shorter time range, a longer window or fewer features, or raise the timeout in the data source settings"
	case Unreachable:
		return "check the URL in the data source settings, and that the server runs and can be reached from where Grafana runs"
	case BadTLS:
		return "check https in the URL, and the CA certificate, client certificate and server name in the data source settings"
	case BadAnswer:
		return "check that the URL in the data source settings is a Prometheus-compatible server and not a page or a login before it"
	case BadQuery:
		if strings.Contains(e.Message, "too many samples") || strings.Contains(e.Message, "exceeded maximum resolution") {
			return "choose a shorter time range, a longer window or fewer features"
		}
	}
	return ""
}

// LimitError is an answer that is larger than allowed.
type LimitError struct {
	What  string // "series", "bytes" or "samples"
	Limit int64  // 0 if it is not ours but Grafana's
}

// Error says what to change.
func (e *LimitError) Error() string {
	limit, setting := fmt.Sprintf("%d %s", e.Limit, e.What), "Config.Max"+strings.ToUpper(e.What[:1])+e.What[1:]
	switch e.What {
	case "series":
		setting = "the maximum number of series in the data source settings"
	case "bytes":
		setting = "the maximum response size in the data source settings"
		if e.Limit == 0 {
			limit, setting = "the bytes that Grafana allows", "response_limit under [dataproxy] in Grafana's configuration"
		} else if e.Limit >= 1<<20 {
			limit = fmt.Sprintf("%.4g MiB", float64(e.Limit)/(1<<20))
		}
	case "samples":
		setting = "the limits in the data source settings"
	}
	return fmt.Sprintf("the answer of the Prometheus server has more than %s: choose fewer features, versions or segments, a shorter time range or a longer window, or raise %s", limit, setting)
}

func limitSeries(n int) error    { return &LimitError{"series", int64(n)} }
func limitBytes(n int64) error   { return &LimitError{"bytes", n} }
func limitSamples(n int64) error { return &LimitError{"samples", n} }

// IsDownstream says that an error was caused by the server, the way to it, or
// the size of what it was asked for, and not by a fault of this program. A request
// that the caller cancelled is neither.
func IsDownstream(err error) bool {
	var server *ServerError
	var limit *LimitError
	return errors.As(err, &server) || errors.As(err, &limit)
}
