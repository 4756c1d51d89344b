//go:build race

package main

// detectsRaces: this is a program of go test -race.
const detectsRaces = true
