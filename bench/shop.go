package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// The question: how long do the commands take on a shop of so many reviews, and in what memory? The shop is that of
// chaping demo; the number of reviews in its first planted cell, 圆通 in 华中, is known beforehand, and every analysis
// must find it.

// shop is a demo shop and the program that is measured with it.
type shop struct {
	folder, program string
	reviews         int
	truth           struct {
		Planted []struct {
			Reviews, Count int
		}
	}
}

// spent is what a run of the program took.
type spent struct {
	wall, cpu time.Duration
	memory    int64 // the most that was resident, bytes
}

func shopTable(out io.Writer, reviews, rounds int) (err error) {
	s := &shop{reviews: reviews}
	if s.folder, err = os.MkdirTemp("", "chaping-shop-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.folder)) }()
	s.program = filepath.Join(s.folder, "chaping")
	build := exec.Command("go", "build", "-o", s.program, "./cmd/chaping")
	build.Dir, build.Stderr = "..", os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s; a shop of %d reviews; analyses are medians of %d rounds\n\n", machine(), reviews, rounds)
	table := newTable(out)
	fmt.Fprintln(table, "command\twall s\tCPU s\tMB")
	row := func(name string, times []spent) {
		var wall, cpu, memory []float64
		for _, t := range times {
			wall, cpu, memory = append(wall, t.wall.Seconds()), append(cpu, t.cpu.Seconds()), append(memory, float64(t.memory)/1e6)
		}
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.0f\n", name, median(wall), median(cpu), median(memory))
	}
	for _, step := range []struct {
		name string
		args []string
	}{
		{"demo", []string{"demo", "--reviews", strconv.Itoa(reviews), "-o", "demo"}},
		{"import", []string{"import", "--data", "shop", "--industry", "food", "--orders", "demo/orders.csv", "demo/reviews.csv"}},
	} {
		_, t, err := s.run(step.args...)
		if err != nil {
			return err
		}
		row(step.name, []spent{t})
	}
	truth, err := os.ReadFile(filepath.Join(s.folder, "demo", "truth.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(truth, &s.truth); err != nil {
		return err
	}
	for _, a := range []struct {
		name  string
		args  []string
		check func(output []byte) error
	}{
		{"crosstab, three dimensions", []string{"crosstab", "--by", "category,courier,region", "--format", "json"}, s.checkTable},
		{"dsr, all impacts", []string{"dsr", "--format", "json"}, s.checkScores},
		{"report, a page", []string{"report", "-o", "report.html"}, s.checkReport},
	} {
		var times []spent
		for range rounds {
			output, t, err := s.run(append(a.args, "--data", "shop", "--industry", "food")...)
			if err != nil {
				return err
			}
			if err := a.check(output); err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
			times = append(times, t)
		}
		row(a.name, times)
	}
	return table.Flush()
}

// run runs the program in the folder.
func (s *shop) run(args ...string) (output []byte, t spent, err error) {
	cmd := exec.Command(s.program, args...)
	cmd.Dir = s.folder
	start := time.Now()
	output, err = cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("chaping %q: %w\n%s", args, err, exit.Stderr)
		}
		return nil, t, err
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return output, spent{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss * 1024}, nil
}

// checkTable looks for the planted cell: more orders than reviews, and nearly all its problems.
func (s *shop) checkTable(output []byte) error {
	var got struct {
		Cells []struct {
			Key         map[string]string
			Count, Base int
			Significant bool
		}
	}
	if err := json.Unmarshal(output, &got); err != nil {
		return err
	}
	want := s.truth.Planted[0]
	for _, c := range got.Cells {
		if c.Key["category"] != "courier.damage" || c.Key["courier"] != "圆通" || c.Key["region"] != "华中" {
			continue
		}
		if missed := float64(want.Count-c.Count) / float64(want.Count); c.Base <= want.Reviews || missed < -0.1 || missed > 0.1 || !c.Significant {
			return fmt.Errorf("the planted cell is %+v, want about %d of more orders than %d", c, want.Count, want.Reviews)
		}
		return nil
	}
	return errors.New("the planted cell is missing")
}

// checkScores checks that half a year of ratings is there, and that the planted product costs most in its score.
func (s *shop) checkScores(output []byte) error {
	var got struct {
		Dimensions map[string]struct{ N int }
		Impact     []struct {
			Key       map[string]string
			Dimension string
		}
	}
	if err := json.Unmarshal(output, &got); err != nil {
		return err
	}
	if n := got.Dimensions["D"].N; n < s.reviews*2/5 || n > s.reviews*3/5 {
		return fmt.Errorf("%d of %d ratings in half a year", n, s.reviews)
	}
	for _, im := range got.Impact {
		if im.Dimension == "D" && im.Key["product"] != "" && im.Key["category"] != "" {
			if im.Key["product"] != "阳山水蜜桃现摘现发" || im.Key["category"] != "product.taste" {
				return fmt.Errorf("%v costs most", im.Key)
			}
			return nil
		}
	}
	return errors.New("no impact of a product's problem")
}

// checkReport looks for the report's page.
func (s *shop) checkReport([]byte) error {
	page, err := os.ReadFile(filepath.Join(s.folder, "report.html"))
	if err == nil && len(page) < 20_000 {
		err = fmt.Errorf("the page has %d bytes only", len(page))
	}
	return err
}
