package config

// The repository's own file is written by whoever may write in its folder. What
// follows keeps it from what is not that repository's alone.

// reserved names what is left to the upper files as soon as there is one: where
// the credentials of all go, where the pushes of all are kept, and what a hook of
// one repository does to the actions of others. A new section that protects
// others belongs here; a test asks of each section which it is.
func reserved() []string {
	return []string{"jira", "sites", "outbox", "delivery.workers", "delivery.give_up_after"}
}

// guards name what one repository may say for itself only while no upper file
// says it: who may act in Jira by a push, and how much. What stands together is
// decided together, by those of them that turn it on.
func guards() []guard {
	return []guard{
		{of: []string{"smart_commits.run_as", "smart_commits.allowed", "smart_commits.emails"}, by: []string{"smart_commits.run_as", "smart_commits.allowed"}},
		{of: []string{"limits.issues_per_push"}, by: []string{"limits.issues_per_push"}},
		{of: []string{"limits.issues_per_commit"}, by: []string{"limits.issues_per_commit"}},
		{of: []string{"limits.max_age"}, by: []string{"limits.max_age"}},
		{of: []string{"policy"}, by: []string{"policy"}},
	}
}

type guard struct{ of, by []string }

// lockRepository locks for the repository's own file what is not its to say.
func (l *loading) lockRepository() {
	if l.upper == "" {
		return // it alone is the configuration
	}
	for _, name := range reserved() {
		l.locks = append(l.locks, lock{name, "left to " + l.upper})
	}
	for _, g := range guards() {
		for _, by := range g.by {
			if origin, said := l.firstWithin(by); said {
				for _, name := range g.of {
					l.locks = append(l.locks, lock{name, "decided in " + origin.String()})
				}
				break
			}
		}
	}
}
