package main

// What a person can do, where the package that knows the trouble does not say
// it itself (jira/error.go does for Jira's).
const (
	adviceUser        = "su -s /bin/sh git -c 'jirahook doctor', with the account that runs the hooks in place of git"
	adviceEnvironment = "put what they say into /etc/jirahook/config.yaml (jira.ca_file for SSL_CERT_FILE, jira.auth.secret_file for a secret), or write --config into the hook's script"
	adviceConfig      = "jirahook config init prints a new one; $JIRAHOOK_CONFIG and --config name another file"
	adviceSecret      = "write the token, and nothing else, into that file; the account that runs the hooks must be able to read it, and nobody else"

	adviceOutbox   = "make it for the account that runs the hooks: install -d -m 0700 -o git DIR"
	adviceForeign  = "give them to the account that runs the hooks: chown -R --reference=DIR DIR"
	adviceFull     = "make room: pushes cannot be kept on a full disk"
	adviceNetwork  = "put outbox.dir on a local disk, or set outbox.database to a postgres:// address"
	adviceDatabase = "nothing: the next push or deliver sets the damaged file aside and begins a new one; then look at jirahook queue list"
	adviceOlder    = "nothing: the next push changes them"
	adviceNewer    = "install that version of jirahook, here too"
	advicePostgres = "look at outbox.database, and whether PostgreSQL runs"

	adviceSpool   = "jirahook deliver takes them in and sends them; a worker does it by itself. If they stay, jirahook.log says why"
	adviceBad     = "jirahook queue list says why; then jirahook queue retry ID, or drop"
	adviceHeld    = "jirahook queue show ID says what they would do; then jirahook queue release ID, or drop"
	adviceDead    = "jirahook queue list --state dead says why; then jirahook queue retry ID, or drop"
	adviceWaiting = "run jirahook worker as a service, or jirahook deliver from cron; jirahook queue list says what each waits for"
	advicePaused  = "jirahook queue resume when that is put right"

	adviceNoHook       = "jirahook install, or by hand: a script of two lines, #!/bin/sh and exec /usr/local/bin/jirahook post-receive, executable"
	adviceHookMode     = "chmod +x it, and let the account that runs the hooks reach its folders"
	adviceHookProgram  = "install jirahook there, or put its path right in the hook"
	adviceDispatcher   = "git runs only hooks/post-receive itself: let that run the files of post-receive.d (on Gitea: gitea admin regenerate hooks)"
	adviceOrder        = "give it a name that sorts after gitea, such as zz-jira: Gitea's own work then does not wait for Jira"
	adviceTwice        = "keep one of them: each push would be told twice as slowly"
	adviceHooksPath    = "git looks only in core.hooksPath: put the hook there"
	adviceGitolite     = "put the hook into $LOCAL_CODE/hooks/common/post-receive, then: gitolite setup --hooks-only"
	adviceGitolitePart = "gitolite's driver deletes such files at each compile unless they are in its configuration: option hook.post-receive"
	adviceGitaly       = "Gitaly does not run the folder hooks: put the hook into custom_hooks_dir/post-receive.d, or use gitaly hooks set"
	adviceStrays       = "Git servers run every executable file in such a folder, whatever its name: take backups out of it"

	adviceGraph  = "git -C REPOSITORY commit-graph write --reachable; git config --system gc.writeCommitGraph true, or git maintenance start, keeps it fresh"
	adviceUnborn = "git symbolic-ref HEAD refs/heads/BRANCH in the repository: closings count on the default branch"
	adviceEmpty  = "nothing: the first push makes it"

	adviceClock     = "let this host's clock be set by NTP: times of worklogs and what is too old depend on it"
	adviceRenew     = "renew Jira's certificate in time"
	adviceDNS       = "look at jira.url and at this host's DNS (/etc/resolv.conf)"
	adviceProxy     = "look at jira.proxy, or at https_proxy and no_proxy in the environment of the Git server"
	adviceScopes    = "give the token the scopes read:jira-work, write:jira-work and read:jira-user"
	adviceSite      = "set the id of this site in jira.api_url"
	adviceGroup     = "put the account into the group, or change mentions.visibility: Jira refuses comments for a group that their author is not in"
	adviceRole      = "give the account the role in the project, or change mentions.visibility: Jira refuses comments for a role that their author does not hold"
	adviceTracking  = "an administrator can switch time tracking on; else leave time out of smart_commits.commands"
	adviceLinking   = "an administrator can switch issue linking on; else set mentions.web_link: none and branches.web_link: false"
	adviceProject   = "give the account of jira.auth the permission Browse projects there, or put the key right: a project may have been renamed, or not been imported"
	adviceNoIssues  = "if they should be there: were they imported into another project, or are they hidden from the account by a security level?"
	advicePerm      = "give the account of jira.auth these permissions in the project's permission scheme"
	adviceResolved  = "Jira strikes such issues through. jirahook goes by the status and closes them all the same; let the workflow clear the resolution when it reopens"
	adviceSomeOpen  = "commits that close such issues are refused, and told to the pusher; change the workflow, the rule's from, or its to"
	adviceWorkflows = "look at transitions[].to and at the project's workflow; a transition that a condition hides from the account is not open to it"
)
