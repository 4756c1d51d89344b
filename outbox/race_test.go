//go:build race

package outbox

// crowd is how many processes come at once: the race detector sees one process
// only, and makes each of them several times as expensive.
const crowd = 12
