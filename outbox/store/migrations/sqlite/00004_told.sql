-- +goose Up

-- what Jira was told of changes, by the second in which their author made them;
-- what ran also by the subject and by the beginning of the id of its commit.
-- Table record is of versions that knew no changes, and of what has no commit.
CREATE TABLE told(
	id        text NOT NULL,
	kind      text NOT NULL,
	issue     text NOT NULL,
	place     text NOT NULL,
	commit_id text NOT NULL,
	root      text NOT NULL,                       -- the change's first commit
	email     text NOT NULL,                       -- witnesses of what is the same change
	subject   text NOT NULL,
	tree      text NOT NULL,
	line      text NOT NULL,                       -- of a command
	made_at   bigint NOT NULL,
	detail    text NOT NULL,
	via       text NOT NULL,                       -- the comment's marker, the link's global id
	action    text NOT NULL,
	PRIMARY KEY(id, kind, issue, place, commit_id)) WITHOUT ROWID;
CREATE INDEX told_action ON told(action);
CREATE INDEX told_root ON told(root, kind, issue, place);

-- which keys are of one issue, as Jira said
CREATE TABLE issue(
	site     text NOT NULL,
	key      text NOT NULL,                        -- as it was written
	issue_id text NOT NULL,                        -- Jira's number
	seen_at  bigint NOT NULL,
	PRIMARY KEY(site, key)) WITHOUT ROWID;
CREATE INDEX issue_id ON issue(issue_id);
CREATE INDEX issue_seen ON issue(seen_at);
