//go:build !race

package main

// detectsRaces: this is no program of go test -race.
const detectsRaces = false
