package lexicon

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	"go.yaml.in/yaml/v3"
)

//go:embed data/*.yaml data/*.weights
var builtin embed.FS

// Schema is the version of the file format that this package reads.
const Schema = 1

// Load reads the built-in lexicon and, over it, the *.yaml files of each
// directory of overlays: rules, categories and sets with a known id replace
// the earlier ones, others are added, and a file with a new industry adds it.
// What overlays change is checked at once, and the error joins every mistake found,
// each with file, line and remedy; an industry that none changes is read when it
// is first asked for.
func Load(overlays ...fs.FS) (*Lexicon, error) {
	sub, err := fs.Sub(builtin, "data")
	if err != nil {
		return nil, fmt.Errorf("lexicon: %w", err)
	}
	return load(sub, overlays...)
}

// load is Load with other built-in files.
func load(builtin fs.FS, overlays ...fs.FS) (*Lexicon, error) {
	l := &loader{files: map[string]*file{}, sources: map[string]source{}, weights: map[string][]byte{}, overlaid: map[string]bool{}}
	hash := xxhash.New()
	hash.WriteString(traditionalPairs)
	// read takes the files of a kind and adds them to what identifies the lexicon.
	read := func(fsys fs.FS, pattern string, take func(name string, data []byte)) error {
		names, err := fs.Glob(fsys, pattern)
		if err == nil && len(names) == 0 {
			err = fmt.Errorf("no %s file in the directory: name the one that holds your rules", pattern)
		}
		for _, name := range names {
			var data []byte
			if data, err = fs.ReadFile(fsys, name); err != nil {
				break
			}
			fmt.Fprintf(hash, "%s\x00%d\x00", name, len(data))
			hash.Write(data)
			take(name, data)
		}
		if err != nil {
			return fmt.Errorf("lexicon: %w", err)
		}
		return nil
	}
	if err := read(builtin, "*.yaml", func(name string, data []byte) {
		l.sources[strings.TrimSuffix(name, ".yaml")] = source{name, data}
	}); err != nil {
		return nil, err
	}
	if err := read(builtin, "*.weights", func(name string, data []byte) {
		l.weights[strings.TrimSuffix(name, ".weights")] = data
	}); err != nil {
		return nil, err
	}
	for _, o := range overlays {
		if err := read(o, "*.yaml", l.addOverlay); err != nil {
			return nil, err
		}
	}
	lex := &Lexicon{Hash: fmt.Sprintf("%016x", hash.Sum64())[:12], loader: l, built: map[string]*Industry{}}
	for _, ids := range []iter.Seq[string]{maps.Keys(l.sources), maps.Keys(l.files)} {
		lex.ids = slices.AppendSeq(lex.ids, ids)
	}
	slices.Sort(lex.ids)
	lex.ids = slices.DeleteFunc(slices.Compact(lex.ids), base)
	if len(overlays) > 0 {
		for _, id := range lex.ids {
			if l.changed(id) {
				lex.built[id] = l.build(id)
			}
		}
		if err := l.err(); err != nil {
			return nil, err
		}
	}
	return lex, nil
}

// source is a built-in file that has not been read yet.
type source struct {
	name string
	data []byte
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
	extensions []rawRule // of rules of this file or those that it extends
	setOrder   []string
	setSource  map[string]rawSet
	words      []located
	cues       []rawCue
	templates  []Template
	praise     []string
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
	any, not, unless, without []located
	gap                       int
	across, remove, extend    bool
}

// loader holds the files of a lexicon, those read and those not yet read.
type loader struct {
	files   map[string]*file
	sources map[string]source
	weights map[string][]byte // by industry
	// overlaid are the industries of overlays, common and cues among them.
	overlaid map[string]bool
	errs     []error
}

