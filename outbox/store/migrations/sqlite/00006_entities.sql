-- +goose Up

-- the issues of actions that are for several
CREATE TABLE concern(
	action text NOT NULL,
	issue  text NOT NULL,
	PRIMARY KEY(action, issue)) WITHOUT ROWID;
CREATE INDEX concern_issue ON concern(issue);

-- what issues have on the Git server: commits, branches, merge requests, tags
CREATE TABLE entity(
	site       text NOT NULL,
	issue      text NOT NULL,                     -- the key as it was written
	repository text NOT NULL,
	kind       text NOT NULL,
	name       text NOT NULL,
	title      text NOT NULL,
	url        text NOT NULL,
	author     text NOT NULL,
	state      text NOT NULL,                     -- open, merged, deleted; '' of a commit that is there
	at         bigint NOT NULL,                   -- since when
	PRIMARY KEY(repository, kind, name, site, issue)) WITHOUT ROWID;
CREATE INDEX entity_issue ON entity(site, issue, kind, at);
CREATE INDEX entity_at ON entity(at);
