package dataset_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chaping/classifier"
	"chaping/internal/correction"
	"chaping/internal/dataset"
	"chaping/internal/orders"
	"chaping/internal/pipeline"
	"chaping/internal/review"
)

// killed tells this test binary to import in a loop until it is killed.
const killed = "CHAPING_TEST_IMPORT_UNTIL_KILLED"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" {
		for i := 0; ; i++ {
			name := fmt.Sprint(os.Getpid(), "-", i)
			if err := importOne(dir, name, 50, followed("shared", name)); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
	os.Exit(m.Run())
}

func annotation(id string) *pipeline.Annotation {
	r := &review.Record{ID: id, Text: "太酸了 " + id, Star: 2, Time: time.Date(2026, 5, 1, 10, 0, 0, 0, review.Shanghai), Source: review.Source{File: "f", Row: 3}}
	return &pipeline.Annotation{ID: id, Lexicon: "abc", Record: r, Result: classifier.Result{
		Labels: []string{"product.taste"}, Hits: []classifier.Hit{{Category: "product.taste", Rule: "r", Text: "太酸", Start: 0, End: 2}}, Suppressed: []classifier.Suppressed{},
	}}
}

// importOne makes an import of n reviews that all belong to it, of others, and of an order.
func importOne(dir, name string, n int, others ...*pipeline.Annotation) (err error) {
	d, err := dataset.Open(dir, dataset.Write)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	files := []dataset.Import{{Name: name, SHA256: name}}
	im, err := d.Begin(files)
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := add(im, annotation(fmt.Sprint(name, "/", i))); err != nil {
			return errors.Join(err, im.Abandon())
		}
	}
	for _, a := range others {
		if _, err := add(im, a); err != nil {
			return errors.Join(err, im.Abandon())
		}
	}
	im.AddOrders(func(see func(*orders.Line) error) error {
		return see(&orders.Line{Order: orders.Digest(name), Courier: "圆通"})
	}, files)
	_, err = im.Commit(files)
	return err
}

