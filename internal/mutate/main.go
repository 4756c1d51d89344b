// Mutate makes small changes to a package, one at a time, and runs tests against
// each: a change that no test notices shows what is not tested. It prints those
// that lived, and the score. The changed file is put over the real one by go's
// -overlay, so the working tree is never touched.
//
//	go run ./internal/mutate -n 100 ./plan
//	go run ./internal/mutate -n 100 -seed 7 -test './plan ./cmd/jirahook' ./plan -run 'Test(Golden|Scripts)'
//
// The tests are built once for each change. Those in the file that is named like
// the changed one are run first, and slow ones last; it ends with the first that
// fails. What stands behind the package are flags of go test. Changes that alter
// nothing anybody could see are listed with the reason in equivalent.txt and not
// tried. It ends with 1 when fewer died than -least asks for. When it is
// interrupted the score is of those that were tried.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

//go:embed equivalent.txt
var equivalents string

type options struct {
	number  int
	seed    uint64
	tests   []string
	pattern string // of the tests that are run; "": all
	// Flags for the tests, and for building them.
	testFlags, buildFlags []string

	timeout time.Duration
	least   float64
	list    bool
	out     io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o := options{out: out}
	flag := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flag.IntVar(&o.number, "n", 100, "how many changes to try, drawn by lot; 0: all")
	flag.Uint64Var(&o.seed, "seed", 1, "of the lot")
	tests := flag.String("test", "", "the packages whose tests are run; default: the package's own")
	flag.DurationVar(&o.timeout, "timeout", 0, "of one run of the tests; default: five times what they take unchanged, and half a minute")
	flag.Float64Var(&o.least, "least", 85, "per cent that must die")
	flag.BoolVar(&o.list, "list", false, "print the changes and try none")
	if err := flag.Parse(args); err != nil {
		return err
	}
	if flag.NArg() == 0 {
		return errors.New("usage: mutate [FLAGS] PACKAGE [FLAGS OF GO TEST]")
	}
	o.tests = strings.Fields(*tests)
	o.sort(flag.Args()[1:])
	if len(o.tests) == 0 {
		o.tests = []string{flag.Arg(0)}
	}
	p, err := load(ctx, flag.Arg(0))
	if err != nil {
		return err
	}
	all := p.mutants()
	lot := rand.New(rand.NewPCG(o.seed, 0))
	lot.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return try(ctx, p, all, o)
}

// try runs the tests against the mutants in their order, until enough were tried.
func try(ctx context.Context, p *source, all []mutant, o options) error {
	known := knownEquivalents(equivalents)
	t, err := newTrial(ctx, o)
	defer t.close()
	if err != nil {
		return err
	}
	if !o.list {
		took, err := t.unchanged(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(o.out, "%d places to change; unchanged the tests take %v\n", len(all), took.Round(time.Millisecond))
	}
	tried, died, equivalent := 0, 0, 0
	for _, m := range all {
		if o.number > 0 && tried == o.number {
			break
		}
		changed := p.changed(m)
		if !p.compiles(m.file, changed) {
			continue
		}
		if p.isAmong(known, m) {
			equivalent++
			continue
		}
		tried++
		if o.list {
			fmt.Fprintln(o.out, p.sight(m))
			continue
		}
		dead, err := t.dies(ctx, m.file, changed)
		if ctx.Err() != nil {
			tried-- // that one was not; the score is of those before it
			break
		}
		if err != nil {
			return err
		}
		if dead {
			died++
			continue
		}
		fmt.Fprintf(o.out, "lived: %s:%d (%s)\n%s", p.short(m.file), m.line, m.kind, p.diff(m))
	}
	if o.list || tried == 0 {
		return context.Cause(ctx)
	}
	score := 100 * float64(died) / float64(tried)
	fmt.Fprintf(o.out, "%s: %d of %d died, %.1f %%; %d more make no difference (equivalent.txt); seed %d\n", p.path, died, tried, score, equivalent, o.seed)
	if score < o.least {
		return fmt.Errorf("fewer than %g %% died", o.least)
	}
	return nil
}

// knownEquivalents reads equivalent.txt: lines as sight prints them, with a
// reason in the comment lines above.
func knownEquivalents(list string) map[string]bool {
	known := map[string]bool{}
	for line := range strings.Lines(list) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			known[line] = true
		}
	}
	return known
}

// isAmong: nothing may be left behind the arrow of its line.
func (p *source) isAmong(known map[string]bool, m mutant) bool {
	return known[strings.TrimSpace(p.sight(m))]
}

// changed is a file as the mutant has it.
func (p *source) changed(m mutant) []byte {
	src := p.files[m.file].text
	return bytes.Join([][]byte{src[:m.from], []byte(m.text), src[m.to:]}, nil)
}

// sight is a mutant in one line that stays the same while lines move.
func (p *source) sight(m mutant) string {
	before, after := p.lines(m)
	return fmt.Sprintf("%s: %s => %s", p.short(m.file), oneLine(before), oneLine(after))
}

func (p *source) diff(m mutant) string {
	before, after := p.lines(m)
	return "\t- " + oneLine(before) + "\n\t+ " + oneLine(after) + "\n"
}

// lines are the lines that a mutant changes, before and after.
func (p *source) lines(m mutant) (before, after string) {
	src := string(p.files[m.file].text)
	from := strings.LastIndexByte(src[:m.from], '\n') + 1
	to := len(src)
	if n := strings.IndexByte(src[m.to:], '\n'); n >= 0 {
		to = m.to + n
	}
	return src[from:to], src[from:m.from] + m.text + src[m.to:to]
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
