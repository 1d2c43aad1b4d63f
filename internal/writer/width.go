package writer

import (
	"strings"

	"golang.org/x/text/width"
)

// displayWidth is how many terminal cells s takes: East Asian wide characters two.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func pad(s string, cells int) string { return s + strings.Repeat(" ", max(0, cells-displayWidth(s))) }

func padLeft(s string, cells int) string {
	return strings.Repeat(" ", max(0, cells-displayWidth(s))) + s
}
