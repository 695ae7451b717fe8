package prometheus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxErrorBody = 64 << 10 // read of the body of a failure
	maxMessage   = 300      // shown of what a server says
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
	Limit int64
}

// Error says what to change.
func (e *LimitError) Error() string {
	limit, setting := fmt.Sprintf("%d %s", e.Limit, e.What), "Config.Max"+strings.ToUpper(e.What[:1])+e.What[1:]
	switch e.What {
	case "series":
		setting = "the maximum number of series in the data source settings"
	case "bytes":
		setting = "the maximum response size in the data source settings"
		if e.Limit >= 1<<20 {
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

// statusError is the error of an answer with a status other than 2xx.
func statusError(status int, body []byte) *ServerError {
	e := &ServerError{Status: status, Kind: kindOfStatus(status)}
	var said struct{ ErrorType, Error, Message string }
	if json.Unmarshal(body, &said) == nil && (said.Error != "" || said.Message != "") {
		e.Type, e.Message = said.ErrorType, said.Error
		if e.Message == "" {
			e.Message = said.Message
		}
		if e.Kind == Unavailable && e.Type == "timeout" {
			e.Kind = Timeout
		}
		e.Message = shorten(e.Message, maxMessage)
		return e
	}
	e.Message = readable(body)
	return e
}

func kindOfStatus(status int) ErrorKind {
	switch {
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		return BadQuery
	case status == http.StatusUnauthorized, status == http.StatusProxyAuthRequired:
		return Unauthorized
	case status == http.StatusForbidden:
		return Forbidden
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusTooManyRequests:
		return TooMany
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return Timeout
	case status >= 500:
		return Unavailable
	default:
		return BadRequest
	}
}

// kindOfType reads the server's own word for a failure.
func kindOfType(errorType string) ErrorKind {
	switch errorType {
	case "timeout", "canceled":
		return Timeout
	case "internal", "unavailable", "server_error":
		return Unavailable
	case "not_found":
		return NotFound
	case "too_many_requests":
		return TooMany
	default:
		return BadQuery
	}
}

// notJSONError is the error of a body that is not JSON.
func notJSONError(status int, body []byte) *ServerError {
	text := readable(body)
	switch {
	case len(body) == 0:
		text = "the answer is empty"
	case isHTML(body):
		text = fmt.Sprintf("the answer is an HTML page (%q), not JSON", shorten(text, 100))
	default:
		text = fmt.Sprintf("the answer is not JSON but %q", shorten(text, 100))
	}
	return &ServerError{Kind: BadAnswer, Status: status, Message: text}
}

var (
	invisibleHTML = regexp.MustCompile(`(?is)<!--.*?-->|<(script|style|head)\b.*?</(script|style|head)\s*>`)
	titleHTML     = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title\s*>`)
	tagHTML       = regexp.MustCompile(`(?s)<[^>]*>?`)
)

func isHTML(body []byte) bool {
	begin := strings.ToLower(strings.TrimSpace(string(body[:min(len(body), 200)])))
	return strings.HasPrefix(begin, "<!doctype html") || strings.HasPrefix(begin, "<html") || strings.HasPrefix(begin, "<head") || strings.HasPrefix(begin, "<!--")
}

// readable makes one short line of text of the body of a failure: the title of
// an HTML page if it has one.
func readable(body []byte) string {
	text := string(body)
	if isHTML(body) {
		if title := titleHTML.FindStringSubmatch(text); title != nil && strings.TrimSpace(title[1]) != "" {
			text = title[1]
		} else {
			text = invisibleHTML.ReplaceAllString(text, " ")
		}
		text = html.UnescapeString(tagHTML.ReplaceAllString(text, " "))
	}
	return shorten(text, maxMessage)
}

// shorten makes one line of at most n bytes of any text.
func shorten(text string, n int) string {
	text = strings.ToValidUTF8(text[:min(len(text), 8*n)], "\uFFFD")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xa0 }), " ")
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}

// transportError explains why there is no answer or only a part of one. The
// URL, which may hold credentials, is left out. A request that the caller
// cancelled gives the caller's own error.
func transportError(ctx context.Context, err error) error {
	if ctxErr := ctx.Err(); errors.Is(ctxErr, context.Canceled) {
		return context.Canceled
	}
	if IsDownstream(err) {
		return err
	}
	var withURL *url.Error
	timeout := false
	for errors.As(err, &withURL) {
		timeout = timeout || withURL.Timeout()
		err = withURL.Err
	}
	e := &ServerError{Kind: Unreachable, err: err, Message: err.Error()}
	var network net.Error
	var dns *net.DNSError
	switch {
	case isTLS(err):
		e.Kind = BadTLS
	case errors.Is(err, context.DeadlineExceeded), timeout, errors.As(err, &network) && network.Timeout():
		e.Kind, e.Message = Timeout, ""
	case errors.As(err, &dns):
		e.Message = fmt.Sprintf("the name %q is not known (DNS)", dns.Name)
	case strings.Contains(err.Error(), "connection refused"):
		e.Message = "the connection was refused"
	case strings.Contains(err.Error(), "body too large"):
		e.Kind, e.Message = BadAnswer, "the answer is larger than Grafana's own limit for responses (dataproxy response_limit)"
	case errors.Is(err, context.Canceled):
		e.Message = "the request was cancelled on the way"
	}
	return e
}

// isTLS says that an error is about certificates or about TLS with a server that speaks something else.
func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid) ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") || strings.Contains(err.Error(), "tls: ")
}
