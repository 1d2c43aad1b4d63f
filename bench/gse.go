//go:build gse

package main

// Keeps gse among the requirements of this module, for the benchmark of segmentation and classification, without
// linking its dictionaries into the matcher's.
import _ "github.com/go-ego/gse"
