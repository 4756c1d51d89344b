//go:build !race

package outbox

// crowd is how many processes come at once.
const crowd = 50
