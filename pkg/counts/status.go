package counts

import (
	"context"
	"errors"
	"net/http"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// Status is the HTTP status that describes an error of a read to whoever asked:
// 400 where the query or the settings ask for what cannot be read, the server's
// own status where it gave one, 504 and 502 where it was late or gave no usable
// answer. It is 0 for any other error, which is a fault of this program.
func Status(err error) int {
	var (
		server *prometheus.ServerError
		answer *prometheus.LimitError
		limit  *LimitError
		role   *MissingRoleError
	)
	switch {
	case errors.As(err, &server):
		return statusOf(server)
	case errors.As(err, &answer), errors.As(err, &limit), errors.As(err, &role):
		return http.StatusBadRequest
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	return 0
}

func statusOf(err *prometheus.ServerError) int {
	switch err.Kind {
	case prometheus.Timeout:
		return http.StatusGatewayTimeout
	case prometheus.BadAnswer, prometheus.BadTLS, prometheus.Unreachable:
		return http.StatusBadGateway
	case prometheus.BadQuery:
		return http.StatusBadRequest
	}
	if err.Status >= http.StatusBadRequest {
		return err.Status
	}
	return http.StatusBadGateway
}
