package plugin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/counts"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/query"
)

// statusClientClosed is what proxies write for a request whose caller has gone.
const statusClientClosed = 499

// failed is the answer of a query that failed. Mistakes of the user and failures
// of the server are downstream errors, which do not count against the plugin;
// what is left is a fault of the plugin.
func failed(err error) backend.DataResponse {
	status := statusOf(err)
	source := backend.ErrorSourceDownstream
	if status == http.StatusInternalServerError {
		source = backend.ErrorSourcePlugin
	}
	return backend.DataResponse{Error: err, Status: backend.Status(status), ErrorSource: source}
}

// mistake is an error that the user can put right in the query or the settings.
type mistake struct{ error }

func (m mistake) Unwrap() error { return m.error }

func statusOf(err error) int {
	var (
		inQuery *query.Error
		byUser  mistake
	)
	if errors.As(err, &inQuery) || errors.As(err, &byUser) {
		return http.StatusBadRequest
	}
	if errors.Is(err, context.Canceled) {
		return statusClientClosed
	}
	if status := counts.Status(err); status != 0 {
		return status
	}
	if counts.IsDownstream(err) || backend.IsDownstreamHTTPError(err) {
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}

// fieldOf is the query's field that an error is about, if it is about one.
func fieldOf(err error) string {
	var inQuery *query.Error
	if errors.As(err, &inQuery) {
		return inQuery.Field
	}
	return ""
}

func panicked(cause any) error {
	return fmt.Errorf("the query failed because of a fault in the plugin (%v): please report it with the query", cause)
}
