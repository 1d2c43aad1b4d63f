package lexicon

import "testing"

// TestPlaneClasses holds the table against classOf.
func TestPlaneClasses(t *testing.T) {
	for r, got := range planeClasses() {
		if want := classOf(rune(r)); got != want {
			t.Errorf("the class of %U is %d, want %d", r, got, want)
		}
	}
}
