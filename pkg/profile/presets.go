package profile

// Presets lists the profiles that ship, the convention first. Presets other
// than the convention carry what those servers export: volumes, latencies and
// errors. What feeds drift and performance (features, scores, outcomes) comes
// from the convention's metrics, which they keep for the roles not named here.
func Presets() []Profile {
	out := []Profile{Convention()}
	for _, p := range presets {
		full := Convention()
		full.Name, full.Title, full.Help = p.Name, p.Title, p.Help
		for r, m := range p.Roles {
			full.Roles[r] = m
		}
		for l, n := range p.Labels {
			full.Labels[l] = n
		}
		out = append(out, full)
	}
	return out
}

// Names as the servers' own documentation and exporters give them.
var presets = []Profile{
	{
		Name: "seldon-v1", Title: "Seldon Core v1", Help: "Requests and latencies of the Seldon Core v1 executor.",
		Roles:  map[Role]string{PredictionDuration: "seldon_api_executor_server_requests_seconds"},
		Labels: map[Label]string{Model: "model_name", Version: "model_version"},
	},
	{
		Name: "seldon-v2", Title: "Seldon Core v2", Help: "Inferences and latencies of Seldon Core v2.",
		Roles: map[Role]string{Predictions: "seldon_model_infer_total", PredictionDuration: "seldon_model_infer_api_seconds"},
	},
	{
		Name: "kserve", Title: "KServe", Help: "Prediction latencies of KServe model servers.",
		Roles:  map[Role]string{PredictionDuration: "request_predict_seconds"},
		Labels: map[Label]string{Model: "model_name"},
	},
	{
		Name: "mlserver", Title: "MLServer", Help: "Requests and failures of MLServer.",
		Roles: map[Role]string{Predictions: "model_infer_request_success", PredictionErrors: "model_infer_request_failure"},
	},
	{
		Name: "triton", Title: "NVIDIA Triton", Help: "Requests and failures of the Triton inference server.",
		Roles: map[Role]string{Predictions: "nv_inference_request_success", PredictionErrors: "nv_inference_request_failure"},
	},
	{
		Name: "bentoml", Title: "BentoML", Help: "Requests and latencies of BentoML services.",
		Roles:  map[Role]string{Predictions: "bentoml_service_request_total", PredictionDuration: "bentoml_service_request_duration_seconds"},
		Labels: map[Label]string{Model: "service_name", Version: "service_version"},
	},
}
