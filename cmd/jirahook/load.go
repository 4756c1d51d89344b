package main

import (
	"path/filepath"

	"jirahook/config"
)

const defaultConfigFile = "/etc/jirahook/config.yaml"

// place is where the configuration lies: in the file of --config, of the
// environment, or where everybody looks.
func (p *process) place() config.Place {
	at := config.Place{Main: defaultConfigFile, Dir: p.dir}
	if p.configFile != "" {
		at.Main, at.Named = absolute(p.dir, p.configFile), true
	} else if file, ok := p.getenv("JIRAHOOK_CONFIG"); ok && file != "" {
		at.Main, at.Named = absolute(p.dir, file), true
	}
	return at
}

func absolute(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

// load reads the configuration for a repository. path is the project's path as
// the server names it; "" means that the server does not, and it is told from
// the folder. It returns the path that it used.
func (p *process) load(path, dir string) (cfg config.Loaded, project string, err error) {
	at := p.place()
	source := at.Source(path, dir)
	source.MainRequired = at.Named
	cfg, err = config.Load(source)
	if err != nil {
		return config.Loaded{}, source.Project, err
	}
	cfg.Config.Projects = p.knownProjects(cfg.Config)
	return cfg, source.Project, nil
}
