package grafana

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// home makes something that looks like the home of a Grafana.
func home(t *testing.T, binary string) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range []string{"conf/defaults.ini", binary} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	built := "bin/" + runtime.GOOS + "-" + runtime.GOARCH + "/grafana"
	for name, binary := range map[string]string{"a release": "bin/grafana", "a build from source": built} {
		t.Run(name, func(t *testing.T) {
			dir := home(t, binary)
			found, err := Find(dir)
			if err != nil || found.Home != dir || found.Binary != filepath.Join(dir, binary) {
				t.Errorf("found %+v, %v", found, err)
			}
		})
	}
	t.Run("a program on the PATH", func(t *testing.T) {
		dir := home(t, "bin/grafana")
		t.Setenv("PATH", filepath.Join(dir, "bin"))
		if found, err := Find(""); err != nil || found.Home != dir {
			t.Errorf("found %+v, %v", found, err)
		}
	})
	t.Run("nothing on the PATH", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := Find(""); !errors.Is(err, ErrNone) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a directory that is no Grafana", func(t *testing.T) {
		if _, err := Find(t.TempDir()); err == nil {
			t.Error("no error")
		}
	})
}

func TestInstallCompletesThePluginWithTheBackend(t *testing.T) {
	dist, target := t.TempDir(), filepath.Join(t.TempDir(), "plugin")
	backend := filepath.Join(t.TempDir(), "mlmonitor")
	if err := os.WriteFile(backend, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := install(dist, target, backend); err == nil {
		t.Error("a plugin that is not built was installed")
	}
	for _, file := range []string{"plugin.json", "module.js"} {
		if err := os.WriteFile(filepath.Join(dist, file), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := install(dist, target, backend); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(target, BinaryPrefix+"_"+runtime.GOOS+"_"+runtime.GOARCH)
	if text, err := os.ReadFile(binary); err != nil || string(text) != "program" {
		t.Errorf("backend %q, %v", text, err)
	}
}
