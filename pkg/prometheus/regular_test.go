package prometheus

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// isRegular says that decoders have no freedom in reading a body: encoding/json
// takes names of members in any case and the last of equal ones, which
// this package's decoder does not.
func isRegular(body []byte) bool {
	known := []string{"status", "data", "errorType", "error", "warnings", "infos", "resultType", "result", "metric", "value", "values",
		"histogram", "histograms", "count", "sum", "buckets"}
	dec := json.NewDecoder(bytes.NewReader(body))
	var value func() bool
	value = func() bool {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		delim, ok := token.(json.Delim)
		if !ok {
			return true
		}
		var names []string
		for dec.More() {
			if delim == '{' {
				token, err := dec.Token()
				name, ok := token.(string)
				if err != nil || !ok {
					return false
				}
				same := func(other string) bool { return strings.EqualFold(name, other) }
				if slices.ContainsFunc(names, same) || slices.ContainsFunc(known, func(k string) bool { return k != name && same(k) }) {
					return false
				}
				names = append(names, name)
			}
			if !value() {
				return false
			}
		}
		_, err = dec.Token()
		return err == nil
	}
	return value()
}
