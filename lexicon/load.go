package lexicon

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed data/*.yaml
var builtin embed.FS

// Schema is the version of the file format that this package reads.
const Schema = 1

// Load reads the built-in lexicon and, over it, the *.yaml files of each
// directory of overlays: rules, categories and sets with a known id replace
// the earlier ones, others are added, and a file with a new industry adds it.
// The error joins every mistake found, each with file, line and remedy.
func Load(overlays ...fs.FS) (*Lexicon, error) {
	sub, err := fs.Sub(builtin, "data")
	if err != nil {
		return nil, fmt.Errorf("lexicon: %w", err)
	}
	l := &loader{files: map[string]*file{}, hash: sha256.New()}
	for i, fsys := range append([]fs.FS{sub}, overlays...) {
		names, err := fs.Glob(fsys, "*.yaml")
		if err != nil {
			return nil, fmt.Errorf("lexicon: %w", err)
		}
		if len(names) == 0 {
			l.errs = append(l.errs, errors.New("lexicon: no *.yaml file in the directory: name the one that holds your rules"))
		}
		for _, name := range names {
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, fmt.Errorf("lexicon: %w", err)
			}
			l.add(name, data, i == 0)
		}
	}
	lex := &Lexicon{Hash: hex.EncodeToString(l.hash.Sum(nil))[:12]}
	for _, id := range slices.Sorted(mapKeys(l.files)) {
		if ind := l.build(id); ind != nil && id != "common" {
			lex.industries = append(lex.industries, ind)
		}
	}
	l.checkIDs()
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	return lex, nil
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// file is an industry as its files have it, before what it extends is added.
type file struct {
	industry   string
	path       string
	line       int
	title      Title
	version    string
	extends    string
	categories []Category
	rules      []rawRule
	setOrder   []string
	setSource  map[string]rawSet
	words      []located
	cues       []rawCue
	templates  []Template
	switches   map[string]bool
}

type located struct {
	text string
	file string
	line int
}

type rawSet struct {
	members []located
}

type rawCue struct {
	kind CueKind
	located
}

type rawRule struct {
	Rule
	any, not, unless []located
	gap              int
	remove           bool
}

type loader struct {
	files map[string]*file
	errs  []error
	hash  interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
}

func (l *loader) errorf(file string, line int, format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("lexicon: %s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

// add reads one file. Files of the built-in lexicon are named after their
// industry, but for cues.yaml, a part of common; an overlay's may have any name.
func (l *loader) add(name string, data []byte, isBuiltin bool) {
	fmt.Fprintf(l.hash.(interface{ Write([]byte) (int, error) }), "%s\x00%d\x00", name, len(data))
	l.hash.Write(data)
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		l.errs = append(l.errs, fmt.Errorf("lexicon: %s: %w", name, err))
		return
	}
	if len(doc.Content) == 0 {
		l.errorf(name, 1, "the file is empty: it needs schema, industry and rules")
		return
	}
	d := &decoder{loader: l, file: name}
	f := d.document(doc.Content[0])
	if f == nil {
		return
	}
	if isBuiltin && name != f.industry+".yaml" && name != "cues.yaml" {
		l.errorf(name, 1, "industry %q must live in %s.yaml", f.industry, f.industry)
	}
	if have := l.files[f.industry]; have != nil {
		have.overlay(f)
		return
	}
	if f.extends == "" && f.industry != "common" {
		f.extends = "common"
	}
	l.files[f.industry] = f
}

// overlay lays o over f.
func (f *file) overlay(o *file) {
	if o.title.ZH != "" {
		f.title = o.title
	}
	if o.version != "" {
		f.version = o.version
	}
	for _, c := range o.categories {
		if i := slices.IndexFunc(f.categories, func(have Category) bool { return have.ID == c.ID }); i >= 0 {
			f.categories[i] = c
		} else {
			f.categories = append(f.categories, c)
		}
	}
	for _, r := range o.rules {
		if i := slices.IndexFunc(f.rules, func(have rawRule) bool { return have.ID == r.ID }); i >= 0 {
			f.rules[i] = r
		} else {
			f.rules = append(f.rules, r)
		}
	}
	for _, name := range o.setOrder {
		if _, ok := f.setSource[name]; !ok {
			f.setOrder = append(f.setOrder, name)
		}
		f.setSource[name] = o.setSource[name]
	}
	f.words = append(f.words, o.words...)
	f.cues = append(f.cues, o.cues...)
	f.templates = append(f.templates, o.templates...)
	for name, on := range o.switches {
		f.switches[name] = on
	}
}

// build puts the industry together with everything that it extends.
func (l *loader) build(id string) *Industry {
	chain := l.chain(id)
	if chain == nil {
		return nil
	}
	own := l.files[id]
	ind := &Industry{ID: id, Title: own.title, Version: own.version, Switches: map[string]bool{}}
	named := sets{}
	rules := map[string]int{}
	for _, f := range chain { // from common to the industry itself
		l.defineSets(f, named)
		for name, on := range f.switches {
			ind.Switches[name] = on
		}
		ind.Templates = append(ind.Templates, f.templates...)
		ind.Words = append(ind.Words, l.patterns(f.words, named, DefaultGap)...)
		for _, c := range f.cues {
			for _, p := range l.patterns([]located{c.located}, named, DefaultGap) {
				ind.Cues = append(ind.Cues, Cue{c.kind, p})
			}
		}
		ind.Categories = mergeCategories(f.categories, ind.Categories)
	}
	for _, f := range chain {
		for _, raw := range f.rules {
			rule := l.rule(raw, named, ind)
			if at, ok := rules[raw.ID]; ok {
				ind.Rules[at] = rule
			} else {
				rules[raw.ID] = len(ind.Rules)
				ind.Rules = append(ind.Rules, rule)
			}
		}
	}
	ind.Rules = slices.DeleteFunc(ind.Rules, func(r Rule) bool { return len(r.Any) == 0 })
	return ind
}

// mergeCategories lists an industry's own categories first, then those it
// inherits and does not define anew.
func mergeCategories(own, inherited []Category) []Category {
	out := slices.Clone(own)
	for _, c := range inherited {
		if !slices.ContainsFunc(own, func(o Category) bool { return o.ID == c.ID }) {
			out = append(out, c)
		}
	}
	return out
}

// chain lists the files from common to id, or nil after an error.
func (l *loader) chain(id string) []*file {
	var chain []*file
	for at := id; at != ""; at = l.files[at].extends {
		f := l.files[at]
		if f == nil {
			l.errorf(chain[0].path, chain[0].line, "extends %q, which no file defines", at)
			return nil
		}
		if slices.Contains(chain, f) {
			l.errorf(f.path, f.line, "industry %q extends itself", at)
			return nil
		}
		chain = append([]*file{f}, chain...)
	}
	return chain
}

func (l *loader) defineSets(f *file, named sets) {
	for _, name := range f.setOrder {
		var c choice
		for _, m := range f.setSource[name].members {
			part, err := parsePart(strings.Join(strings.Fields(m.text), ""), named)
			if err != nil {
				l.errorf(m.file, m.line, "set %q: member %q: %v", name, m.text, err)
				continue
			}
			c = append(c, part)
		}
		named[name] = c
	}
}

// patterns parses texts; mistakes are noted and left out.
func (l *loader) patterns(texts []located, named sets, gap int) []Pattern {
	out := make([]Pattern, 0, len(texts))
	for _, t := range texts {
		p, err := parsePattern(t.text, named)
		if err != nil {
			l.errorf(t.file, t.line, "pattern %q: %v", t.text, err)
			continue
		}
		p.File, p.Line, p.Gap = t.file, t.line, gap
		out = append(out, p)
	}
	return out
}

func (l *loader) rule(raw rawRule, named sets, ind *Industry) Rule {
	r := raw.Rule
	if raw.remove {
		return r
	}
	if ind.Category(r.Category) == nil {
		l.errorf(r.File, r.Line, "rule %q: industry %q has no category %q: define it or correct the id", r.ID, ind.ID, r.Category)
	}
	for _, id := range r.Beats {
		if ind.Category(id) == nil {
			l.errorf(r.File, r.Line, "rule %q: beats %q, which is no category of %q", r.ID, id, ind.ID)
		}
	}
	if _, ok := ind.Switches[r.When]; r.When != "" && !ok {
		l.errorf(r.File, r.Line, "rule %q: when names the unknown switch %q: define it under switches", r.ID, r.When)
	}
	r.Any = l.patterns(raw.any, named, raw.gap)
	r.Not = l.patterns(raw.not, named, raw.gap)
	r.Unless = l.patterns(raw.unless, named, raw.gap)
	return r
}

// checkIDs reports mistakes that concern files as written, once each.
func (l *loader) checkIDs() {
	seen := map[string]bool{}
	l.errs = slices.DeleteFunc(l.errs, func(err error) bool {
		dup := seen[err.Error()]
		seen[err.Error()] = true
		return dup
	})
}
