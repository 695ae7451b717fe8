module github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor

go 1.26.5

require github.com/mlmonitor/mlmonitor-datasource v0.0.0

replace github.com/mlmonitor/mlmonitor-datasource => ../..
