package plugin

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"
)

// The settings that Grafana's SDK reads, by type. Its parser panics at a value of
// another type, or takes a timeout of text for none at all, so they are checked
// before it sees them.
var (
	grafanaTexts = []string{"access", "url", "basicAuthUser", "serverName", "sigV4Region", "sigV4AssumeRoleArn", "sigV4AuthType", "sigV4ExternalId", "sigV4Profile"}
	grafanaFlags = []string{"basicAuth", "tlsAuth", "tlsAuthWithCACert", "tlsSkipVerify", "sigV4Auth", "enableSecureSocksProxy"}
	// Seconds and numbers of connections.
	grafanaNumbers = []string{"dialTimeout", "httpKeepAlive", "httpTLSHandshakeTimeout", "httpExpectContinueTimeout", "httpMaxConnsPerHost", "httpMaxIdleConns", "httpMaxIdleConnsPerHost", "httpIdleConnTimeout"}
	// grafanaOthers are known, and their type matters to nothing here.
	grafanaOthers = []string{"oauthPassThru", "keepCookies", "teamHttpHeaders", "secureSocksProxyUsername", "pdcInjected", "authType", "auth", "manageAlerts", "alertmanagerUid", "withCredentials", "defaultRegion", "aws-auth", "azureCredentials"}
)

const headerName = "httpHeaderName"

func checkGrafanaTypes(raw fields) error {
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		var err error
		switch {
		case slices.Contains(grafanaTexts, name) || strings.HasPrefix(name, headerName):
			err = raw.read(name, new(string), "text")
		case slices.Contains(grafanaFlags, name):
			err = raw.read(name, new(bool), "true or false")
		case slices.Contains(grafanaNumbers, name):
			err = raw.read(name, new(json.Number), "a number")
			if err == nil {
				err = raw.read(name, new(float64), "a number")
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isGrafanas(name string) bool {
	for _, known := range [][]string{grafanaTexts, grafanaFlags, grafanaNumbers, grafanaOthers} {
		if slices.Contains(known, name) {
			return true
		}
	}
	return strings.HasPrefix(name, headerName)
}
