// Package names gives couriers, provinces, regions and industries one name each,
// whatever an export calls them: 圆通速递, YTO and yuantong are 圆通; 广东省, GD and an
// address in 深圳 are 广东, which lies in 华南; 母婴 is mother_baby.
//
// The data are couriers.yaml, provinces.yaml and industries.yaml beside this file. All
// functions are safe for concurrent use; the first call reads the data (about
// a millisecond). A name that is not known comes back as it was, trimmed.
package names

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"
)

var (
	//go:embed couriers.yaml
	couriersYAML []byte
	//go:embed provinces.yaml
	provincesYAML []byte
	//go:embed industries.yaml
	industriesYAML []byte
)

// Regions lists the regions in the order that merchants know.
var Regions = []string{"华东", "华南", "华中", "华北", "西北", "西南", "东北", "港澳台"}

// entry is a name of a data file.
type entry struct {
	Name   string
	Full   string
	Pinyin string
	Code   string
	Also   []string
	Region string
	Cities []string
}

// names lists all names of e; some may be empty.
func (e *entry) names() []string {
	return append([]string{e.Name, e.Full, e.Pinyin, e.Code}, e.Also...)
}

// table finds an entry by any of its names.
type table struct {
	entries []entry
	exact   map[string]*entry
	// cities has the entry of each prefecture.
	cities map[string]*entry
}

func newTable(data []byte) *table {
	t := &table{exact: map[string]*entry{}, cities: map[string]*entry{}}
	if err := yaml.Unmarshal(data, &t.entries); err != nil {
		panic(err) // the file is part of the program; a test reads it
	}
	for i := range t.entries {
		e := &t.entries[i]
		for _, name := range e.names() {
			if name != "" {
				t.exact[key(name)] = e
			}
		}
		for _, c := range e.Cities {
			t.cities[c] = e
		}
	}
	return t
}

var (
	couriers   = sync.OnceValue(func() *table { return newTable(couriersYAML) })
	provinces  = sync.OnceValue(func() *table { return newTable(provincesYAML) })
	industries = sync.OnceValue(func() *table { return newTable(industriesYAML) })
)

// key makes spellings comparable: width, case, spaces and hyphens do not count.
func key(s string) string {
	s = strings.ToLower(norm.NFKC.String(strings.TrimSpace(s)))
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '_' || r == '\u200b' {
			return -1
		}
		return r
	}, s)
}

// Industry returns the id of an industry.
func Industry(name string) string {
	if isASCII(name) {
		return name // an id
	}
	if e := industries().exact[key(name)]; e != nil {
		return e.Name
	}
	return strings.TrimSpace(name)
}

// companyEndings are what a courier's name may end in, the longer first.
var companyEndings = []string{"股份有限公司", "有限责任公司", "有限公司", "公司", "集团", "express", "快递", "速递", "速运", "快运", "物流", "速配", "供应链"}

// Courier returns the courier's canonical name.
func Courier(name string) string {
	k := key(name)
	if k == "" {
		return ""
	}
	t := couriers()
	for short := k; ; {
		if e := t.exact[short]; e != nil {
			return e.Name
		}
		cut := trimEnding(short)
		if cut == short {
			break
		}
		short = cut
	}
	// 圆通速递(上海), 上海韵达货运: the longest Chinese name within.
	best, longest := strings.TrimSpace(name), 0
	for i := range t.entries {
		for _, alias := range t.entries[i].names() {
			if n := len(alias); n > longest && !isASCII(alias) && strings.Contains(k, alias) {
				best, longest = t.entries[i].Name, n
			}
		}
	}
	return best
}

func trimEnding(s string) string {
	for _, end := range companyEndings {
		if cut, ok := strings.CutSuffix(s, end); ok && cut != "" {
			return cut
		}
	}
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Province returns the canonical short name of the province that s names or
// begins with (广东省, GD, 广东省深圳市, 深圳). It is empty where none is found.
func Province(s string) string {
	if e := province(s); e != nil {
		return e.Name
	}
	return ""
}

// Region returns the region of a province in any spelling, empty where the
// province is not known.
func Region(s string) string {
	if e := province(s); e != nil {
		return e.Region
	}
	return ""
}

// country is what an address may begin with.
var country = []string{"中国大陆", "中国", "china"}

func province(s string) *entry {
	if e := provinces().exact[s]; e != nil { // written as we write it, most are
		return e
	}
	k := key(s)
	for _, c := range country {
		k = strings.TrimLeft(strings.TrimPrefix(k, c), ",，·/|")
	}
	if k == "" {
		return nil
	}
	t := provinces()
	if e := t.exact[k]; e != nil {
		return e
	}
	for i := range t.entries {
		if e := &t.entries[i]; strings.HasPrefix(k, e.Name) {
			return e
		}
	}
	for i, n := 0, 0; i < len(k) && n < longestCity; n++ {
		_, size := utf8.DecodeRuneInString(k[i:])
		i += size
		if e := t.cities[k[:i]]; e != nil {
			return e
		}
	}
	return fullName(k)
}

// fullName finds the first full name of a province in an address that begins with
// something else: 张三，广东省深圳市.
func fullName(k string) (found *entry) {
	first := len(k)
	t := provinces()
	for i := range t.entries {
		if at := strings.Index(k, t.entries[i].Full); at >= 0 && at < first {
			first, found = at, &t.entries[i]
		}
	}
	return found
}

// longestCity is how many characters a prefecture's name has at most.
const longestCity = 5

// City returns the city that an address names after its province: 杭州 for
// 浙江省 杭州市 西湖区. A municipality is its own city. It is empty where the
// address does not say.
func City(address string) string {
	e := province(address)
	if e == nil {
		return ""
	}
	if strings.HasSuffix(e.Full, "市") {
		return e.Name
	}
	k := key(address)
	first, city := len(k), ""
	for _, c := range e.Cities { // a street may be named for another city
		if at := strings.Index(k, c); at >= 0 && at < first {
			first, city = at, strings.TrimSuffix(c, "市")
		}
	}
	return city
}
