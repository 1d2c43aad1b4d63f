// Benchmarks against other libraries, in a module of their own so that chaping does not depend on its rivals.
module chaping/bench

go 1.26.8

replace chaping => ../

require (
	chaping v0.0.0-00010101000000-000000000000
	github.com/BobuSumisu/aho-corasick v1.0.3
	github.com/cloudflare/ahocorasick v0.0.0-20240916140611-054963ec9396
	github.com/go-ego/gse v0.80.3
	github.com/petar-dambovaliev/aho-corasick v0.0.0-20250424160509-463d218d4745
)

require (
	github.com/vcaesar/cedar v0.20.2 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/text v0.43.0 // indirect
)
