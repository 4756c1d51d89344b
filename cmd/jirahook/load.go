package main

import (
	"os"

	"jirahook/config"
	"jirahook/relay"
)

const defaultConfigFile = "/etc/jirahook/config.yaml"

// place is where the configuration lies: in the file of --config, of the
// environment, or where everybody looks.
func (p *process) place() config.Place {
	at := config.Place{Main: defaultConfigFile, Dir: p.dir}
	if p.configFile != "" {
		at.Main, at.Named = config.Absolute(p.dir, p.configFile), true
	} else if file, ok := p.getenv("JIRAHOOK_CONFIG"); ok && file != "" {
		at.Main, at.Named = config.Absolute(p.dir, file), true
	}
	return at
}

// relay is what hook, worker and commands have in common, in this process.
func (p *process) relay() *relay.Relay {
	host, _ := os.Hostname() // without it nobody learns which machine sends
	return &relay.Relay{Place: p.place(), Getenv: p.getenv, Proxy: p.proxies(), Now: p.now, Host: host, Version: version()}
}
