package lexicon

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder turns the YAML nodes of one file into a file, noting every mistake
// with its line.
type decoder struct {
	*loader
	file string
}

var ruleID = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

// fields returns the values of a mapping by key and reports unknown ones.
func (d *decoder) fields(n *yaml.Node, what string, allowed ...string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		d.errorf(d.file, n.Line, "%s must be a mapping with the fields %s", what, strings.Join(allowed, ", "))
		return nil
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(allowed, key.Value) {
			d.errorf(d.file, key.Line, "%s: unknown field %q: known are %s", what, key.Value, strings.Join(allowed, ", "))
			continue
		}
		if out[key.Value] != nil {
			d.errorf(d.file, key.Line, "%s: field %q is there twice", what, key.Value)
		}
		out[key.Value] = n.Content[i+1]
	}
	return out
}

// text returns the text of a scalar, "" where n is nil.
func (d *decoder) text(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		d.errorf(d.file, n.Line, "%s must be a single text", what)
		return ""
	}
	return n.Value
}

// texts returns the texts of a list with their lines, none where n is nil.
func (d *decoder) texts(n *yaml.Node, what string) []located {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		d.errorf(d.file, n.Line, "%s must be a list of texts", what)
		return nil
	}
	out := make([]located, 0, len(n.Content))
	for _, item := range n.Content {
		if s := d.text(item, "an item of "+what); strings.TrimSpace(s) == "" {
			d.errorf(d.file, item.Line, "%s: empty text: remove it", what)
		} else {
			out = append(out, located{s, d.file, item.Line})
		}
	}
	return out
}

func (d *decoder) strings(n *yaml.Node, what string) []string {
	var out []string
	for _, t := range d.texts(n, what) {
		out = append(out, t.text)
	}
	return out
}

// document reads a whole file; nil when it says of no industry.
func (d *decoder) document(n *yaml.Node) *file {
	fields := d.fields(n, "the file", "schema", "industry", "version", "title", "extends", "switches", "categories", "sets", "cues", "words", "templates", "rules")
	if fields == nil {
		return nil
	}
	if v := d.text(fields["schema"], "schema"); v != strconv.Itoa(Schema) {
		d.errorf(d.file, n.Line, "schema is %q, this program reads %d", v, Schema)
	}
	f := &file{
		industry: d.text(fields["industry"], "industry"), path: d.file, line: n.Line,
		version: d.text(fields["version"], "version"), extends: d.text(fields["extends"], "extends"),
		setSource: map[string]rawSet{}, switches: map[string]bool{},
		words: d.texts(fields["words"], "words"),
	}
	if f.industry == "" {
		d.errorf(d.file, n.Line, "the file names no industry")
		return nil
	}
	if t := fields["title"]; t != nil {
		f.title = d.title(t)
	}
	d.switches(fields["switches"], f)
	d.sets(fields["sets"], f)
	d.cues(fields["cues"], f)
	d.templates(fields["templates"], f)
	for _, c := range d.list(fields["categories"], "categories") {
		f.categories = append(f.categories, d.category(c))
	}
	at := map[string]int{}
	for _, r := range d.list(fields["rules"], "rules") {
		rule, ok := d.rule(r)
		if !ok {
			continue
		}
		if line, twice := at[rule.ID]; twice {
			d.errorf(d.file, rule.Line, "rule %q is already defined in line %d: give it another id", rule.ID, line)
		}
		at[rule.ID] = rule.Line
		if rule.extend {
			f.extensions = append(f.extensions, rule)
		} else {
			f.rules = append(f.rules, rule)
		}
	}
	return f
}

func (d *decoder) list(n *yaml.Node, what string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		d.errorf(d.file, n.Line, "%s must be a list", what)
		return nil
	}
	return n.Content
}

func (d *decoder) title(n *yaml.Node) Title {
	fields := d.fields(n, "title", "zh", "en")
	t := Title{d.text(fields["zh"], "zh"), d.text(fields["en"], "en")}
	if t.ZH == "" || t.EN == "" {
		d.errorf(d.file, n.Line, "a title needs zh and en")
	}
	return t
}

func (d *decoder) boolean(n *yaml.Node, what string) bool {
	s := d.text(n, what)
	if s != "true" && s != "false" && n != nil {
		d.errorf(d.file, n.Line, "%s is %q: write true or false", what, s)
	}
	return s == "true"
}

// number reads a number of characters from low to high, low where n is nil.
func (d *decoder) number(n *yaml.Node, what string, low, high int) int {
	if n == nil {
		return low
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < low || v > high {
		d.errorf(d.file, n.Line, "%s is %q: write a number of characters from %d to %d", what, n.Value, low, high)
		return low
	}
	return v
}

func (d *decoder) switches(n *yaml.Node, f *file) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f.switches[n.Content[i].Value] = d.boolean(n.Content[i+1], "switch "+n.Content[i].Value)
	}
}

func (d *decoder) sets(n *yaml.Node, f *file) {
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.errorf(d.file, n.Line, "sets must be a mapping from a name to a list of texts")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if _, twice := f.setSource[name]; twice {
			d.errorf(d.file, n.Content[i].Line, "set %q is defined twice", name)
			continue
		}
		f.setOrder = append(f.setOrder, name)
		f.setSource[name] = rawSet{d.texts(n.Content[i+1], "set "+name)}
	}
}

