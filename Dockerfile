# The images that docker-compose.yaml builds: Grafana with the plugin (target
# grafana) and the demo's models (target fleet).

# The plugin's frontend.
FROM node:20-bookworm-slim AS frontend
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json CHANGELOG.md LICENSE ./
COPY .config .config
COPY src src
RUN npm run build

# The plugin's backend: its module alone, as the catalogue builds it.
FROM golang:1.26-bookworm AS backend
WORKDIR /src
ENV CGO_ENABLED=0 GOWORK=off
COPY go.mod go.sum ./
RUN go mod download
COPY pkg pkg
RUN go build -trimpath -ldflags='-s -w' -o "dist/gpx_mlmonitor_linux_$(go env GOARCH)" ./pkg

# The command line, with an embedded Prometheus.
FROM backend AS command
ENV GOWORK=
COPY go.work go.work.sum* ./
COPY cmd/mlmonitor/go.mod cmd/mlmonitor/go.sum cmd/mlmonitor/
RUN cd cmd/mlmonitor && go mod download
COPY cmd cmd
RUN go build -trimpath -ldflags='-s -w' -o /bin/mlmonitor ./cmd/mlmonitor

FROM busybox:1.37 AS fleet
COPY --from=command /bin/mlmonitor /bin/mlmonitor
# A new volume takes over the owner: nobody, the user of Prometheus' image.
RUN mkdir -p /prometheus /tmp && chmod 1777 /tmp && chown 65534:65534 /prometheus
USER 65534:65534
ENTRYPOINT ["/bin/mlmonitor"]
CMD ["fleet", "--listen", ":9464"]

FROM grafana/grafana:12.4.0 AS grafana
COPY --from=frontend /src/dist /var/lib/grafana/plugins/mlmonitor-metrics-datasource
COPY --from=backend /src/dist /var/lib/grafana/plugins/mlmonitor-metrics-datasource
