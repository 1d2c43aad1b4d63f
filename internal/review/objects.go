package review

import (
	"bytes"
	"errors"
)

// Objects reads JSON objects one by one, as the JSONL reader does: aliases of keys
// and the many spellings of stars and times are understood, and unknown keys go to
// Extra. It is not safe for concurrent use.
type Objects struct{ keys *keyMapper }

// NewObjects makes an Objects that wants a text or a follow-up.
func NewObjects() *Objects { return &Objects{newKeyMapper(nil, []string{"text", "follow_up"})} }

// maxKeys is how many keys Objects remembers: strangers must not fill the memory.
const maxKeys = 256

// Read reads an object. data is not kept.
func (o *Objects) Read(data []byte) (Record, error) {
	rec, problem := o.keys.record(bytes.ToValidUTF8(data, []byte("\uFFFD")))
	if len(o.keys.known) > maxKeys {
		o.keys = o.keys.quiet()
	}
	if problem != nil {
		return Record{}, errors.New(problem.reason)
	}
	return rec, nil
}