func open(t *testing.T, dir string, mode dataset.Mode) *dataset.Dir {
	t.Helper()
	d, err := dataset.Open(dir, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func ids(t *testing.T, d *dataset.Dir) []string {
	t.Helper()
	var out []string
	if err := d.Each(func(r *dataset.Review) error { out = append(out, r.ID); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	if err := importOne(dir, "x", 3); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir, dataset.Read)
	err := d.Each(func(r *dataset.Review) error {
		want := annotation(r.ID)
		if r.Record.Text != want.Record.Text || !r.Record.Time.Equal(want.Record.Time) || r.Hits[0] != want.Hits[0] || r.Record.Source != want.Record.Source || r.Key == "" || r.Lexicon != "abc" {
			t.Errorf("kept as %+v, record %+v", r, r.Record)
		}
		return nil
	})
	if err != nil || d.Rows() != 3 {
		t.Errorf("%d rows, %v", d.Rows(), err)
	}
	if _, err := d.Begin(nil); err == nil {
		t.Error("an import into a dataset opened for reading begins")
	}
}

// TestTwice imports the same review again, in the same file and in another.
func TestTwice(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if err := importOne(dir, "x", 3); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, dir, dataset.Write)
	if d.Rows() != 3 || !d.Imported("x") || d.Imported("y") {
		t.Errorf("%d rows after importing twice", d.Rows())
	}
	im, err := d.Begin(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []int{1, 2, 1} { // without an identity the place decides
		a := annotation("")
		a.Record.Source.Row = row
		if added, err := add(im, a); err != nil || added != (row == 2 || im.Known == 0) {
			t.Errorf("row %d: added %v, %v", row, added, err)
		}
	}
	if err := im.Abandon(); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(filepath.Join(dir, "segments")); len(entries) != 2 {
		t.Errorf("an abandoned import leaves %v", entries)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	w := open(t, dir, dataset.Write)
	for _, mode := range []dataset.Mode{dataset.Read, dataset.Write} {
		if _, err := dataset.Open(dir, mode); !errors.Is(err, dataset.ErrInUse) {
			t.Errorf("mode %d beside a writer: %v", mode, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, dataset.Read)
	open(t, dir, dataset.Read)
	if _, err := dataset.Open(dir, dataset.Write); !errors.Is(err, dataset.ErrInUse) {
		t.Errorf("a writer beside readers: %v", err)
	}
	if _, err := dataset.Open(filepath.Join(dir, "none"), dataset.Read); err == nil || !strings.Contains(err.Error(), "chaping import") {
		t.Errorf("no dataset: %v", err)
	}
}

func TestRelabel(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"x", "y"} {
		if err := importOne(dir, name, 2); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, dir, dataset.Write)
	before := ids(t, d)
	label := func(r *dataset.Review) error { r.Labels = []string{"product.quality"}; return nil }
	fail := errors.New("fail")
	if err := d.Relabel(false, "food", func(*dataset.Review) error { return fail }, nil); !errors.Is(err, fail) {
		t.Errorf("error is %v", err)
	}
	for _, dry := range []bool{true, false} {
		if err := d.Relabel(dry, "food", label, nil); err != nil {
			t.Fatal(err)
		}
		changed := 0
		if err := d.Each(func(r *dataset.Review) error {
			if r.Labels[0] == "product.quality" {
				changed++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if dry && changed != 0 || !dry && changed != 4 {
			t.Errorf("dry %v: %d reviews changed", dry, changed)
		}
	}
	if !slices.Equal(ids(t, d), before) || !d.Imported("y") {
		t.Error("relabelling loses reviews or files")
	}
}

// TestKilled kills importers at any moment: the dataset opens and has imports
// whole or not at all.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a process twenty times")
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killed+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(5+r.IntN(60)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait() // it was killed
		d, err := dataset.Open(dir, dataset.Write)
		if err != nil {
			t.Fatalf("after a kill: %v", err)
		}
		whole := map[string]int{}
		var last string
		var shared []string // follow-ups of the review that each import updates
		err = d.Each(func(r *dataset.Review) error {
			if r.ID == "shared" {
				shared = append(shared, r.Record.FollowUp)
				return nil
			}
			last, _, _ = strings.Cut(r.ID, "/")
			whole[last]++
			return nil
		})
		if err != nil || len(whole) > 0 && !slices.Equal(shared, []string{last}) {
			t.Errorf("after the import %s the review that all update has the follow-ups %q, %v", last, shared, err)
		}
		for name, n := range whole {
			if n != 50 {
				t.Errorf("import %s has %d of 50 reviews", name, n)
			}
		}
		if len(whole) != len(d.Segments()) {
			t.Errorf("%d imports in %d segments", len(whole), len(d.Segments()))
		}
		entries, err := os.ReadDir(filepath.Join(dir, "segments"))
		if err != nil || len(entries) != len(d.Segments()) {
			t.Errorf("%d files for %d segments, %v", len(entries), len(d.Segments()), err)
		}
		if shipped, err := d.Shipped(); err != nil || shipped == nil && len(whole) > 0 || shipped != nil && shipped.Orders() != len(whole) {
			t.Errorf("orders of %d imports: %+v, %v", len(whole), shipped, err)
		}
		if entries, err := os.ReadDir(filepath.Join(dir, "orders")); err == nil && len(entries) != min(1, len(whole)) {
			t.Errorf("after %d imports there are %d files of orders", len(whole), len(entries))
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFlippedByte changes a byte of each file in turn: it is said, never passed over.
func TestFlippedByte(t *testing.T) {
	dir := t.TempDir()
	if err := importOne(dir, "x", 20); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dataset.json", filepath.Join("segments", "000002.parquet"), filepath.Join("orders", "000001.parquet")} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(good)-1; at += max(1, len(good)/37) { // the last byte of the manifest is a line end
			bad := slices.Clone(good)
			bad[at] ^= 1
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			d, err := dataset.Open(dir, dataset.Read)
			if err == nil {
				_, damaged := d.Shipped()
				err = errors.Join(d.Each(func(*dataset.Review) error { return nil }), damaged)
				if found := d.Verify(); (len(found) > 0) != (err != nil) {
					t.Errorf("%s with byte %d flipped: verifying finds %v, reading %v", name, at, found, err)
				}
				err = errors.Join(err, d.Close())
			}
			if err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("%s with byte %d flipped: %v", name, at, err)
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCorrections wins over the classifier, and over relabelling.
func TestCorrections(t *testing.T) {
	dir := t.TempDir()
	if err := importOne(dir, "x", 2); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir, dataset.Write)
	first, err := d.At(d.Segments()[0].Name, 0)
	if err != nil {
		t.Fatal(err)
	}
	added, err := d.Correct(correction.Correction{Key: first.Key, Action: correction.Remove, Category: "product.taste"}, correction.Correction{Key: first.Key, Action: correction.Add, Category: "product.date"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Relabel(false, "food", func(r *dataset.Review) error {
		if r.Labels[0] != "product.taste" {
			t.Errorf("relabelling sees corrected labels: %q", r.Labels)
		}
		return nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir, dataset.Write)
	labels := func() string {
		r, err := d.At(d.Segments()[0].Name, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(r.Labels, len(r.Hits), len(r.Suppressed), r.Corrected)
	}
	if got := labels(); got != "[product.date] 0 1 true" {
		t.Errorf("after reopening: %s", got)
	}
	if _, err := d.UndoCorrection(added[0].Seq); err != nil {
		t.Fatal(err)
	}
	if got := labels(); got != "[product.taste product.date] 1 0 true" {
		t.Errorf("after undoing: %s", got)
	}
	if list := d.Corrections(); len(list) != 1 || list[0].Action != correction.Add {
		t.Errorf("corrections are %+v", list)
	}
	if _, err := d.At("x", 0); err == nil {
		t.Error("an unknown place has a review")
	}
}

// TestCorrectionsOfFollowUp goes through both texts of a review.
func TestCorrectionsOfFollowUp(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, dataset.Write)
	a := annotation("x")
	a.Record.FollowUp = "烂了，太酸"
	a.FollowUp = &pipeline.FollowUp{Result: classifier.Result{
		Labels: []string{"product.taste", "product.quality"}, Hits: []classifier.Hit{{Category: "product.quality", Rule: "q", Text: "烂了", Start: 0, End: 2}, {Category: "product.taste", Rule: "r", Text: "太酸", Start: 3, End: 5}},
		Suppressed: []classifier.Suppressed{},
	}}
	add := func() (added bool) {
		im, err := d.Begin(nil)
		if err != nil {
			t.Fatal(err)
		}
		if added, err = add(im, a); err != nil {
			t.Fatal(err)
		}
		if _, err := im.Commit(nil); err != nil {
			t.Fatal(err)
		}
		return added
	}
	if !add() {
		t.Fatal("not added")
	}
	labels := func() string {
		r, err := d.At("000001.parquet", 0)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(r.Labels, r.FollowUp.Labels, len(r.Hits), len(r.FollowUp.Hits), r.Template, len(r.Corrections))
	}
	first, err := d.At("000001.parquet", 0)
	if err != nil {
		t.Fatal(err)
	}
	c := func(action correction.Action, category string) correction.Correction {
		return correction.Correction{Key: first.Key, Action: action, Category: category}
	}
	for _, tc := range []struct {
		list []correction.Correction
		want string
	}{
		{nil, "[product.taste] [product.taste product.quality] 1 2 false 0"},
		{[]correction.Correction{c(correction.Remove, "product.taste")}, "[] [product.quality] 0 1 false 1"},
		{[]correction.Correction{{Key: first.Key, Action: correction.Remove, Category: "product.taste", Part: correction.Text}}, "[] [product.taste product.quality] 0 2 false 1"},
		{[]correction.Correction{{Key: first.Key, Action: correction.Remove, Category: "product.taste", Part: correction.FollowUp}}, "[product.taste] [product.quality] 1 1 false 1"},
		{[]correction.Correction{c(correction.Remove, "product.quality"), c(correction.Add, "product.date")}, "[product.taste product.date] [product.taste] 1 1 false 2"},
		{[]correction.Correction{c(correction.Template, ""), c(correction.Skip, "")}, "[] [] 0 0 true 2"},
		{[]correction.Correction{{Key: first.Key, Action: correction.Accept, Before: []string{"product.taste"}}, c(correction.Skip, "")}, "[product.taste] [] 1 0 false 2"},
	} {
		var batch uint64
		if tc.list != nil {
			added, err := d.Correct(tc.list...)
			if err != nil {
				t.Fatal(err)
			}
			batch = added[0].Batch
		}
		if got := labels(); got != tc.want {
			t.Errorf("after %+v: %s, want %s", tc.list, got, tc.want)
		}
		if add() { // the same review again changes nothing
			t.Error("the review is new")
		}
		if got := labels(); got != tc.want {
			t.Errorf("after importing again: %s, want %s", got, tc.want)
		}
		if batch != 0 {
			if undone, err := d.UndoCorrections(batch); err != nil || len(undone) != len(tc.list) {
				t.Errorf("undone %+v, %v", undone, err)
			}
		} else if list := d.Corrections(); len(list) > 0 {
			if _, err := d.UndoCorrection(list[0].Seq); err != nil {
				t.Error(err)
			}
		}
		if len(d.Corrections()) > 0 {
			t.Errorf("left are %+v", d.Corrections())
		}
	}
}

// TestHalfMadeCorrections is what a kill leaves before the first act.
func TestHalfMadeCorrections(t *testing.T) {
	dir := t.TempDir()
	if err := importOne(dir, "x", 1); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "corrections.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []dataset.Mode{dataset.Read, dataset.Write, dataset.Read} {
		d, err := dataset.Open(dir, mode)
		if err != nil {
			t.Fatal(err)
		}
		if list := d.Corrections(); len(list) != 0 {
			t.Errorf("mode %d: %+v", mode, list)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPick reads some reviews, few one by one and many in one go, with what people said of them.
func TestPick(t *testing.T) {
	dir := t.TempDir()
	for name, n := range map[string]int{"x": 700, "y": 3} {
		if err := importOne(dir, name, n); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, dir, dataset.Write)
	var all []*dataset.Review
	if err := d.Each(func(r *dataset.Review) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Correct(correction.Correction{Key: all[5].Key, Action: correction.Remove, Category: "product.taste"}); err != nil {
		t.Fatal(err)
	}
	for _, wanted := range [][]int{{}, {5}, {5, 699}, {1, 2, 5, 400, 702}, {702, 0, 5}} {
		var places []dataset.Place
		for _, i := range wanted {
			places = append(places, dataset.Place{Segment: all[i].Segment, Index: all[i].Index})
		}
		var got []string
		err := d.Pick(places, func(r *dataset.Review) error {
			got = append(got, r.ID)
			if corrected := r.Key == all[5].Key; r.Corrected != corrected || corrected != (len(r.Labels) == 0) {
				t.Errorf("%s has the labels %q", r.ID, r.Labels)
			}
			return nil
		})
		slices.Sort(wanted)
		var want []string
		for _, i := range wanted {
			want = append(want, all[i].ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("picked %q, %v, want %q", got, err, want)
		}
	}
	if err := d.Pick([]dataset.Place{{Segment: "none"}}, func(*dataset.Review) error { return nil }); err == nil {
		t.Error("an unknown segment has reviews")
	}
}

// add adds a review to an import.
func add(im *dataset.Importer, a *pipeline.Annotation) (bool, error) {
	p, err := im.Prepare(a)
	if err != nil {
		return false, err
	}
	return im.Add(p)
}
