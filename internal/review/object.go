package review

import (
	"bytes"
	"encoding/json"
)

// member is a key of a JSON object with its value. The bytes belong to the
// object.
type member struct {
	key string
	raw []byte
}

// splitObject lists the members of an object that is known to be valid JSON,
// in their order. It costs a fraction of unmarshalling into a map.
func splitObject(data []byte, out []member) []member {
	i := skipSpace(data, 0) + 1 // the opening brace
	for {
		i = skipSpace(data, i)
		if i >= len(data) || data[i] == '}' {
			return out
		}
		if data[i] == ',' {
			i++
			continue
		}
		end := valueEnd(data, i)
		key := unquote(data[i:end])
		i = skipSpace(data, end) + 1 // the colon
		i = skipSpace(data, i)
		end = valueEnd(data, i)
		out = append(out, member{key, data[i:end]})
		i = end
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// valueEnd finds the end of the valid value that begins at i.
func valueEnd(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// stringEnd finds the closing quote of the string that begins at i.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		slashes := 0
		for k := i + n - 1; k >= i && b[k] == '\\'; k-- {
			slashes++
		}
		i += n
		if slashes%2 == 0 {
			return i
		}
		i++
	}
	return i
}

// unquote gives the value of a valid JSON string.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 && len(raw) >= 2 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw) // it is known to be valid
	}
	return s
}

// jsonScalar gives a JSON value as a cell would hold it; ok is false for
// arrays and objects. Null is empty. Numbers keep their digits.
func jsonScalar(raw []byte) (value string, ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "", false
	}
	switch raw[0] {
	case '"':
		return unquote(raw), true
	case 'n':
		return "", true
	case '{', '[':
		return "", false
	}
	return string(raw), true
}

func isNull(raw []byte) bool { return string(bytes.TrimSpace(raw)) == "null" }

// isJSON reports whether a value begins with the given bracket.
func isJSON(raw []byte, open byte) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == open
}
