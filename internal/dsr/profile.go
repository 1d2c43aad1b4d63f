package dsr

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Profile is a platform's rule for its scores.
type Profile struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Window   int    `json:"window"`   // days, the as-of day among them
	First    int    `json:"first"`    // orders of a buyer in a calendar month that count; 0 is all
	Decimals int    `json:"decimals"` // of the shown score, which is floored
	Source   string `json:"source"`
	Seen     string `json:"seen"` // when the source was read, YYYY-MM-DD
}

//go:embed profiles.yaml
var profilesYAML []byte

// Profiles lists the platforms' rules.
var Profiles = sync.OnceValue(func() []Profile {
	var list []Profile
	if err := yaml.Unmarshal(profilesYAML, &list); err != nil {
		panic(err) // the file is part of the program; a test reads it
	}
	return list
})

// ProfileOf finds a profile by its id. The error lists the known ones.
func ProfileOf(id string) (Profile, error) {
	var known []string
	for _, p := range Profiles() {
		if p.ID == id {
			return p, nil
		}
		known = append(known, p.ID)
	}
	return Profile{}, fmt.Errorf("no profile is called %q: known are %s", id, strings.Join(known, ", "))
}
