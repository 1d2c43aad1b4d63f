package classifier

import (
	"fmt"
	"strings"
	"sync"

	"chaping/lexicon"
)

// Classifier finds the problems that texts complain about. It may be used by
// several goroutines at once.
type Classifier struct {
	lex     *lexicon.Lexicon
	engines map[string]*lazyEngine
}

// lazyEngine builds an industry's engine when the first text asks for it.
type lazyEngine struct {
	build func() (*engine, error)
	scans sync.Pool
}

// New returns a classifier for lex. An industry is compiled when it is first
// asked for.
func New(lex *lexicon.Lexicon) *Classifier {
	c := &Classifier{lex: lex, engines: map[string]*lazyEngine{}}
	for _, id := range lex.IDs() {
		c.engines[id] = &lazyEngine{build: sync.OnceValues(func() (*engine, error) {
			ind, err := lex.Read(id)
			if err != nil {
				return nil, err
			}
			return newEngine(ind)
		})}
	}
	return c
}

// Lexicon returns the lexicon that c was made with.
func (c *Classifier) Lexicon() *lexicon.Lexicon { return c.lex }

// UnknownIndustryError says that the lexicon has no such industry.
type UnknownIndustryError struct {
	ID    string
	Known []string
}

func (e *UnknownIndustryError) Error() string {
	return fmt.Sprintf("unknown industry %q: known are %s", e.ID, strings.Join(e.Known, ", "))
}

// Check returns an [*UnknownIndustryError] where the lexicon has no such
// industry.
func (c *Classifier) Check(industry string) error {
	if _, ok := c.engines[industry]; !ok {
		return &UnknownIndustryError{industry, c.lex.IDs()}
	}
	return nil
}

// Classify returns the problems of one text in the taxonomy of an industry.
// The error is an [*UnknownIndustryError] where the lexicon has no such one, else
// that of a built-in file that is broken.
func (c *Classifier) Classify(industry, text string) (Result, error) {
	s, release, err := c.acquire(industry)
	if err != nil {
		return Result{}, err
	}
	defer release()
	return s.classify(text), nil
}

// acquire returns a work space for the industry. The caller releases it.
func (c *Classifier) acquire(industry string) (s *scan, release func(), err error) {
	if err := c.Check(industry); err != nil {
		return nil, nil, err
	}
	lazy := c.engines[industry]
	engine, err := lazy.build()
	if err != nil {
		return nil, nil, err
	}
	if s, _ = lazy.scans.Get().(*scan); s == nil {
		s = newScan(engine)
	}
	return s, func() { lazy.scans.Put(s) }, nil
}

// classify takes a text through the stages.
func (s *scan) classify(text string) Result {
	s.run(text)
	s.judge()
	filler := s.dropCopied()
	s.resolve()
	r := s.result()
	r.Template = !s.complains() && (filler || len(s.candidates) == 0 && s.onlyPraise() || s.repetitive())
	return r
}
