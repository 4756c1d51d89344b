package relay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"jirahook/config"
	"jirahook/outbox/spool"
)

// What one process has learnt of a Jira is kept beside the outbox for the next, a file
// for each: else every hook would have to ask before it says anything.

// maxCache is how much is read of such a file, in bytes.
const maxCache = 8 << 20

// CacheFiles are their names in the outbox's folder.
func CacheFiles(cfg config.Config) []string {
	var all []string
	for _, one := range cfg.Jiras() {
		all = append(all, projectsFile(one), siteFile(one), tokenFile(one), secretFile(one), limitsFile(one))
	}
	return all
}

// recall reads what is kept under a name beside the outbox; false: nothing is.
func recall(cfg config.Config, name string, into any) bool {
	data, err := spool.FolderAt(cfg.Outbox.Dir).ReadFile(name, maxCache)
	return err == nil && json.Unmarshal(data, into) == nil
}

// keep is for the next process. What cannot be kept will be found out again; a folder
// that cannot be written is the outbox's to complain of.
func keep(cfg config.Config, name string, what any) {
	if data, err := json.Marshal(what); err == nil {
		_ = spool.FolderAt(cfg.Outbox.Dir).ReplaceFile(name, data)
	}
}

// digest is a few bytes of a hash: nothing of a secret can be told from it.
func digest(bytes int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:bytes])
}