func (l *loader) errorf(file string, line int, format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("lexicon: %s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

// err joins the mistakes found, each once: a mistake in common is met in every industry.
func (l *loader) err() error {
	seen := map[string]bool{}
	return errors.Join(slices.DeleteFunc(l.errs, func(err error) bool {
		twice := seen[err.Error()]
		seen[err.Error()] = true
		return twice
	})...)
}

// prefetch decodes the built-in files of some industries side by side.
func (l *loader) prefetch(ids ...string) {
	done := make(chan *loader)
	n := 0
	for _, id := range ids {
		if s, ok := l.sources[id]; ok {
			delete(l.sources, id)
			one := &loader{files: map[string]*file{}, sources: map[string]source{id: s}}
			n++
			go func() {
				one.file(id)
				done <- one
			}()
		}
	}
	for range n {
		one := <-done
		maps.Copy(l.files, one.files)
		l.errs = append(l.errs, one.errs...)
	}
}

// file returns what is known of an industry by now, nil where it is unknown.
func (l *loader) file(id string) *file {
	if s, ok := l.sources[id]; ok {
		delete(l.sources, id)
		if f := l.decode(s.name, s.data); f != nil && f.industry != id {
			l.errorf(s.name, f.line, "industry %q must live in %s.yaml", f.industry, f.industry)
		} else if f != nil {
			l.files[id] = f
		}
	}
	return l.files[id]
}

// addOverlay lays a user's file over what is there.
func (l *loader) addOverlay(name string, data []byte) {
	f := l.decode(name, data)
	if f == nil {
		return
	}
	l.overlaid[f.industry] = true
	if have := l.file(f.industry); have != nil {
		have.overlay(f)
	} else {
		l.files[f.industry] = f
	}
}

// base reports whether id is no industry of its own but what others extend:
// common has the rules of every shop, cues the words that act on all rules.
func base(id string) bool { return id == "common" || id == "cues" }

// decode reads one file; nil when it says of no industry.
func (l *loader) decode(name string, data []byte) *file {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		l.errs = append(l.errs, fmt.Errorf("lexicon: %s: %w", name, err))
		return nil
	}
	if len(doc.Content) == 0 {
		l.errorf(name, 1, "the file is empty: it needs schema, industry and rules")
		return nil
	}
	d := &decoder{loader: l, file: name}
	f := d.document(doc.Content[0])
	if f != nil && f.extends == "" {
		f.extends = map[string]string{"cues": "", "common": "cues"}[f.industry]
		if !base(f.industry) {
			f.extends = "common"
		}
	}
	return f
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
	f.extensions = append(f.extensions, o.extensions...)
	for _, name := range o.setOrder {
		if _, ok := f.setSource[name]; !ok {
			f.setOrder = append(f.setOrder, name)
		}
		f.setSource[name] = o.setSource[name]
	}
	f.words = append(f.words, o.words...)
	f.cues = append(f.cues, o.cues...)
	f.templates = append(f.templates, o.templates...)
	f.praise = append(f.praise, o.praise...)
	for name, on := range o.switches {
		f.switches[name] = on
	}
}

// changed reports whether an overlay changes an industry or one that it extends.
// Built-in files are not read for that.
func (l *loader) changed(id string) bool {
	for range len(l.sources) + len(l.files) { // an industry may extend itself by mistake
		if l.overlaid[id] {
			return true
		}
		if f := l.files[id]; f != nil {
			id = f.extends
			continue
		}
		_, after, found := bytes.Cut(l.sources[id].data, []byte("\nextends: "))
		if !found {
			return !base(id) && (l.overlaid["common"] || l.overlaid["cues"]) || id == "common" && l.overlaid["cues"]
		}
		line, _, _ := bytes.Cut(after, []byte("\n"))
		id = string(bytes.TrimSpace(line))
	}
	return true
}

// build puts the industry together with everything that it extends.
func (l *loader) build(id string) *Industry {
	chain := l.chain(id)
	if chain == nil {
		return nil
	}
	own := l.files[id]
	ind := &Industry{ID: id, Title: own.title, Version: own.version, Switches: map[string]bool{}}
	for _, f := range chain { // from cues to the industry itself
		if w := l.weights[f.industry]; w != nil {
			ind.Weights = w
		}
		for name, on := range f.switches {
			ind.Switches[name] = on
		}
		ind.Templates = append(ind.Templates, f.templates...)
		ind.Praise = append(ind.Praise, f.praise...)
		ind.Categories = mergeCategories(f.categories, ind.Categories)
	}
	rules := map[string]int{}
	named := map[string]choice{}
	for _, f := range chain {
		// A set of a file serves this file and those that extend it: what it
		// replaces goes on to mean the same in the files before.
		scope := sets{scope: f.industry, named: maps.Clone(named)}
		l.defineSets(f, scope)
		scope.groups = map[string]Element{}
		named = scope.named
		ind.Words = append(ind.Words, l.patterns("words", f.words, scope, DefaultGap)...)
		for _, c := range f.cues {
			for _, p := range l.patterns("cues "+string(c.kind), []located{c.located}, scope, DefaultGap) {
				ind.Cues = append(ind.Cues, Cue{c.kind, p})
			}
		}
		for _, raw := range f.rules {
			rule := l.rule(raw, scope, ind)
			if at, ok := rules[raw.ID]; ok {
				ind.Rules[at] = rule
			} else {
				rules[raw.ID] = len(ind.Rules)
				ind.Rules = append(ind.Rules, rule)
			}
		}
		for _, raw := range f.extensions {
			if at, ok := rules[raw.ID]; ok {
				l.extend(&ind.Rules[at], raw, scope)
			} else {
				l.errorf(raw.File, raw.Line, "rule %q: extend changes a rule that is there, and %s has none of this id: correct it", raw.ID, f.industry)
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
		f := l.file(at)
		if f == nil && len(chain) == 0 {
			return nil // the file could not be read, which has been said
		}
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
			part, err := parsePart(withoutSpace(m.text), named)
			if err != nil {
				l.errorf(m.file, m.line, "set %q: member %q: %v", name, m.text, err)
				continue
			}
			c = append(c, part)
		}
		named.named[name] = c
	}
}

// patterns parses the texts of a rule or of another part of a file; mistakes are
// noted and left out.
func (l *loader) patterns(of string, texts []located, named sets, gap int) []Pattern {
	out := make([]Pattern, 0, len(texts))
	for _, t := range texts {
		p, err := parsePattern(t.text, named)
		if err != nil {
			l.errorf(t.file, t.line, "%s: pattern %q: %v", of, t.text, err)
			continue
		}
		p.File, p.Line, p.Gap = t.file, t.line, gap
		out = append(out, p)
	}
	return out
}

// extend adds the patterns and texts of an extension to a rule.
func (l *loader) extend(r *Rule, raw rawRule, named sets) {
	for _, t := range raw.without {
		n := len(r.Any)
		if r.Any = slices.DeleteFunc(slices.Clone(r.Any), func(p Pattern) bool { return withoutSpace(p.Source) == withoutSpace(t.text) }); len(r.Any) == n {
			l.errorf(t.file, t.line, "rule %q: without names %q, which is none of its patterns", r.ID, t.text)
		}
	}
	l.ruled(&raw, named)
	r.Any = append(slices.Clip(r.Any), raw.Any...)
	r.Not = append(slices.Clip(r.Not), raw.Not...)
	r.Unless = append(slices.Clip(r.Unless), raw.Unless...)
	r.Ignore = append(slices.Clip(r.Ignore), raw.Ignore...)
	if raw.Negation != "" {
		r.Negation = raw.Negation
	}
	r.Match, r.NoMatch = append(slices.Clip(r.Match), raw.Match...), append(slices.Clip(r.NoMatch), raw.NoMatch...)
	if len(r.Any) == 0 {
		l.errorf(raw.File, raw.Line, "rule %q: no pattern is left: write remove: true instead", r.ID)
	}
}

func (l *loader) rule(raw rawRule, named sets, ind *Industry) Rule {
	if raw.remove {
		return raw.Rule
	}
	l.ruled(&raw, named)
	r := raw.Rule
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
	return r
}

// ruled parses a rule's patterns.
func (l *loader) ruled(r *rawRule, named sets) {
	of := fmt.Sprintf("rule %q", r.ID)
	r.Any = l.patterns(of, r.any, named, r.gap)
	for i := range r.Any {
		r.Any[i].Across = r.across
	}
	r.Not, r.Unless = l.patterns(of, r.not, named, r.gap), l.patterns(of, r.unless, named, r.gap)
}
