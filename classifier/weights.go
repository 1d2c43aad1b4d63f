package classifier

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"chaping/lexicon"
)

// weights judge what no rule explains: a linear model over runs of one to four
// characters ("n-grams"). A category that has no match is found where the whole
// text and one of its clauses that no match explains speak for it together:
//
//	text(c)/√(characters of the text) + max over clauses of clause(c)/√(characters of the clause) + bias(c) > 0
//
// The sums run over the n-grams within clauses. They are learned from labelled
// reviews by `go test ./classifier -run TestLearn -update`, see learn_test.go,
// and stand in lexicon/data/*.weights.
type weights struct {
	categories []weighed
	trie       *trie  // of the n-grams
	said       []said // by number of the node
	grams      []gramWeight
	rows       []lanes // of the n-grams that speak for many categories
	wide       int     // how many lanes a row takes
}

// weighed is a category that the weights know.
type weighed struct {
	rule     lexicon.Rule // stands for the weights in results
	category int          // its place in the taxonomy, -1 where the industry has it no more
	bias     float32
}

type gramWeight struct {
	category     uint8
	text, clause int8
}

// said is what an n-gram says.
type said struct {
	piece       // of weights.grams
	row   int32 // where its row is in weights.rows, none where it has none
}

// lanes hold weights of 24 categories, two in each number: 16 bits for the
// weight in the text and 16 for that in a clause, so that one addition adds four.
// They are those of an n-gram and of all that it begins with. Each is more than it
// means by laneZero, and lanes that were added up by as many times.
type lanes [12]uint64

const (
	perLanes  = 2 * len(lanes{})
	laneZero  = 128 * longestGram
	zeroLanes = laneZero * 0x1_0001_0001_0001
	// fullLanes is how many rows may be added up.
	fullLanes = (1<<16 - 1) / (255 * longestGram)
	// fewSaid is how many categories an n-gram may speak for without a row.
	fewSaid = 4
)

func (l *lanes) add(row *lanes) {
	l[0] += row[0]
	l[1] += row[1]
	l[2] += row[2]
	l[3] += row[3]
	l[4] += row[4]
	l[5] += row[5]
	l[6] += row[6]
	l[7] += row[7]
	l[8] += row[8]
	l[9] += row[9]
	l[10] += row[10]
	l[11] += row[11]
}

// The unit of the weights in a file.
const weightUnit = 1.0 / 16

// longestGram is how many characters an n-gram has at most.
const longestGram = 4

// learnedSwitch turns the weights off.
const learnedSwitch = "learned"

// newWeights decodes the weights of an industry, nil where it has none.
//
// A file has, in order: the number of categories, for each its id after its
// length and the bias as a float32; the number of n-grams, for each in
// ascending order the difference to the one before, the number of categories it
// speaks for, and for each in order its place, the weight in the text and the
// one in a clause. Numbers are uvarints, the last three single bytes.
func newWeights(ind *lexicon.Industry) (*weights, error) {
	if len(ind.Weights) == 0 || !ind.Switches[learnedSwitch] {
		return nil, nil
	}
	damaged := fmt.Errorf("the weights of %s are damaged: learn them anew, see learn_test.go", ind.ID)
	r := &reader{data: ind.Weights}
	w := &weights{}
	for range r.uvarint() {
		id := string(r.bytes(int(r.uvarint())))
		bias := math.Float32frombits(binary.LittleEndian.Uint32(r.bytes(4)))
		at := slices.IndexFunc(ind.Categories, func(c lexicon.Category) bool { return c.ID == id })
		w.categories = append(w.categories, weighed{lexicon.Rule{ID: "learned." + id, Category: id}, at, bias})
		if r.failed {
			break
		}
	}
	w.wide = (len(w.categories) + perLanes - 1) / perLanes
	count := r.uvarint()
	n := int(min(count, uint64(len(r.data))/5)) // each takes five bytes or more
	w.trie, w.said, w.grams = newTrie(n), make([]said, 1, n+n/8+1), make([]gramWeight, 0, 2*n)
	w.said[0].row = none
	gram := uint64(0)
	for range count {
		gram += r.uvarint()
		from := len(w.grams)
		for range r.uvarint() {
			b := r.bytes(3)
			r.failed = r.failed || int(b[0]) >= len(w.categories) || len(w.grams) > from && b[0] <= w.grams[len(w.grams)-1].category
			if r.failed {
				break
			}
			w.grams = append(w.grams, gramWeight{b[0], int8(b[1]), int8(b[2])})
		}
		if r.failed || w.trie.nodes > maxNodes {
			return nil, damaged
		}
		w.say(gram, w.grams[from:])
	}
	if r.failed {
		return nil, damaged
	}
	return w, nil
}

// say notes what an n-gram says, which is the end of weights.grams. What it
// begins with comes before it.
func (w *weights) say(gram uint64, list []gramWeight) {
	n := w.trie.enter(gram)
	for len(w.said) < w.trie.nodes {
		w.said = append(w.said, said{row: none})
	}
	s := &w.said[n]
	s.piece = piece{int32(len(w.grams) - len(list)), int32(len(list))}
	if len(list) <= fewSaid {
		return
	}
	s.row = int32(len(w.rows))
	for range w.wide {
		var row lanes
		for i := range row {
			row[i] = zeroLanes
		}
		w.rows = append(w.rows, row)
	}
	for n := 1; n <= longestGram; n++ {
		for _, g := range pieceOf(w.grams, w.said[w.trie.lookUp(gram&windowMask[n])].piece) {
			both := uint64(int64(g.text)) + uint64(int64(g.clause))<<16
			w.rows[int(s.row)+int(g.category)/perLanes][int(g.category)%perLanes/2] += both << (g.category % 2 * 32)
		}
		if gram == gram&windowMask[n] {
			break
		}
	}
}

// reader reads what newWeights describes.
type reader struct {
	data   []byte
	failed bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.failed = true
		return 0
	}
	r.data = r.data[n:]
	return v
}

// bytes returns the next n bytes, zeros where they are missing.
func (r *reader) bytes(n int) []byte {
	if n > len(r.data) {
		r.failed = true
		return make([]byte, min(n, 1<<10))
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}
