package counts

import (
	"fmt"

	"github.com/mlmonitor/mlmonitor-datasource/pkg/profile"
	"github.com/mlmonitor/mlmonitor-datasource/pkg/prometheus"
)

// LimitError says that a read would be larger than the data source allows.
type LimitError struct {
	What       string
	Got, Limit int
	Remedy     string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the query needs %d %s, the limit is %d: %s", e.Got, e.What, e.Limit, e.Remedy)
}

// MissingRoleError says that the profile maps no metric to a role.
type MissingRoleError struct {
	Role    profile.Role
	Profile string
}

func (e *MissingRoleError) Error() string {
	return fmt.Sprintf("the profile %q has no metric for %s: map one in the data source's settings or in the query's roles", e.Profile, e.Role)
}

// IsDownstream tells whether the server, or the way to it, caused the error.
func IsDownstream(err error) bool { return prometheus.IsDownstream(err) }
