package outbox

import (
	"slices"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// recordRows are records as rows of values.
type recordRows struct{ old, told []any }

const (
	oldColumns  = 5
	toldColumns = 14
)

// add appends the records of an action, or of a push.
func (rows *recordRows) add(action string, records []plan.Record) {
	for _, r := range records {
		if r.Kind == "" {
			rows.old = append(rows.old, store.Text(r.ID), store.Text(r.Commit), store.Millis(r.When), store.Text(r.Detail), action)
			continue
		}
		rows.told = append(rows.told, store.Text(r.ID), store.Text(r.Kind), store.Text(r.Issue), store.Text(r.Place), store.Text(r.Commit), store.Text(r.Root),
			store.Text(r.Email), store.Text(r.Subject), store.Text(r.Tree), store.Text(r.Line), store.Millis(r.When), store.Text(r.Detail), store.Text(r.Via), action)
	}
}

func (rows *recordRows) insert(s store.Session) error {
	for part := range slices.Chunk(rows.old, oldColumns*store.Chunk) {
		_, err := s.Exec("INSERT INTO record(id, commit_id, made_at, detail, action) VALUES "+store.Values(len(part)/oldColumns, oldColumns)+
			" ON CONFLICT(id, commit_id) DO NOTHING", part...)
		if err != nil {
			return err
		}
	}
	for part := range slices.Chunk(rows.told, toldColumns*store.Chunk) {
		_, err := s.Exec("INSERT INTO told(id, kind, issue, place, commit_id, root, email, subject, tree, line, made_at, detail, via, action) VALUES "+
			store.Values(len(part)/toldColumns, toldColumns)+" ON CONFLICT(id, kind, issue, place, commit_id) DO NOTHING", part...)
		if err != nil {
			return err
		}
	}
	return nil
}

// mostOfOne is how many records are read that share an id, the youngest: a
// program may give all its commits one date.
const mostOfOne = 2000

// readKnown reads what is on record of what a plan asked about.
func readKnown(s store.Session, p plan.Plan, known *plan.Known) (err error) {
	known.Records = map[string][]plan.Record{}
	if err = readTold(s, p.Asked, known.Records); err != nil {
		return err
	}
	before := 0 // that table holds few rows but those of older versions
	if err = s.Row("SELECT CASE WHEN EXISTS (SELECT 1 FROM record) THEN 1 ELSE 0 END").Scan(&before); err != nil {
		return err
	}
	if before > 0 {
		if err = readRecords(s, slices.Concat(p.Asked, p.AskedBefore), known.Records); err != nil {
			return err
		}
	}
	bySite := map[string][]string{}
	for _, key := range keysOf(p.Keys, known.Records) {
		bySite[p.SiteOf(key)] = append(bySite[p.SiteOf(key)], key)
	}
	for site, keys := range bySite {
		if err := issuesOf(s, site, keys, &known.Issues); err != nil {
			return err
		}
	}
	return nil
}

// readRecords adds the records of these ids.
func readRecords(s store.Session, asked []string, records map[string][]plan.Record) error {
	for ids := range slices.Chunk(asked, store.Chunk) {
		query := "SELECT id, commit_id, made_at, detail FROM record WHERE id IN " + store.Values(1, len(ids)) + " ORDER BY id, commit_id"
		err := s.Each(func(scan func(...any) error) error {
			var r plan.Record
			var when int64
			if err := scan(&r.ID, &r.Commit, &when, &r.Detail); err != nil {
				return err
			}
			r.When = store.FromMillis(when)
			records[r.ID] = append(records[r.ID], r)
			return nil
		}, query, textArgs(ids)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// readTold adds what was told under these ids, oldest first.
func readTold(s store.Session, asked []string, records map[string][]plan.Record) error {
	for ids := range slices.Chunk(asked, store.Chunk) {
		query := `SELECT id, kind, issue, place, commit_id, root, email, subject, tree, line, made_at, detail, via FROM (
			SELECT told.*, row_number() OVER (PARTITION BY id ORDER BY made_at DESC, commit_id, kind, issue, place) AS nth FROM told WHERE id IN ` + store.Values(1, len(ids)) + `) young
			WHERE nth <= ? ORDER BY id, nth DESC`
		err := s.Each(func(scan func(...any) error) error {
			var r plan.Record
			var when int64
			if err := scan(&r.ID, &r.Kind, &r.Issue, &r.Place, &r.Commit, &r.Root, &r.Email, &r.Subject, &r.Tree, &r.Line, &when, &r.Detail, &r.Via); err != nil {
				return err
			}
			r.When = store.FromMillis(when)
			records[r.ID] = append(records[r.ID], r)
			return nil
		}, query, append(textArgs(ids), mostOfOne)...)
		if err != nil {
			return err
		}
	}
	return nil
}

func textArgs(texts []string) []any {
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = store.Text(t)
	}
	return args
}

// keysOf are the keys that a plan names and those that records stand under,
// each once.
func keysOf(named []string, records map[string][]plan.Record) []string {
	seen := map[string]bool{}
	var keys []string
	add := func(key string) {
		if key != "" && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	for _, key := range named {
		add(key)
	}
	for _, rs := range records {
		for _, r := range rs {
			add(r.Issue)
		}
	}
	return keys
}
