package grafana

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// BinaryPrefix begins the names of the plugin's binaries, one per platform.
const BinaryPrefix = "gpx_mlmonitor"

// install copies the built plugin to where Grafana looks for it, since Grafana
// reads no link that leaves the plugin's directory. The backend completes a
// plugin of which only the frontend has been built.
func install(dist, target, backend string) error {
	if !isFile(filepath.Join(dist, "plugin.json")) || !isFile(filepath.Join(dist, "module.js")) {
		return fmt.Errorf("the plugin is not built: %q lacks plugin.json or module.js; run \"npm install && npm run build\" in %q", dist, filepath.Dir(dist))
	}
	if err := os.CopyFS(target, os.DirFS(dist)); err != nil {
		return fmt.Errorf("copying the plugin for Grafana: %w", err)
	}
	binary := filepath.Join(target, BinaryPrefix+"_"+runtime.GOOS+"_"+runtime.GOARCH)
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if !isFile(binary) {
		if err := copyProgram(backend, binary); err != nil {
			return fmt.Errorf("copying the plugin's backend for Grafana: %w", err)
		}
	}
	return os.Chmod(binary, 0o755)
}

func copyProgram(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}
