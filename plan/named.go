package plan

import (
	"context"

	"jirahook/push"
)

// Named are the issues that a push names in its messages and branches, each once,
// in their order, whether anything will be done to them or not. It is for words
// about a push that is planned later. Once the context has ended the rest is not
// read, and whole is false.
func (r *Rules) Named(ctx context.Context, p push.Push) (keys []string, whole bool) {
	seen := map[string]bool{}
	take := func(some []string) {
		for _, k := range some {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	for _, c := range p.Commits {
		if ctx.Err() != nil {
			return keys, false
		}
		take(r.Parser.Message(c.Message).Mentions)
	}
	for _, u := range p.Updates {
		if branch, ok := u.Branch(); ok {
			take(r.branchKeys(branch))
		}
	}
	for _, branch := range p.Merged {
		take(r.branchKeys(branch))
	}
	return keys, ctx.Err() == nil
}
