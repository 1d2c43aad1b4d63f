package main

import (
	"encoding/binary"
	"unicode/utf8"
)

// appendRunes appends the characters of UTF-8 text to dst, as range over a string gives them: U+FFFD for a byte that
// is invalid. Characters of three bytes, most of a Chinese text, take a short way.
func appendRunes(dst []rune, text []byte) []rune {
	for len(text) > 0 {
		if len(text) >= 4 {
			w := binary.LittleEndian.Uint32(text)
			if w&0xc0c0f0 == 0x8080e0 { // 1110xxxx 10xxxxxx 10xxxxxx
				r := w<<12&0xf000 | w>>2&0xfc0 | w>>16&0x3f
				if high := r >> 11; high != 0 && high != 0xd800>>11 { // neither too long a form nor a surrogate
					dst = append(dst, rune(r))
					text = text[3:]
					continue
				}
			}
		}
		r, size := utf8.DecodeRune(text)
		dst = append(dst, r)
		text = text[size:]
	}
	return dst
}
