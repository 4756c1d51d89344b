package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"jirahook/push"
)

// idOf hashes parts to 40 hex digits. Parts may hold anything: each is set off
// from the next by its length.
func idOf(parts ...string) string {
	h := sha256.New()
	var size [8]byte
	for _, p := range parts {
		n := uint64(len(p))
		for i := range size {
			size[i] = byte(n >> (8 * i))
		}
		h.Write(size[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// Kinds of records beside those of what was asked of Jira.
const (
	kindSeen = "seen" // a commit belongs to a change
	kindLine = "line" // a line whose command ran, by its commit's subject or id
)

// ledger answers what is on record, remembers what was asked, and takes in
// what this plan itself adds, so that a push does not repeat itself either.
type ledger struct {
	book    string
	known   map[string][]Record
	issues  map[string]string // what names an issue for good, by key
	gone    map[string]bool   // commits that the push took away from its branches
	kept    map[string]bool   // those of them that are elsewhere as well
	history *history

	seconds map[string]*second
	named   map[string][]Record // added, by id: what has no change, and lines

	asked              map[string]bool
	order, orderBefore []string
	// caught are records of older versions that were met: from now on they are
	// kept by the change.
	caught []Record
}

func newLedger(book string, known Known, p push.Push, h *history) *ledger {
	return &ledger{book: book, known: known.Records, issues: known.Issues, gone: setOf(p.Gone), kept: setOf(p.Kept), history: h,
		seconds: map[string]*second{}, named: map[string][]Record{}, asked: map[string]bool{}}
}

// dead: the push took the commit away, and nothing leads to it any more.
func (l *ledger) dead(id string) bool { return l.gone[id] && !l.kept[id] }

func (l *ledger) id(kind, issue string, parts ...string) string {
	return idOf(append([]string{l.book, issue, kind}, parts...)...)
}

// issue names an issue for good, as far as that is known of its key.
func (l *ledger) issue(key string) string {
	if id, ok := l.issues[key]; ok {
		return id
	}
	return key
}

// find gives the records of an id that were there before.
func (l *ledger) find(id string) []Record {
	if !l.asked[id] {
		l.asked[id] = true
		l.order = append(l.order, id)
	}
	return l.known[id]
}

// findBefore does so with an id of older versions.
func (l *ledger) findBefore(id string) []Record {
	if !l.asked[id] {
		l.asked[id] = true
		l.orderBefore = append(l.orderBefore, id)
	}
	return l.known[id]
}

// findNamed gives all records of this id, which are of no change.
func (l *ledger) findNamed(id string) []Record { return slices.Concat(l.find(id), l.named[id]) }

// isNamed reports whether there is a record of this id, which is of no change.
func (l *ledger) isNamed(id string) bool {
	return len(l.find(id)) > 0 || len(l.named[id]) > 0
}

func (l *ledger) add(records []Record) {
	for _, r := range records {
		if r.Kind == kindLine || r.Root == "" {
			l.named[r.ID] = append(l.named[r.ID], r)
			continue
		}
		cl := l.at(r.ID).roots[r.Root]
		cl.found().add(effect{r.Kind, l.issue(r.Issue), r.Place}, r)
	}
}

// told are the records of this kind for the change and the issue, whatever its
// key was; place tells several commands of one commit apart.
func (l *ledger) told(kind, key string, ch *change, place string) []Record {
	if told := ch.class().told[effect{kind, l.issue(key), place}]; len(told) > 0 {
		return told
	}
	if r, ok := l.catch(kind, key, ch, place); ok {
		return []Record{r}
	}
	return nil
}

// done reports whether there is such a record.
func (l *ledger) done(kind, key string, ch *change, place string) bool {
	return len(l.told(kind, key, ch, place)) > 0
}

// catch looks for a record of an older version, and keeps it by the change.
func (l *ledger) catch(kind, key string, ch *change, place string) (Record, bool) {
	r, ok := l.doneBefore(kind, key, ch, place)
	if ok {
		found := l.record(kind, key, ch, place, r.Detail)
		l.caught = append(l.caught, found)
		l.add([]Record{found})
		r.Kind, r.Issue, r.Place = kind, key, place
	}
	return r, ok
}

// doneBefore looks for a record of an older version. That knew a change by its
// author's e-mail and date: one of them is the same unless it is an ancestor.
func (l *ledger) doneBefore(kind, key string, ch *change, place string) (Record, bool) {
	exact, author := l.idsBefore(kind, key, ch, place)
	before := l.findBefore(author)
	for _, r := range l.findBefore(exact) {
		if !l.history.distinct(r.Commit, ch.commit) {
			return r, true
		}
	}
	if ch.shared {
		return Record{}, false
	}
	for _, r := range before {
		if !l.history.isAncestor(r.Commit, ch.commit.ID) {
			return r, true
		}
	}
	return Record{}, false
}

func (l *ledger) idsBefore(kind, key string, ch *change, place string) (exact, author string) {
	return l.id(kind, key, ch.exact, place), l.id(kind, key, ch.author, place)
}

// onceBefore is what the id of an action came from in older versions, and still
// does: for each commit the ids of its records and its own.
func (l *ledger) onceBefore(kind, key string, ch *change, place string) []string {
	exact, author := l.idsBefore(kind, key, ch, place)
	return []string{exact, ch.commit.ID, author, ch.commit.ID}
}

// record is what done will find later.
func (l *ledger) record(kind, key string, ch *change, place, detail string) Record {
	r := l.of(ch)
	r.Kind, r.Issue, r.Place, r.Detail = kind, key, place, detail
	return r
}

// seen is the record of a commit that is a rewritten one, which a later one may
// be the rewritten form of.
func (l *ledger) seen(ch *change) Record {
	r := l.of(ch)
	r.Kind = kindSeen
	return r
}

// of is a record of a commit.
func (l *ledger) of(ch *change) Record {
	return Record{
		ID: ch.second, Commit: ch.commit.ID, When: ch.commit.Committer.When, Root: ch.class().root,
		Email: ch.email, Subject: ch.subject, Tree: ch.treeWitness(),
	}
}
