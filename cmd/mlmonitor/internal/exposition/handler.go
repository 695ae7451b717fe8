package exposition

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/common/expfmt"

	"github.com/mlmonitor/mlmonitor-datasource/cmd/mlmonitor/internal/timeline"
)

// Handler answers a scrape with the present state of every process of the jobs,
// in the format that the scraper prefers; only protobuf carries native
// histograms. Every sample has the labels job and instance of its process, so
// scrape it with honor_labels. Processes that are down or gone are left out.
//
// The jobs' worlds go on from scrape to scrape, up to now.
func Handler(jobs []timeline.Job, now func() time.Time) http.Handler {
	var one sync.Mutex // jobs are not safe for concurrent use, and their time ascends
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var seen samples
		one.Lock()
		at := now()
		for _, job := range jobs {
			if err := job.Scrape(&seen, at); err != nil {
				one.Unlock()
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		one.Unlock()
		format := expfmt.NegotiateAccept(req.Header, expfmt.DefaultAcceptedFormats()...)
		w.Header().Set("Content-Type", string(format))
		encoder := expfmt.NewEncoder(w, format)
		for _, family := range seen.families() {
			if err := encoder.Encode(family); err != nil {
				return // the scraper has gone
			}
		}
	})
}
