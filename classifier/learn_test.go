package classifier

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"chaping/lexicon"
)

var update = flag.Bool("update", false, "learn lexicon/data/*.weights anew from the shared corpora")

// TestLearn learns the weights: `go test ./classifier -run TestLearn -update -timeout 1h`.
//
// Two linear support-vector machines a category are fitted on n-grams: one on
// the whole texts of labelled reviews, one on the clauses of these and of
// unlabelled ones, where what a rule matched is the label. How far both are to
// be trusted where no rule matches is fitted by logistic regression on the
// labelled reviews, each with the matches that it would have if the rules had
// been written without it: patterns that match no other labelled review are
// left out, since the rules were written with these reviews in view.
func TestLearn(t *testing.T) {
	if !*update {
		t.Skip("-update learns")
	}
	st := newStudy(t)
	learned := make([]lesson, len(st.categories))
	var group sync.WaitGroup
	for worker := range 2 {
		group.Go(func() {
			for i := worker; i < len(learned); i += 2 {
				learned[i] = st.learn(i)
			}
		})
	}
	group.Wait()
	trust := st.calibrate(learned)
	for i, industry := range taught {
		data := st.encode(i, learned, trust)
		if err := os.WriteFile(filepath.Join("../lexicon/data", industry+".weights"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", industry, len(data))
	}
}

// taught are the industries that weights are learned for.
var taught = []string{"beauty", "electronics", "food", "mother_baby"}

const (
	folds          = 3   // of which one is scored by what the others taught
	rareGram       = 4   // n-grams that stand fewer times in clauses are left out
	rareCategory   = 40  // categories with fewer labels are left out
	sure           = 0.6 // the probability from which on a category is found
	unlabelledCost = 0.5 // of a mistake in an unlabelled clause
	cost           = 0.5 // of a mistake, against the length of the weights
	epochs         = 20  // of the fit
)

// study has what is learned from.
type study struct {
	engines    map[string]*engine
	categories []string
	gramIDs    map[uint64]int32
	texts      []sample // the labelled reviews
	clauses    []sample // theirs first
	review     []int    // of each labelled clause, into texts
}

// sample is a text or a clause.
type sample struct {
	industry int
	fold     int // -1 where there is no label
	chars    int
	raw      []uint64 // n-grams
	grams    []int32  // those that are not rare
	labels   map[string]bool
	doubtful map[string]bool // labels of the review that no match explains: the clause may be what they are about
	// of a text:
	found    map[string]bool // categories that the rules would find without having seen it
	complain bool
	// of a clause:
	explained bool // a match would explain it
}

func newStudy(t *testing.T) *study {
	t.Helper()
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	st := &study{engines: map[string]*engine{}, gramIDs: map[uint64]int32{}}
	for _, id := range taught {
		e, err := newEngine(lex.Industry(id))
		if err != nil {
			t.Fatal(err)
		}
		e.weights = nil
		st.engines[id] = e
	}
	labelled, unlabelled := corpora(t)
	known := map[int32]map[int32]int{} // by industry: how many labelled reviews a pattern matches
	for i := range taught {
		known[int32(i)] = map[int32]int{}
	}
	scans := make([]*scan, len(taught))
	for i, id := range taught {
		scans[i] = newScan(st.engines[id])
	}
	for _, r := range labelled {
		s := scans[r.industry]
		s.classify(r.text)
		for p := range countedPatterns(s) {
			known[int32(r.industry)][p]++
		}
	}
	random := rand.New(rand.NewSource(1))
	total := map[string]int{}
	for i, r := range labelled {
		st.add(scans[r.industry], r, known[int32(r.industry)], i, random.Intn(folds))
		for l := range r.labels {
			total[l]++
		}
	}
	for _, r := range unlabelled {
		st.add(scans[r.industry], r, nil, -1, -1)
	}
	for l, n := range total {
		if n >= rareCategory && l != "general.dissatisfied" {
			st.categories = append(st.categories, l)
		}
	}
	slices.Sort(st.categories)
	st.numberGrams()
	t.Logf("%d reviews, %d clauses, %d n-grams, %d categories", len(st.texts), len(st.clauses), len(st.gramIDs), len(st.categories))
	return st
}

// countedPatterns returns the patterns of the candidates that count.
func countedPatterns(s *scan) map[int32]bool {
	out := map[int32]bool{}
	for i := range s.candidates {
		if c := &s.candidates[i]; c.reason == "" {
			out[c.pattern] = true
		}
	}
	return out
}

// add takes a review in: its text if it is labelled, and its clauses.
func (st *study) add(s *scan, r corpusReview, known map[int32]int, index, fold int) {
	result := s.classify(r.text)
	labels := map[string]bool{}
	for _, l := range result.Labels {
		labels[l] = true
	}
	text := sample{industry: r.industry, fold: fold, labels: r.labels, found: map[string]bool{}}
	left := map[string]bool{} // labels that no match explains
	for l := range r.labels {
		if !labels[l] {
			left[l] = true
		}
	}
	var counted, unseen []*candidate
	for i := range s.candidates {
		c := &s.candidates[i]
		text.complain = text.complain || c.reason == "" || c.reason == Weak || c.reason == TooLong
		if c.reason != "" || s.fallback(c) {
			continue
		}
		counted = append(counted, c)
		if known == nil || known[c.pattern] > 1 {
			unseen = append(unseen, c)
			text.found[c.rule.Category] = true
		}
	}
	for k := range len(s.bounds) - 1 {
		from, to := s.clauseSpan(k)
		if from >= to {
			continue
		}
		raw := grams(s.text.Runes, from, to)
		text.chars += int(to - from)
		text.raw = append(text.raw, raw...)
		c := sample{industry: r.industry, fold: fold, chars: int(to - from), raw: raw, labels: map[string]bool{}}
		within := func(m *candidate) bool { return m.start < to && m.end > from }
		for _, m := range counted {
			if within(m) && (r.labels == nil || r.labels[m.rule.Category]) {
				c.labels[m.rule.Category] = true
			}
		}
		if !slices.ContainsFunc(counted, within) {
			c.doubtful = left
		}
		c.explained = to-from < 2 || slices.ContainsFunc(unseen, within)
		st.clauses = append(st.clauses, c)
		if index >= 0 {
			st.review = append(st.review, index)
		}
	}
	if index >= 0 {
		st.texts = append(st.texts, text)
	}
}

// grams returns the n-grams of text[from:to].
func grams(text []rune, from, to int32) (out []uint64) {
	for at := from; at < to; at++ {
		here := window(text, at)
		for n := int32(1); n <= longestGram && at+n <= to; n++ {
			out = append(out, here&windowMask[n])
		}
	}
	return out
}

// numberGrams numbers the n-grams that are not rare.
func (st *study) numberGrams() {
	count := map[uint64]int{}
	for i := range st.clauses {
		for _, g := range st.clauses[i].raw {
			count[g]++
		}
	}
	for _, g := range slices.Sorted(maps.Keys(count)) {
		if count[g] >= rareGram {
			st.gramIDs[g] = int32(len(st.gramIDs))
		}
	}
	for _, list := range [][]sample{st.texts, st.clauses} {
		for i := range list {
			for _, g := range list[i].raw {
				if id, ok := st.gramIDs[g]; ok {
					list[i].grams = append(list[i].grams, id)
				}
			}
			list[i].raw = nil
		}
	}
}

// machine is a linear function of n-grams: of all industries, and what each adds to it.
type machine struct {
	weights []float64 // n-grams of all, then of each industry
	bias    float64
}

func (st *study) score(m *machine, s *sample) float64 {
	sum, v := m.bias, len(st.gramIDs)
	own, scale := m.weights[v*(1+s.industry):], 1/math.Sqrt(float64(max(1, s.chars)))
	for _, g := range s.grams {
		sum += (m.weights[g] + own[g]) * scale
	}
	return sum
}

// fit finds the machine of least squared hinge loss by coordinate descent in the
// dual (Hsieh et al., A Dual Coordinate Descent Method for Large-scale Linear
// SVM, 2008, algorithm 1).
func (st *study) fit(list []sample, category string, skip int) *machine {
	type row struct {
		s    *sample
		y, c float64
		q    float64 // its own product, and the diagonal
		a    float64
	}
	var rows []row
	for i := range list {
		s := &list[i]
		if s.fold == skip && skip >= 0 || s.doubtful[category] {
			continue
		}
		r := row{s: s, y: -1, c: cost}
		if s.labels[category] {
			r.y = 1
		}
		if s.fold < 0 {
			r.c *= unlabelledCost
		}
		times := map[int32]float64{}
		for _, g := range s.grams {
			times[g]++
		}
		for _, n := range times {
			r.q += 2 * n * n / float64(max(1, s.chars))
		}
		r.q += 1 + 1/(2*r.c)
		rows = append(rows, r)
	}
	m := &machine{weights: make([]float64, len(st.gramIDs)*(1+len(taught)))}
	v := len(st.gramIDs)
	random := rand.New(rand.NewSource(2))
	order := random.Perm(len(rows))
	for range epochs {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			r := &rows[i]
			gradient := r.y*st.score(m, r.s) - 1 + r.a/(2*r.c)
			if r.a == 0 && gradient >= 0 {
				continue
			}
			next := max(0, r.a-gradient/r.q)
			step := (next - r.a) * r.y
			r.a = next
			if math.Abs(step) < 1e-6 {
				continue
			}
			m.bias += step
			scale := step / math.Sqrt(float64(max(1, r.s.chars)))
			own := m.weights[v*(1+r.s.industry):]
			for _, g := range r.s.grams {
				m.weights[g] += scale
				own[g] += scale
			}
		}
	}
	return m
}

// lesson is what was learned of a category.
type lesson struct {
	text, clause *machine
	// of each labelled review: what the others teach of it
	ofText, ofClause []float64
}

// nothing is said of a review without a clause that needs explanation.
const nothing = -1e9

func (st *study) learn(i int) lesson {
	category := st.categories[i]
	l := lesson{ofText: make([]float64, len(st.texts)), ofClause: make([]float64, len(st.texts))}
	for k := range l.ofClause {
		l.ofClause[k] = nothing
	}
	for fold := range folds {
		m := st.fit(st.texts, category, fold)
		for k := range st.texts {
			if st.texts[k].fold == fold {
				l.ofText[k] = st.score(m, &st.texts[k])
			}
		}
		m = st.fit(st.clauses, category, fold)
		for k, review := range st.review {
			if c := &st.clauses[k]; c.fold == fold && !c.explained {
				l.ofClause[review] = max(l.ofClause[review], st.score(m, c))
			}
		}
	}
	l.text, l.clause = st.fit(st.texts, category, -1), st.fit(st.clauses, category, -1)
	return l
}

// trust is how the two machines' words count: the category is found where
// text*[0] + clause*[1] + bias > 0.
type trust struct {
	text, clause float64
	bias         []float64 // by category
}

// calibrate fits the trust by logistic regression, by gradient descent.
func (st *study) calibrate(learned []lesson) trust {
	type row struct {
		text, clause, y float64
		category        int
	}
	var rows []row
	for i, l := range learned {
		for k := range st.texts {
			s := &st.texts[k]
			if l.ofClause[k] == nothing || s.found[st.categories[i]] || !s.complain {
				continue
			}
			r := row{l.ofText[k], l.ofClause[k], 0, i}
			if s.labels[st.categories[i]] {
				r.y = 1
			}
			rows = append(rows, r)
		}
	}
	w := trust{1, 1, make([]float64, len(learned))}
	for range 3000 {
		var gText, gClause float64
		gBias, n := make([]float64, len(learned)), make([]float64, len(learned))
		for i := range gBias {
			gBias[i], n[i] = -0.02*w.bias[i], 1 // biases stay near each other
		}
		for _, r := range rows {
			p := 1 / (1 + math.Exp(-(w.text*r.text + w.clause*r.clause + w.bias[r.category])))
			gText += (r.y - p) * r.text
			gClause += (r.y - p) * r.clause
			gBias[r.category] += r.y - p
			n[r.category] += p * (1 - p)
		}
		all := float64(len(rows))
		w.text += 20 * gText / all
		w.clause += 20 * gClause / all
		for i := range w.bias {
			w.bias[i] += 0.3 * gBias[i] / n[i]
		}
	}
	for i := range w.bias {
		w.bias[i] -= math.Log(sure / (1 - sure))
	}
	return w
}

// encode writes the weights of an industry down, see newWeights.
func (st *study) encode(industry int, learned []lesson, w trust) []byte {
	categories := st.engines[taught[industry]].industry.Categories
	var places []int
	for i, c := range st.categories {
		if slices.ContainsFunc(categories, func(k lexicon.Category) bool { return k.ID == c }) {
			places = append(places, i)
		}
	}
	out := binary.AppendUvarint(nil, uint64(len(places)))
	for _, i := range places {
		out = binary.AppendUvarint(out, uint64(len(st.categories[i])))
		out = append(out, st.categories[i]...)
		bias := w.bias[i] + w.text*learned[i].text.bias + w.clause*learned[i].clause.bias
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(bias)))
	}
	v := len(st.gramIDs)
	small := func(x float64) int8 { return int8(max(-127, min(127, math.Round(x/weightUnit)))) }
	var body []byte
	n, last := uint64(0), uint64(0)
	for _, g := range slices.Sorted(maps.Keys(st.gramIDs)) {
		id := int(st.gramIDs[g])
		own := id + v*(1+industry)
		var said []byte
		for k, i := range places {
			l := &learned[i]
			text, clause := small(w.text*(l.text.weights[id]+l.text.weights[own])), small(w.clause*(l.clause.weights[id]+l.clause.weights[own]))
			if max(text, -text)+max(clause, -clause) >= leastWeight {
				said = append(said, byte(k), byte(text), byte(clause))
			}
		}
		if len(said) == 0 {
			continue
		}
		body = binary.AppendUvarint(body, g-last)
		body = binary.AppendUvarint(body, uint64(len(said)/3))
		body = append(body, said...)
		n, last = n+1, g
	}
	return append(binary.AppendUvarint(out, n), body...)
}

