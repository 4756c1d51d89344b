package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"jirahook/config"
)

// A hook loads the configuration at every push.
func BenchmarkLoad(b *testing.B) {
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{"minimal": minimal, "full": string(full)} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			s := config.Source{Main: write(b, dir, "config.yaml", text), Project: "group/project", RepoDir: filepath.Join(dir, "repo.git")}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := config.Load(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
