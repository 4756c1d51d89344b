package config

import "testing"

func TestPathBelow(t *testing.T) {
	tests := []struct{ root, dir, want string }{
		{"", "/srv/git/team/app.git", "app"},
		{"/srv/git", "/srv/git/team/app.git", "team/app"},
		{"/srv/git/", "/srv/git/app.git", "app"},
		{"/other", "/srv/git/team/app.git", "app"},
		{"/srv", "/srv", "srv"},
		{"", "/srv/work/.git", "work"},
		{"/srv/git", "/srv/git/work/.git", "work"},
		{"/srv/git", "/srv/app.git", "app"},
		{"/srv/git", "app.git", "app"},
	}
	for _, tt := range tests {
		if got := PathBelow(tt.root, tt.dir); got != tt.want {
			t.Errorf("PathBelow(%q, %q) = %q, want %q", tt.root, tt.dir, got, tt.want)
		}
	}
}
