package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"jirahook/config"
	"jirahook/outbox/spool"
)

// identity is who a process runs as.
type identity struct {
	uid, gid   int
	groups     []int
	name, home string // "": there is no such account
}

// identityOf is an account as a login would make it. An id without an account,
// as in a container, has the group of the folder.
func identityOf(uid, gid int) identity {
	who := identity{uid: uid, gid: gid, groups: []int{gid}, name: spool.AccountName(uid)}
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return who
	}
	who.home = u.HomeDir
	if id, err := strconv.Atoi(u.Gid); err == nil {
		who.gid, who.groups = id, []int{id}
	}
	ids, _ := u.GroupIds() // without them it may read less
	for _, s := range ids {
		if id, err := strconv.Atoi(s); err == nil && id != who.gid {
			who.groups = append(who.groups, id)
		}
	}
	return who
}

// accountName is as whom this runs.
func accountName() string { return spool.AccountName(os.Geteuid()) }

// become makes all of this process somebody else, for good (setresuid(2)).
func become(who identity) error {
	if err := syscall.Setgroups(who.groups); err != nil {
		return fmt.Errorf("setgroups: %w", err)
	}
	if err := syscall.Setresgid(who.gid, who.gid, who.gid); err != nil {
		return fmt.Errorf("setresgid: %w", err)
	}
	if err := syscall.Setresuid(who.uid, who.uid, who.uid); err != nil {
		return fmt.Errorf("setresuid: %w", err)
	}
	if who.home == "" {
		return nil
	}
	// What libraries look for at home, such as PostgreSQL's password file.
	return errors.Join(os.Setenv("HOME", who.home), os.Setenv("USER", who.name), os.Setenv("LOGNAME", who.name))
}

// becomeOwner makes a process that runs as root one of the account that an
// outbox belongs to, before it touches what is in there. That account lays out
// what lies in it, and could use whatever root may do beyond it; and what root
// would leave there it could not use. It reports whether anything has changed.
func (p *process) becomeOwner(dir string) (changed bool, err error) {
	if p.become == nil || os.Geteuid() != 0 {
		return false, nil
	}
	uid, gid, err := spool.FolderAt(dir).Owner()
	switch {
	case err != nil:
		return false, fmt.Errorf("look whose the outbox is: %w", err)
	case uid == 0:
		return false, nil
	}
	who := identityOf(uid, gid)
	if err := p.become(who); err != nil {
		return false, fmt.Errorf("this runs as root and cannot become %s, to whom %s belongs: %w; run it as %[1]s", who.name, dir, err)
	}
	if who.home != "" {
		p.environ = append(p.environ, "HOME="+who.home, "USER="+who.name, "LOGNAME="+who.name) // the last one counts
	}
	p.became = dir
	return true, nil
}

// ownConfig is the upper configuration, as read by the account that the outbox
// belongs to: see becomeOwner.
func (p *process) ownConfig() (config.Config, error) {
	cfg, err := p.place().Upper()
	if err != nil {
		return cfg, err
	}
	changed, err := p.becomeOwner(cfg.Outbox.Dir)
	if err != nil {
		return cfg, unreachable(err)
	}
	if !changed {
		return cfg, nil
	}
	if cfg, err = p.place().Upper(); err != nil {
		return cfg, p.asOwner(err)
	}
	return cfg, nil
}

// asOwner adds to an error as whom this goes on, if that has changed.
func (p *process) asOwner(err error) error {
	if p.became == "" {
		return err
	}
	return fmt.Errorf("as %s, to whom %s belongs: %w", accountName(), p.became, err)
}

// checkSecret is for those who send: started as root, they find out at once that
// the outbox's account cannot read the secret.
func (p *process) checkSecret(cfg config.Config) error {
	if p.became == "" {
		return nil // the queue will say so
	}
	// Of one Jira among several whose secret cannot be read the queue says so, and the
	// others are told all the same.
	if secrets, err := cfg.Secrets(p.getenv); len(secrets) == 0 {
		return unreachable(p.asOwner(err))
	}
	return nil
}
