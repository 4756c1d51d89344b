package plan

import (
	"context"
	"slices"
	"testing"

	"jirahook/config"
	"jirahook/push"
)

func TestNamed(t *testing.T) {
	cfg := config.Default()
	cfg.Projects = config.Projects{Keys: []string{"SHOP", "OPS"}}
	rules, err := Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := push.Push{
		Commits: []push.Commit{{Message: "SHOP-2 and UTF-8\n\nCloses SHOP-1, SHOP-2"}, {Message: "SHOP-1 OPS-7"}, {}},
		Updates: []push.Update{{Ref: "refs/heads/shop-3-cart"}, {Ref: "refs/tags/SHOP-4"}},
		Merged:  []string{"OPS-7-old", "OPS-8"},
	}
	if keys, whole := rules.Named(t.Context(), p); !whole || !slices.Equal(keys, []string{"SHOP-2", "SHOP-1", "OPS-7", "SHOP-3", "OPS-8"}) {
		t.Errorf("%q, whole %v", keys, whole)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if keys, whole := rules.Named(ended, p); whole || len(keys) > 0 {
		t.Errorf("when the time is over: %q, whole %v", keys, whole)
	}
}
