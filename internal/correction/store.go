// Package correction keeps what people say of labels: that a category is right,
// wrong or missing, or that a review is filler. What they say wins over the
// classifier, survives relabelling and importing again, and can be undone.
//
// A correction is on disk before [Store.Add] returns. A Store is safe for
// concurrent use; one process has it open at a time.
package correction

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Action is what a person does.
type Action string

// The actions.
const (
	Accept   Action = "accept"   // the labels are right as they are
	Remove   Action = "remove"   // the category is not complained about
	Add      Action = "add"      // the category is missing
	Template Action = "template" // the review is filler: no label
	Skip     Action = "skip"     // looked at, undecided
)

// Actions lists the actions.
var Actions = []Action{Accept, Remove, Add, Template, Skip}

// Correction is one act of one person.
type Correction struct {
	Seq      uint64 `json:"seq"` // order of the acts, given by Add
	Key      string `json:"key"` // of the review, see dataset.Review
	Action   Action `json:"action"`
	Category string `json:"category,omitempty"` // of Remove and Add
	// Before are the labels at that time, Rules the rules behind the category or, without one, all.
	Before []string  `json:"before,omitempty"`
	Rules  []string  `json:"rules,omitempty"`
	Who    string    `json:"who,omitempty"`
	At     time.Time `json:"at"`
}

// Validate says what is wrong with a correction.
func (c *Correction) Validate() error {
	switch {
	case c.Key == "":
		return errors.New("key is missing: it names the review")
	case !slices.Contains(Actions, c.Action):
		return fmt.Errorf("action is %q: known are %q", c.Action, Actions)
	case (c.Action == Add || c.Action == Remove) != (c.Category != ""):
		return fmt.Errorf("category goes with add and remove, and with these alone")
	}
	return nil
}

// Store is the file of corrections.
type Store struct{ db *bbolt.DB }

// The buckets: corrections by number, and the number of the last change by review.
var (
	bucket  = []byte("corrections")
	changes = []byte("changes")
)

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("another process has the corrections open")

// Read lists the corrections of a file, beside other readers, with its revision.
func Read(path string) (list []Correction, revision uint64, err error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := &Store{db}
	if list, err = s.All(); err != nil {
		return nil, 0, err
	}
	revision, err = s.Revision()
	return list, revision, err
}

// Open opens or makes the file. The caller closes it.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s: %w", path, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: restore it from a backup or move it away", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		if err == nil {
			_, err = tx.CreateBucketIfNotExists(changes)
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{db}, nil
}

// Close releases the file.
func (s *Store) Close() error { return s.db.Close() }

// Add keeps corrections, all or none, and gives them their numbers. When it
// returns they are on disk.
func (s *Store) Add(list ...Correction) ([]Correction, error) {
	out := slices.Clone(list)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		for i := range out {
			if err := out[i].Validate(); err != nil {
				return err
			}
			seq, err := b.NextSequence()
			if err != nil {
				return err
			}
			out[i].Seq = seq
			data, err := json.Marshal(out[i])
			if err != nil {
				return err
			}
			if err := b.Put(number(seq), data); err != nil {
				return err
			}
			if err := tx.Bucket(changes).Put([]byte(out[i].Key), number(seq)); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// ErrUnknown says that no correction has the number.
var ErrUnknown = errors.New("no such correction")

// Undo takes a correction back and returns it.
func (s *Store) Undo(seq uint64) (c Correction, err error) {
	err = s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		data := b.Get(number(seq))
		if data == nil {
			return ErrUnknown
		}
		if err := json.Unmarshal(data, &c); err != nil {
			return err
		}
		revision, err := b.NextSequence()
		if err != nil {
			return err
		}
		if err := tx.Bucket(changes).Put([]byte(c.Key), number(revision)); err != nil {
			return err
		}
		return b.Delete(number(seq))
	})
	return c, err
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Revision is the number of the last change: each correction that is kept or
// undone raises it.
func (s *Store) Revision() (revision uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucket); b != nil {
			revision = b.Sequence()
		}
		return nil
	})
	return revision, err
}

// Changed lists the reviews whose corrections changed after a revision, and the
// revision that they are of.
func (s *Store) Changed(after uint64) (keys []string, revision uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		revision = tx.Bucket(bucket).Sequence()
		return tx.Bucket(changes).ForEach(func(key, n []byte) error {
			if binary.BigEndian.Uint64(n) > after {
				keys = append(keys, string(key))
			}
			return nil
		})
	})
	return keys, revision, err
}

// All lists the corrections in the order in which they were made.
func (s *Store) All() ([]Correction, error) {
	var out []Correction
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		if b == nil { // its maker was interrupted
			return nil
		}
		return b.ForEach(func(_, data []byte) error {
			var c Correction
			if err := json.Unmarshal(data, &c); err != nil {
				return err
			}
			out = append(out, c)
			return nil
		})
	})
	return out, err
}

// ByKey sorts corrections by review, in their order.
func ByKey(list []Correction) map[string][]Correction {
	m := map[string][]Correction{}
	for _, c := range list {
		m[c.Key] = append(m[c.Key], c)
	}
	return m
}

// Apply gives the labels of a review after its corrections, and whether it is
// filler. Later acts win over earlier ones.
func Apply(labels []string, template bool, list []Correction) ([]string, bool) {
	out := slices.Clone(labels)
	for _, c := range list {
		switch c.Action {
		case Accept:
			out = slices.Clone(c.Before)
		case Add:
			template = false
			if !slices.Contains(out, c.Category) {
				out = append(out, c.Category)
			}
		case Remove:
			out = slices.DeleteFunc(out, func(id string) bool { return id == c.Category })
		case Template:
			out, template = out[:0], true
		}
	}
	if out == nil {
		out = []string{}
	}
	return out, template
}

// Precision is how often people agreed with the labels of a rule or category.
type Precision struct {
	Name  string `json:"name"`
	Right int    `json:"right"`
	Wrong int    `json:"wrong"`
}

// Precisions counts, by rule and by category, the labels that people accepted and
// removed. The last act on a label counts.
func Precisions(list []Correction) (byRule, byCategory map[string]Precision) {
	type label struct{ key, name string }
	rules, categories := map[label]bool{}, map[label]bool{}
	for _, c := range list {
		switch c.Action {
		case Accept:
			for _, r := range c.Rules {
				rules[label{c.Key, r}] = true
			}
			for _, id := range c.Before {
				categories[label{c.Key, id}] = true
			}
		case Remove, Template:
			for _, r := range c.Rules {
				rules[label{c.Key, r}] = false
			}
			for _, id := range c.Before {
				if c.Action == Template || id == c.Category {
					categories[label{c.Key, id}] = false
				}
			}
		}
	}
	count := func(of map[label]bool) map[string]Precision {
		out := map[string]Precision{}
		for l, right := range of {
			p := out[l.name]
			p.Name = l.name
			if right {
				p.Right++
			} else {
				p.Wrong++
			}
			out[l.name] = p
		}
		return out
	}
	return count(rules), count(categories)
}
