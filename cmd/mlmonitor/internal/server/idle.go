package server

import (
	"fmt"
	"net/url"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
)

// idle stands in for the parts of Prometheus that do not run here: nothing is
// scraped, no rule is evaluated, nobody is alerted. Its one target exists
// because the API asks targets for the metadata of metrics.
type idle struct{ metadata *metadataStore }

func (idle) ScrapePools() []string { return nil }

func (i idle) TargetsActive() map[string][]*scrape.Target {
	target := scrape.NewTarget(
		labels.FromStrings(model.AddressLabel, "mlmonitor", model.SchemeLabel, "http", model.MetricsPathLabel, "/metrics", model.JobLabel, "mlmonitor"),
		&config.ScrapeConfig{JobName: "mlmonitor"}, model.LabelSet{}, model.LabelSet{},
	)
	target.SetMetadataStore(i.metadata)
	return map[string][]*scrape.Target{"mlmonitor": {target}}
}

func (idle) TargetsDropped() map[string][]*scrape.Target { return nil }

func (idle) TargetsDroppedCounts() map[string]int { return nil }

func (idle) ScrapePoolConfig(pool string) (*config.ScrapeConfig, error) {
	return nil, fmt.Errorf("scrape pool %q does not exist: the embedded server scrapes nothing", pool)
}

func (idle) Alertmanagers() []*url.URL { return nil }

func (idle) DroppedAlertmanagers() []*url.URL { return nil }

func (idle) RuleGroups() []*rules.Group { return nil }

func (idle) AlertingRules() []*rules.AlertingRule { return nil }
