package grafana

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// ErrNone says that there is no Grafana and none was asked for.
var ErrNone = errors.New("there is no grafana on the PATH")

// Installation is a Grafana that can be run.
type Installation struct {
	Binary string
	// Home holds conf/defaults.ini and public/.
	Home string
}

// Find looks for Grafana in a home directory or, if that is empty, for the
// program grafana on the PATH.
func Find(home string) (Installation, error) {
	if home != "" {
		for _, binary := range []string{
			filepath.Join(home, "bin", "grafana"),
			filepath.Join(home, "bin", runtime.GOOS+"-"+runtime.GOARCH, "grafana"),
		} {
			if isFile(binary) && isHome(home) {
				absolute, err := filepath.Abs(home)
				if err != nil {
					return Installation{}, err
				}
				binary, err = filepath.Abs(binary)
				return Installation{binary, absolute}, err
			}
		}
		return Installation{}, fmt.Errorf("%q is not the home of a Grafana: it should hold bin/grafana and conf/defaults.ini", home)
	}
	binary, err := exec.LookPath("grafana")
	if err != nil {
		return Installation{}, ErrNone
	}
	if binary, err = filepath.EvalSymlinks(binary); err != nil {
		return Installation{}, err
	}
	for _, home := range []string{
		filepath.Dir(filepath.Dir(binary)),
		filepath.Dir(filepath.Dir(filepath.Dir(binary))),
		"/usr/share/grafana",
	} {
		if isHome(home) {
			return Installation{binary, home}, nil
		}
	}
	return Installation{}, fmt.Errorf("the home of %q was not found: give --grafana-home DIR", binary)
}

func isHome(dir string) bool { return isFile(filepath.Join(dir, "conf", "defaults.ini")) }

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Root finds the directory of this repository, which holds the built plugin and
// the provisioning: the working directory or one above it.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if isFile(filepath.Join(at, "src", "plugin.json")) && isFile(filepath.Join(at, "provisioning", "datasources", "mlmonitor.yaml")) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("the repository of ML Monitor is not at %q or above: run this there, Grafana needs its dist/ and provisioning/", dir)
		}
	}
}
