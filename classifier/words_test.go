package classifier

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestWords compares the index of words with a look at every string, at every
// place of texts made of few characters, one of them beyond the basic plane.
func TestWords(t *testing.T) {
	const letters = "酸甜不太𠮷好"
	random := rand.New(rand.NewPCG(1, 2))
	word := func(longest int) string {
		var b strings.Builder
		for range 1 + random.IntN(longest) {
			b.WriteRune([]rune(letters)[random.IntN(6)])
		}
		return b.String()
	}
	for range 200 {
		var w words
		for range 1 + random.IntN(12) {
			w.list([]string{word(7)})
		}
		w.index()
		text := []rune(word(20))
		for at := range len(text) + 1 {
			var ahead, back mask
			for _, s := range w.strings {
				n := len([]rune(s))
				if strings.HasPrefix(string(text[at:]), s) {
					ahead |= 1 << n
				}
				if strings.HasSuffix(string(text[:at]), s) {
					back |= 1 << n
				}
			}
			if got := w.forward(text, int32(at), 1); got != ahead {
				t.Fatalf("forward of %q at %d of %q is %b, want %b", w.strings, at, string(text), got, ahead)
			}
			if got := w.backward(text, int32(at), 1); got != back {
				t.Fatalf("backward of %q at %d of %q is %b, want %b", w.strings, at, string(text), got, back)
			}
		}
	}
}
