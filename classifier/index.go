package classifier

import "slices"

// narrow gives a character of the basic plane itself, and any other one of the
// numbers that no character has.
func narrow(r rune) uint16 {
	if r < 0x10000 {
		return uint16(r)
	}
	return 0xD800 | uint16(r&0x7FF)
}

// window returns four characters of a text from a place within it on, 16 bits
// each, the first one lowest; zeros where the text ends.
func window(text []rune, at int32) uint64 {
	if t := text[at:]; len(t) >= 4 {
		return uint64(narrow(t[0])) | uint64(narrow(t[1]))<<16 | uint64(narrow(t[2]))<<32 | uint64(narrow(t[3]))<<48
	}
	w := uint64(0)
	for i := len(text) - 1; i >= int(at); i-- {
		w = w<<16 | uint64(narrow(text[i]))
	}
	return w
}

// entry is a word ready to be compared with a text.
type entry struct {
	window uint64 // its first four characters, see window
	length int32  // in characters
	// whole has all of its characters where the window does not tell.
	whole []rune
}

// windowMask[n] covers the first n characters of a window.
var windowMask = [5]uint64{0, 1<<16 - 1, 1<<32 - 1, 1<<48 - 1, 1<<64 - 1}

// at reports whether the word stands at a place in the text that has the window w.
func (e *entry) at(text []rune, at int32, w uint64) bool {
	if (w^e.window)&windowMask[min(e.length, 4)] != 0 {
		return false
	}
	return e.whole == nil || int(at)+len(e.whole) <= len(text) && slices.Equal(text[at:int(at)+len(e.whole)], e.whole)
}

// A wordIndex finds words by one of their characters, in a hash table with open
// addressing: the entries with the same key follow each other.
type wordIndex struct {
	slots   []slot // the number of them is a power of two
	entries []entry
}

type slot struct {
	key  rune  // 0: free
	n    int32 // entries with this key
	from int32 // the first of them
}

func newWordIndex(texts []string, key func([]rune) rune) wordIndex {
	size := 2
	for size < 2*len(texts) {
		size *= 2
	}
	x := wordIndex{slots: make([]slot, size), entries: make([]entry, len(texts))}
	all := make([][]rune, 0, len(texts))
	for _, t := range texts {
		if t == "" {
			continue
		}
		r := []rune(t)
		all = append(all, r)
		s := x.slot(key(r))
		s.key = key(r)
		s.n++
	}
	from := int32(0)
	for i := range x.slots {
		x.slots[i].from = from
		from += x.slots[i].n
		x.slots[i].n = 0
	}
	for _, r := range all {
		s := x.slot(key(r))
		x.entries[s.from+s.n] = newEntry(r)
		s.n++
	}
	return x
}

func newEntry(word []rune) entry {
	e := entry{window: window(word, 0), length: int32(len(word))}
	if len(word) > 4 || slices.ContainsFunc(word, func(r rune) bool { return r >= 0x10000 }) {
		e.whole = word
	}
	return e
}

// slot returns the slot of a key, or the free one where it belongs.
func (x *wordIndex) slot(key rune) *slot {
	last := uint32(len(x.slots) - 1)
	for i := uint32(key) * 0x9E3779B1 >> 16 & last; ; i = (i + 1) & last {
		if s := &x.slots[i]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// with returns the words with this key, in no order.
func (x *wordIndex) with(key rune) []entry {
	s := x.slot(key)
	return x.entries[s.from : s.from+s.n]
}
