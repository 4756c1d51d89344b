# Into /etc/gitlab/gitlab.rb on each Gitaly node, then: gitlab-ctl reconfigure,
# and: jirahook install --server gitlab
gitaly['configuration'] = {
  hooks: {
    custom_hooks_dir: '/var/opt/gitlab/gitaly/custom_hooks'
  }
}
