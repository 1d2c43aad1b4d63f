package demo

// Truth is what was planted.
type Truth struct {
	Industry string  `json:"industry"`
	Seed     uint64  `json:"seed"`
	First    string  `json:"first"` // day of the first reviews, 2025-11-01
	Last     string  `json:"last"`
	Reviews  int     `json:"reviews"`
	Orders   int     `json:"orders"`     // reviewed or not
	Problems int     `json:"problems"`   // reviews that name a problem, in the first text or the follow-up
	Copied   int     `json:"templates"`  // copied or filler praise
	FollowUp int     `json:"follow_ups"` // reviews with a second text
	Planted  []*Cell `json:"planted"`
	// Rates are those of all cells that no planted cell touches, by category.
	Rates map[string]float64 `json:"rates"`
}

// Cell is a cell of a table that has more of a problem than the others.
type Cell struct {
	Key      Key     `json:"key"`
	Rate     float64 `json:"rate"`      // the chance that a review in it names the problem in its first text
	BaseRate float64 `json:"base_rate"` // the same in all cells that no planted cell touches
	Reviews  int     `json:"reviews"`   // reviews in it
	Expected float64 `json:"expected"`  // of these, how many name the problem on average over all seeds, follow-ups included
	Count    int     `json:"count"`     // how many do
}

// Key says which reviews lie in a cell. Empty is any.
type Key struct {
	Category string `json:"category"`
	Product  string `json:"product,omitempty"`
	SKU      string `json:"sku,omitempty"`
	Courier  string `json:"courier,omitempty"`
	Region   string `json:"region,omitempty"`
	Month    string `json:"month,omitempty"`
}

// place is where a review lies.
type place struct{ product, sku, courier, region, month string }

// has reports whether a review at p lies in the cell, its problems aside.
func (k *Key) has(p *place) bool {
	return (k.Product == "" || k.Product == p.product) && (k.SKU == "" || k.SKU == p.sku) && (k.Courier == "" || k.Courier == p.courier) &&
		(k.Region == "" || k.Region == p.region) && (k.Month == "" || k.Month == p.month)
}