func (d *decoder) cues(n *yaml.Node, f *file) {
	if n == nil {
		return
	}
	kinds := make([]string, len(CueKinds))
	for i, k := range CueKinds {
		kinds[i] = string(k)
	}
	for kind, list := range d.fields(n, "cues", kinds...) {
		for _, t := range d.texts(list, "cues "+kind) {
			f.cues = append(f.cues, rawCue{CueKind(kind), t})
		}
	}
	slices.SortStableFunc(f.cues, func(a, b rawCue) int { return strings.Compare(string(a.kind), string(b.kind)) })
}

func (d *decoder) templates(n *yaml.Node, f *file) {
	if n == nil {
		return
	}
	fields := d.fields(n, "templates", "copied", "filler", "praise")
	f.praise = d.strings(fields["praise"], "templates praise")
	for _, kind := range []string{"copied", "filler"} {
		for _, t := range d.texts(fields[kind], "templates "+kind) {
			f.templates = append(f.templates, Template{string(Normalize(t.text).Runes), kind == "copied"})
		}
	}
}

func (d *decoder) category(n *yaml.Node) Category {
	fields := d.fields(n, "category", "id", "zh", "en", "dimension", "owner", "fallback", "max_length")
	c := Category{
		ID: d.text(fields["id"], "id"), Title: Title{d.text(fields["zh"], "zh"), d.text(fields["en"], "en")},
		Dimension: Dimension(d.text(fields["dimension"], "dimension")), Owner: d.text(fields["owner"], "owner"),
		Fallback: d.boolean(fields["fallback"], "fallback"), MaxLength: d.number(fields["max_length"], "max_length", 0, 1_000_000),
	}
	switch {
	case !ruleID.MatchString(c.ID):
		d.errorf(d.file, n.Line, "category id %q: write lower-case words joined by a dot, such as product.taste", c.ID)
	case c.Title.ZH == "" || c.Title.EN == "" || c.Owner == "":
		d.errorf(d.file, n.Line, "category %q needs zh, en and owner", c.ID)
	case c.Dimension != Description && c.Dimension != Service && c.Dimension != Logistics:
		d.errorf(d.file, n.Line, "category %q: dimension is %q: write D, S or L", c.ID, c.Dimension)
	}
	return c
}

// prefixes reads prefixes of category ids; "*" stands for all.
func (d *decoder) prefixes(n *yaml.Node, what string) []string {
	out := d.strings(n, what)
	for i, p := range out {
		out[i] = strings.TrimSuffix(p, "*")
	}
	return out
}

func (d *decoder) rule(n *yaml.Node) (rawRule, bool) {
	fields := d.fields(n, "rule", "id", "category", "any", "not", "unless", "gap", "across", "negation", "weak", "weak_near", "beats", "ignore", "when", "remove", "extend", "without", "match", "no_match")
	if fields == nil {
		return rawRule{}, false
	}
	r := rawRule{Rule: Rule{
		ID: d.text(fields["id"], "id"), Category: d.text(fields["category"], "category"), File: d.file, Line: n.Line,
		Negation: Negation(d.text(fields["negation"], "negation")), When: d.text(fields["when"], "when"),
		Beats: d.strings(fields["beats"], "beats"), Match: d.strings(fields["match"], "match"), NoMatch: d.strings(fields["no_match"], "no_match"),
	}, gap: DefaultGap, across: d.boolean(fields["across"], "across"), remove: d.boolean(fields["remove"], "remove"), extend: d.boolean(fields["extend"], "extend")}
	complain := func(format string, args ...any) {
		d.errorf(d.file, n.Line, "rule %q: "+format, append([]any{r.ID}, args...)...)
	}
	if !ruleID.MatchString(r.ID) {
		complain("write the id as lower-case words joined by dots, such as food.taste.sour")
	}
	r.Weak, r.WeakNear = d.prefixes(fields["weak"], "weak"), d.prefixes(fields["weak_near"], "weak_near")
	for _, kind := range d.strings(fields["ignore"], "ignore") {
		if !slices.Contains(CueKinds, CueKind(kind)) {
			complain("ignore names the unknown kind %q", kind)
		}
		r.Ignore = append(r.Ignore, CueKind(kind))
	}
	if fields["gap"] != nil {
		r.gap = d.number(fields["gap"], fmt.Sprintf("rule %q: gap", r.ID), 0, 50)
	}
	switch r.Negation {
	case "":
		if !r.extend {
			r.Negation = Drop
		}
	case Drop, Keep, Flip:
	default:
		complain("negation is %q: write drop, keep or flip", r.Negation)
	}
	r.any, r.not, r.unless = d.texts(fields["any"], "any"), d.texts(fields["not"], "not"), d.texts(fields["unless"], "unless")
	r.without = d.texts(fields["without"], "without")
	if r.remove {
		return r, true
	}
	if r.extend {
		for _, name := range []string{"category", "weak", "weak_near", "beats", "when"} {
			if fields[name] != nil {
				complain("extend cannot change %s: leave it out, or write the whole rule without extend", name)
			}
		}
		return r, true
	}
	if len(r.without) > 0 {
		complain("without takes patterns out of a rule that extend: true changes")
	}
	if r.Category == "" {
		complain("names no category")
	}
	if len(r.any) == 0 {
		complain("any is empty: give at least one pattern")
	}
	if len(r.Match) == 0 || len(r.NoMatch) == 0 {
		complain("give at least one text under match and one under no_match")
	}
	return r, true
}
