package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chaping/classifier"
)

// labelFigures scores the labels of testdata/labels.tsv, whose texts are found in
// the corpora by their hash. Rules were written with them in view.
func labelFigures(t *testing.T, cls *classifier.Classifier) string {
	t.Helper()
	texts := textsByHash(t)
	data, err := os.ReadFile("../../testdata/labels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var gold bytes.Buffer
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), "", "")
		text, ok := texts[cells[0]]
		if !ok {
			t.Fatalf("labels.tsv: no review has the hash %s", cells[0])
		}
		row, err := json.Marshal(map[string]any{"id": cells[0], "industry": cells[1], "text": text, "labels": strings.Fields(cells[2]), "template": cells[3] != ""})
		if err != nil {
			t.Fatal(err)
		}
		gold.Write(append(row, '\n'))
	}
	path := filepath.Join(t.TempDir(), "labels.jsonl")
	if err := os.WriteFile(path, gold.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return goldFigures(t, cls, "labels.tsv, read while rules were written: no measure of unseen reviews", path)
}

// textsByHash reads all reviews of the corpora.
func textsByHash(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	add := func(text string) {
		sum := sha256.Sum256([]byte(strings.Join(strings.Fields(text), "")))
		texts[hex.EncodeToString(sum[:])[:12]] = text
	}
	rows, err := csv.NewReader(bytes.NewReader(open(t, shared(t, "data/online_shopping.csv.gz")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		add(r[2])
	}
	for _, name := range []string{"aircon", "washer_region", "mother_baby", "tea"} {
		for line := range bytes.Lines(open(t, shared(t, "data/"+name+".jsonl.gz"))) {
			var r struct{ Text, Content string }
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatal(err)
			}
			add(r.Text + r.Content)
		}
	}
	return texts
}
