package demo

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"chaping/internal/names"
	"chaping/internal/review"
)

//go:embed data/*.yaml
var files embed.FS

// data is common.yaml with an industry's file laid over it.
type data struct {
	First, Last string
	Months      map[time.Month]float64
	Sales       []struct {
		Name, From, To string
		Times          float64
	}
	Couriers  []courier
	Provinces []province
	Nicks     struct{ First, Last []string }
	Sets      map[string][]string
	Praise    map[string][]phrase // by dimension D, S, L or any
	Harmless  []phrase
	Endings   []phrase
	Templates []phrase
	FollowUp  struct{ Praise, Lead []phrase } `yaml:"follow_up"`

	Complaints map[string]*complaint
	Products   []product
	Planted    []plant
}

type courier struct {
	Name, Code string
	Share      float64
	Shares     map[string]float64 // in regions where it differs
	short      string
}

type province struct {
	Name   string
	Share  float64
	Cities []string
	region string
}

// complaint is a problem and how buyers tell of it.
type complaint struct {
	Rate  float64
	Alone bool
	Say   []phrase
}

type product struct {
	Name  string
	Share float64
	SKUs  []string `yaml:"skus"`
	// Season are the months in which it sells three times as well.
	Season []time.Month
	Say    map[string][]phrase // by category, beside what the industry says
	id     string
}

// plant is a cell with a rate of its own. Empty fields are any.
type plant struct {
	Category, Product, SKU, Courier, Region, Month string
	Rate                                           float64
}

// Industries lists the industries that have a demo shop.
func Industries() []string {
	list, err := fs.Glob(files, "data/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i := range list {
		list[i] = strings.TrimSuffix(strings.TrimPrefix(list[i], "data/"), ".yaml")
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "common" })
}

// load reads the data of an industry.
func load(industry string) (*data, error) {
	if !slices.Contains(Industries(), industry) {
		return nil, fmt.Errorf("there is no demo shop for %q: known are %s", industry, strings.Join(Industries(), ", "))
	}
	var d, own data
	for name, into := range map[string]*data{"common": &d, industry: &own} {
		text, err := files.ReadFile("data/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			return nil, fmt.Errorf("%s.yaml: %w", name, err)
		}
	}
	d.Products, d.Planted = own.Products, own.Planted
	d.Harmless = append(d.Harmless, own.Harmless...)
	for dim, list := range own.Praise {
		d.Praise[dim] = append(d.Praise[dim], list...)
	}
	maps.Copy(d.Complaints, own.Complaints)
	for i := range d.Couriers {
		d.Couriers[i].short = names.Courier(d.Couriers[i].Name)
	}
	for i := range d.Provinces {
		d.Provinces[i].region = names.Region(d.Provinces[i].Name)
	}
	for i := range d.Products {
		d.Products[i].id = productID(d.Products[i].Name)
	}
	return &d, d.fill()
}

// phrases are all phrases of d.
func (d *data) phrases() []phrase {
	all := slices.Concat(d.Harmless, d.Endings, d.Templates, d.FollowUp.Praise, d.FollowUp.Lead)
	for _, list := range d.Praise {
		all = append(all, list...)
	}
	for _, c := range d.Complaints {
		all = append(all, c.Say...)
	}
	for _, p := range d.Products {
		for _, list := range p.Say {
			all = append(all, list...)
		}
	}
	return all
}

func (d *data) fill() error {
	var errs []error
	for _, p := range d.phrases() {
		errs = append(errs, p.fill(d.Sets))
	}
	return errors.Join(errs...)
}

// days gives each day of the year its weight, and the first day.
func (d *data) days() (first time.Time, weights []float64, err error) {
	first, err = time.ParseInLocation(time.DateOnly, d.First, review.Shanghai)
	if err != nil {
		return first, nil, err
	}
	last, err := time.ParseInLocation(time.DateOnly, d.Last, review.Shanghai)
	if err != nil {
		return first, nil, err
	}
	for t := first; !t.After(last); t = t.AddDate(0, 0, 1) {
		w := d.Months[t.Month()]
		for _, s := range d.Sales {
			if day := t.Format("01-02"); day >= s.From && day <= s.To {
				w *= s.Times
			}
		}
		weights = append(weights, w)
	}
	return first, weights, nil
}
