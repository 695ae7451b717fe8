package plugin

import "github.com/grafana/grafana-plugin-sdk-go/backend/datasource"

// ID is the plugin's name in Grafana, as in plugin.json.
const ID = "mlmonitor-metrics-datasource"

// Serve answers Grafana over gRPC until Grafana ends the process.
func Serve() error {
	return datasource.Manage(ID, NewDatasource, datasource.ManageOpts{})
}