// leastWeight is the least sum of an n-gram's two weights that is kept, in weightUnit.
const leastWeight = 6

// corpusReview is a review of the shared corpora.
type corpusReview struct {
	industry int
	text     string
	labels   map[string]bool // nil where nobody gave any
}

// corpora returns the reviews that have labels, in gold/train.jsonl and
// testdata/labels.tsv, and those that have none and complain by their stars. The
// reviews that quality is measured on are left out.
func corpora(t *testing.T) (labelled, unlabelled []corpusReview) {
	t.Helper()
	used := map[string]bool{}
	for _, name := range []string{"gold/dev.jsonl", "gold/train.jsonl"} {
		for line := range strings.Lines(readShared(t, name)) {
			var r struct {
				Industry, Text string
				Labels         []string
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			used[hashOf(r.Text)] = true
			if name == "gold/train.jsonl" {
				labelled = append(labelled, corpusReview{slices.Index(taught, r.Industry), r.Text, setOf(r.Labels)})
			}
		}
	}
	labels := map[string]map[string]bool{}
	data, err := os.ReadFile("../testdata/labels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if cells := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), "", ""); !strings.HasPrefix(line, "#") {
			labels[cells[0]] = setOf(strings.Fields(cells[2]))
		}
	}
	take := func(industry, text string, bad bool) {
		h := hashOf(text)
		if used[h] || len(text) < 2 {
			return
		}
		used[h] = true
		r := corpusReview{slices.Index(taught, industry), text, labels[h]}
		if r.labels != nil {
			labelled = append(labelled, r)
		} else if bad || len(used)%4 == 0 {
			unlabelled = append(unlabelled, r)
		}
	}
	kinds := map[string]string{"平板": "electronics", "手机": "electronics", "热水器": "electronics", "计算机": "electronics", "水果": "food", "洗发水": "beauty", "衣服": "mother_baby"}
	rows, err := csv.NewReader(strings.NewReader(readShared(t, "data/online_shopping.csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if kinds[r[0]] != "" {
			take(kinds[r[0]], r[2], r[1] == "0")
		}
	}
	for _, of := range [][2]string{{"aircon", "electronics"}, {"washer_region", "electronics"}, {"mother_baby", "mother_baby"}, {"tea", "food"}} {
		for line := range strings.Lines(readShared(t, "data/"+of[0]+".jsonl.gz")) {
			var r struct {
				Text, Content, Tab string
				Star, Score        json.RawMessage // a number, in quotes or not
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			stars := strings.Trim(string(r.Star)+string(r.Score), `"`)
			take(of[1], r.Text+r.Content, r.Tab == "bad" || slices.Contains([]string{"1", "2", "3"}, stars))
		}
	}
	return labelled, unlabelled
}

func setOf(list []string) map[string]bool {
	out := map[string]bool{}
	for _, l := range list {
		out[l] = true
	}
	return out
}

// hashOf is how testdata/labels.tsv names a text.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(text), "")))
	return hex.EncodeToString(sum[:])[:12]
}

func readShared(t *testing.T, name string) string {
	t.Helper()
	dir := cmp.Or(os.Getenv("CHAPING_SHARED"), "../../shared")
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			t.Fatal(err)
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
