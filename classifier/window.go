package classifier

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

// windowMask[n] covers the first n characters of a window.
var windowMask = [5]uint64{0, 1<<16 - 1, 1<<32 - 1, 1<<48 - 1, 1<<64 - 1}
