package review

import (
	"strings"
	"unicode/utf8"

	"chaping/internal/names"
)

// Canonical gives the courier, the province and the industry one name each, whatever
// the export calls them, and takes province and city from the address where they
// are missing. A city has no 市 at its end. A name that is not known stays as it is. It may be called again.
func (r *Record) Canonical() {
	if strings.Contains(r.Courier, ";") { // several parcels
		list := strings.Split(r.Courier, ";")
		for i := range list {
			list[i] = names.Courier(list[i])
		}
		r.Courier = strings.Join(list, ";")
	} else {
		r.Courier = names.Courier(r.Courier)
	}
	r.Industry = names.Industry(r.Industry)
	from := r.Province
	if from == "" {
		from = r.Address
	}
	if p := names.Province(from); p != "" {
		r.Province = p
	}
	if r.City == "" {
		r.City = names.City(r.Address)
	}
	if short := strings.TrimSuffix(r.City, "市"); utf8.RuneCountInString(short) > 1 {
		r.City = short
	}
}
