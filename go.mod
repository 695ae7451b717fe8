module github.com/mlmonitor/mlmonitor-datasource

go 1.26.5

require (
	github.com/grafana/grafana-plugin-sdk-go v0.298.0 // indirect
	github.com/magefile/mage v1.17.2 // indirect
	github.com/prometheus/client_golang v1.25.0 // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
)
