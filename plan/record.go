package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

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

// change is a commit across rewriting: rebase, amend, reword and cherry-pick
// give it a new id, but keep its author's e-mail and date. Commits of one push
// that share both (scripts make several in a second) are told apart by subject.
type change struct {
	commit push.Commit
	author string // e-mail and date
	exact  string // and subject
	shared bool   // another commit of this push has the same author and date
}

// changesOf gives the change of each commit, by commit id.
func changesOf(commits []push.Commit, subject func(push.Commit) string) map[string]change {
	first := map[string]string{}
	shared := map[string]bool{}
	all := make(map[string]change, len(commits))
	for _, c := range commits {
		author := strings.ToLower(c.Author.Email) + " " + c.Author.When.UTC().Format(time.RFC3339)
		ch := change{commit: c, author: author, exact: author + " " + subject(c)}
		if before, ok := first[author]; ok && before != ch.exact {
			shared[author] = true
		}
		first[author] = ch.exact
		all[c.ID] = ch
	}
	for id, ch := range all {
		ch.shared = shared[ch.author]
		all[id] = ch
	}
	return all
}

// ledger answers what is on record, remembers what was asked, and takes in
// what this plan itself adds, so that a push does not repeat itself either.
type ledger struct {
	site    string
	known   map[string][]Record
	added   map[string][]Record
	asked   map[string]bool
	order   []string
	history *history
}

func newLedger(site string, known map[string][]Record, h *history) *ledger {
	return &ledger{site: site, known: known, added: map[string][]Record{}, asked: map[string]bool{}, history: h}
}

func (l *ledger) id(kind, issue string, parts ...string) string {
	return idOf(append([]string{l.site, issue, kind}, parts...)...)
}

func (l *ledger) find(id string) []Record {
	if !l.asked[id] {
		l.asked[id] = true
		l.order = append(l.order, id)
	}
	if more := l.added[id]; len(more) > 0 {
		return append(append([]Record(nil), l.known[id]...), more...)
	}
	return l.known[id]
}

func (l *ledger) add(records []Record) {
	for _, r := range records {
		l.added[r.ID] = append(l.added[r.ID], r)
	}
}

// done looks for a record of this kind for the change; place tells several
// commands of one commit apart.
func (l *ledger) done(kind, issue string, ch change, place string) (Record, bool) {
	exact := l.find(l.id(kind, issue, ch.exact, place))
	author := l.find(l.id(kind, issue, ch.author, place))
	for _, r := range exact {
		if !l.history.distinct(r.Commit, ch.commit) {
			return r, true
		}
	}
	if ch.shared {
		return Record{}, false
	}
	for _, r := range author {
		if !l.history.isAncestor(r.Commit, ch.commit.ID) {
			return r, true
		}
	}
	return Record{}, false
}

// records are what done will find later: for this change as it is, and when its
// subject has changed.
func (l *ledger) records(kind, issue string, ch change, place, detail string) []Record {
	r := Record{Commit: ch.commit.ID, When: ch.commit.Committer.When, Detail: detail}
	exact, author := r, r
	exact.ID = l.id(kind, issue, ch.exact, place)
	author.ID = l.id(kind, issue, ch.author, place)
	return []Record{exact, author}
}
