package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestRun(t *testing.T) {
	stop := make(chan os.Signal, 1)
	r, w := io.Pipe()
	code := make(chan int)
	go func() {
		code <- run([]string{"-addr", "127.0.0.1:0", "-flavour", "DC10", "-context", "/jira"}, w, io.Discard, stop)
		w.Close()
	}()
	buffer := make([]byte, 1<<12)
	n, err := r.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	url := regexp.MustCompile(`http://\S+`).FindString(string(buffer[:n]))
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != 200 || !strings.Contains(string(page), "SHOP-12") {
		t.Errorf("%s: %d", url, res.StatusCode)
	}
	stop <- syscall.SIGTERM
	if n := <-code; n != 0 {
		t.Errorf("exit code %d", n)
	}
}

func TestRunMistakes(t *testing.T) {
	for args, want := range map[string]int{"-flavour jira5": 2, "-nothing": 2, "-addr 127.0.0.1:http-": 1} {
		var text strings.Builder
		if got := run(strings.Fields(args), io.Discard, &text, nil); got != want || text.Len() == 0 {
			t.Errorf("%s: %d %q", args, got, text.String())
		}
	}
}
