package matcher_test

import (
	"fmt"

	"chaping/internal/matcher"
)

func Example() {
	keywords := [][]rune{[]rune("物流"), []rune("太慢"), []rune("太慢了"), []rune("慢了")}
	m, err := matcher.New(keywords)
	if err != nil {
		fmt.Println(err)
		return
	}

	text := []rune("物流真的太慢了")
	var matches []matcher.Match // may be used again for the next text: m.AppendMatches(matches[:0], next)
	matches = m.AppendMatches(matches, text)
	for _, found := range matches {
		fmt.Println(found.Start, found.End, string(text[found.Start:found.End]))
	}
	// Output:
	// 0 2 物流
	// 4 6 太慢
	// 4 7 太慢了
	// 5 7 慢了
}
