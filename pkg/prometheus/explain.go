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
	case strings.Contains(err.Error(), "response body too large"):
		return limitBytes(0) // the HTTP client that Grafana configures has a limit too
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
