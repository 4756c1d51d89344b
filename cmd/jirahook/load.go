package main

import (
	"path/filepath"

	"jirahook/config"
)

const defaultConfigFile = "/etc/jirahook/config.yaml"

// mainConfig is the file that the upper layer is read from, and whether
// somebody named it, so that it must be there.
func (p *process) mainConfig() (file string, named bool) {
	if p.configFile != "" {
		return absolute(p.dir, p.configFile), true
	}
	if file, ok := p.getenv("JIRAHOOK_CONFIG"); ok && file != "" {
		return absolute(p.dir, file), true
	}
	return defaultConfigFile, false
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
	source := p.source(path, dir)
	source.MainRequired = p.configNamed()
	cfg, err = config.Load(source)
	if err != nil {
		return config.Loaded{}, source.Project, err
	}
	cfg.Config.Projects = p.knownProjects(cfg.Config)
	return cfg, source.Project, nil
}

func (p *process) configNamed() bool {
	_, named := p.mainConfig()
	return named
}
