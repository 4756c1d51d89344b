-- +goose Up

-- who sends what waits, whoever pushed it: workers and deliver
CREATE TABLE sender(
	host    text NOT NULL,
	kind    text NOT NULL,
	seen_at bigint NOT NULL,
	PRIMARY KEY(host, kind)) WITHOUT ROWID;
