package neardup_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"chaping/internal/neardup"
)

// item is a review as the tests give it.
type item struct{ order, text string }

// clusters is what d finds.
func clusters(t testing.TB, d *neardup.Detector) *neardup.Clusters {
	t.Helper()
	found, err := d.Clusters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// cluster returns the cluster's id of every item.
func cluster(t testing.TB, items []item) []int {
	t.Helper()
	d := neardup.New(neardup.Options{})
	for _, it := range items {
		if err := d.Add(it.order, neardup.Sketch([]rune(it.text))); err != nil {
			t.Fatal(err)
		}
	}
	found := clusters(t, d)
	ids, sizes := make([]int, len(items)), map[int]int{}
	for i := range items {
		ids[i], _ = found.Of(i)
		sizes[ids[i]]++
	}
	next := 1
	for i, id := range ids {
		_, size := found.Of(i)
		if want := sizes[id]; id > 0 && size != want || id == 0 && size != 0 {
			t.Fatalf("text %d of cluster %d: size %d, want %d", i, id, size, want)
		}
		if id > next {
			t.Fatalf("text %d has the first cluster %d, want %d", i, id, next)
		}
		if id == next {
			next++
		}
	}
	if found.Len() != next-1 {
		t.Fatalf("Len() = %d, want %d", found.Len(), next-1)
	}
	return ids
}

const (
	praise = "包装很严实送来的时候一点没有碰坏打开试了一下声音小洗得也干净全家人都说买对了下次还来这家店"
	tea    = "这款茶叶泡出来汤色清亮入口回甘朋友来家里做客都夸好喝价钱也合适以后就认准这一家了"
)

func TestPairs(t *testing.T) {
	tests := []struct {
		name   string
		a, b   string
		want   bool
		reason string
	}{
		{"same text", praise, praise, true, ""},
		{"changed word", praise, "包装很严实送来的时候一点没有磕坏打开试了一下噪音小洗得也干净全家人都说买对了下次还来这家店", true, "J = 0.76"},
		{"changed punctuation", praise, "包装很严实，送来的时候一点没有碰坏！打开试了一下：声音小、洗得也干净……全家人都说“买对了”。下次还来这家店~~", true, ""},
		{"white space and line breaks", praise, "包装很严实 送来的时候一点没有碰坏\n打开试了一下 声音小\t洗得也干净　全家人都说买对了 下次还来这家店", true, ""},
		{"emoji", tea, "😀这款茶叶泡出来汤色清亮👍🏻入口回甘❤️朋友来家里做客都夸好喝，价钱也合适🎉以后就认准这一家了👨‍👩‍👧", true, ""},
		{"appended short sentence", praise, praise + "就是送货慢了点", true, "J = 0.86"},
		{"appended sentence half as long", tea, tea + "不过这次收到有两包漏气了联系客服也没有人回", false, "J = 0.64: the complaint counts"},
		{"other number", "活动价1299元买的加上满减实际付了1180很划算推荐给大家", "活动价1299元买的加上满减实际付了1190很划算推荐给大家", true, ""},
		{"different sentences", praise, tea, false, ""},
		{"shared phrases", "包装很严实，送货师傅态度好，就是机器用起来震动大得吓人", "包装很严实，送货师傅态度好，衣服面料柔软穿着合身", false, ""},
		{"shared beginning", "这款茶叶泡出来汤色清亮入口回甘，可惜碎末太多了喝着满嘴渣子", "这款茶叶泡出来汤色清亮入口回甘，包装盒也精致拿来送长辈很体面", false, ""},
		{"very short", "差评", "差评", false, "repeats by nature"},
		{"eleven letters", "物流很快东西也很好的啊", "物流很快东西也很好的啊", false, "one letter too short"},
		{"twelve letters", "物流很快东西也都很好的啊", "物流很快东西也都很好的啊", true, "just long enough"},
		{"repeated word", "很好很好很好很好很好很好很好很好", "很好很好很好很好很好很好很好很好", false, "two different grams"},
		{"punctuation only", "！！！！！！！！！！！！！！！！！！", "！！！！！！！！！！！！！！！！！！", false, ""},
		{"empty", "", "", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ids := cluster(t, []item{{"1", tt.a}, {"2", tt.b}})
			if got := ids[0] > 0 && ids[0] == ids[1]; got != tt.want {
				j := jaccard(gramSet([]rune(tt.a)), gramSet([]rune(tt.b)))
				t.Errorf("together = %v, want %v (J = %.2f) %s", got, tt.want, j, tt.reason)
			}
		})
	}
}

func TestOrders(t *testing.T) {
	tests := []struct {
		name   string
		orders []string
		want   bool
	}{
		{"same order", []string{"1", "1"}, false},
		{"same order often", []string{"1", "1", "1", "1"}, false},
		{"different orders", []string{"1", "2"}, true},
		{"two of three the same", []string{"1", "1", "2"}, true},
		{"none known", []string{"", ""}, true},
		{"one known", []string{"1", ""}, true},
		{"one text", []string{""}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var items []item
			for _, order := range tt.orders {
				items = append(items, item{order, tea})
			}
			for i, id := range cluster(t, items) {
				if got := id > 0; got != tt.want {
					t.Errorf("text %d in a cluster = %v, want %v", i, got, tt.want)
				}
			}
		})
	}
}

func TestSameTextManyTimes(t *testing.T) {
	items := []item{{"a", tea}, {"b", "收到了还没有拆开看过先放着再说吧"}}
	for i := range 10_000 {
		items = append(items, item{fmt.Sprint(i), praise})
	}
	items = append(items, item{"c", tea})
	ids := cluster(t, items)
	if ids[0] != 1 || ids[len(ids)-1] != 1 || ids[1] != 0 {
		t.Errorf("ids of the others = %d, %d, %d, want 1, 1, 0", ids[0], ids[len(ids)-1], ids[1])
	}
	for i, id := range ids[2 : len(ids)-1] {
		if id != 2 {
			t.Fatalf("copy %d is in cluster %d, want 2", i, id)
		}
	}
}

// TestNoChain changes a text by a letter at a time until nothing of it is left.
func TestNoChain(t *testing.T) {
	text, items := []rune(praise), []item{{"", praise}}
	for i := range text {
		text[i] = rune(0x5000 + 7*i)
		items = append(items, item{"", string(text)})
	}
	sets := make([][]uint64, len(items))
	for i, it := range items {
		sets[i] = gramSet([]rune(it.text))
	}
	ids := cluster(t, items)
	for i := range items {
		for j := range i {
			if ids[i] > 0 && ids[i] == ids[j] && jaccard(sets[i], sets[j]) < 0.1 {
				t.Errorf("steps %d and %d are together at J = %.2f", j, i, jaccard(sets[i], sets[j]))
			}
		}
	}
	if ids[0] == 0 || ids[0] != ids[1] {
		t.Errorf("the first steps are in clusters %d and %d, want the same", ids[0], ids[1])
	}
}

// TestQuality holds recall and precision on pairs of known similarity.
func TestQuality(t *testing.T) {
	tests := []struct {
		length, changed int // letters; letters changed in a row
		min, max        float64
		reason          string
	}{
		{50, 2, 0.99, 1, "J = 0.85"},
		{40, 2, 0.97, 1, "J = 0.81"},
		{200, 20, 0.94, 1, "J = 0.80, of a sample"},
		{30, 2, 0.9, 1, "J = 0.75"},
		{30, 9, 0, 0.01, "J = 0.44"},
		{100, 34, 0, 0.01, "J = 0.46"},
		{400, 140, 0, 0.03, "J = 0.47, of a sample"},
		{30, 30, 0, 0, "J = 0"},
	}
	const pairs = 2000
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d of %d", tt.changed, tt.length), func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 7))
			var items []item
			for range pairs {
				text := make([]rune, tt.length)
				for i := range text {
					text[i] = rune(0x4E00 + r.IntN(3000))
				}
				items = append(items, item{"", string(text)})
				at := (tt.length - tt.changed) / 2
				for i := at; i < at+tt.changed; i++ {
					text[i] = rune(0x8000 + r.IntN(3000))
				}
				items = append(items, item{"", string(text)})
			}
			ids, together := cluster(t, items), 0
			for i := 0; i < len(ids); i += 2 {
				if ids[i] > 0 && ids[i] == ids[i+1] {
					together++
				}
			}
			if got := float64(together) / pairs; got < tt.min || got > tt.max {
				t.Errorf("%.4f of pairs are together, want %.2f to %.2f (%s)", got, tt.min, tt.max, tt.reason)
			}
		})
	}
}

func TestLongText(t *testing.T) {
	long := string(phrasesOf(1, 2000))
	ids := cluster(t, []item{{"", long}, {"", long + tea}, {"", string(phrasesOf(2, 2000))}})
	if !slices.Equal(ids, []int{1, 1, 0}) {
		t.Errorf("ids = %v, want [1 1 0]: the beginning counts", ids)
	}
}

func phrasesOf(seed uint64, n int) (text []rune) {
	r := rand.New(rand.NewPCG(seed, 0))
	for range n {
		text = append(text, rune(0x4E00+r.IntN(3000)))
	}
	return text
}

func TestLimit(t *testing.T) {
	d := neardup.New(neardup.Options{MaxTexts: 2})
	s := neardup.Sketch([]rune(tea))
	for i, want := range []error{nil, nil, neardup.ErrFull, neardup.ErrFull} {
		if err := d.Add("", s); !errors.Is(err, want) {
			t.Errorf("Add %d: %v, want %v", i, err, want)
		}
	}
	found := clusters(t, d)
	if d.Len() != 2 || found.Len() != 1 {
		t.Errorf("%d texts, %d clusters, want 2 and 1", d.Len(), found.Len())
	}
	for _, i := range []int{-1, 2, 1 << 40} {
		if id, size := found.Of(i); id != 0 || size != 0 {
			t.Errorf("Of(%d) = %d, %d, want 0, 0", i, id, size)
		}
	}
}

func TestZeroDetector(t *testing.T) {
	var d neardup.Detector
	if n := clusters(t, &d).Len(); n != 0 {
		t.Errorf("%d clusters of nothing", n)
	}
	for want, text := range []string{tea, praise, tea, praise} {
		if err := d.Add("", neardup.Sketch([]rune(text))); err != nil {
			t.Fatal(err)
		}
		if got := clusters(t, &d).Len(); got != max(0, want-1) {
			t.Errorf("%d clusters after %d texts, want %d", got, want+1, max(0, want-1))
		}
	}
}

func TestSketchDoesNotAllocate(t *testing.T) {
	text := phrasesOf(3, 3000)
	if n := testing.AllocsPerRun(100, func() { neardup.Sketch(text) }); n != 0 {
		t.Errorf("Sketch allocates %v times", n)
	}
}

// TestManyPhrases takes the ways for many alike texts, and twice the same.
func TestManyPhrases(t *testing.T) {
	for name, text := range map[string]source{"phrases": phraseTexts, "variants": variantTexts, "mixed": mixedTexts} {
		t.Run(name, func(t *testing.T) {
			var items []item
			for i := range 3000 {
				items = append(items, item{"", string(text(nil, i))})
			}
			checkPermutation(t, items, cluster(t, items), rand.New(rand.NewPCG(5, 5)))
		})
	}
}

// checkPermutation checks that another sequence of the items only renumbers.
func checkPermutation(t testing.TB, items []item, ids []int, r *rand.Rand) {
	t.Helper()
	order := r.Perm(len(items))
	shuffled := make([]item, len(items))
	for to, from := range order {
		shuffled[to] = items[from]
	}
	renumbered, back := map[int]int{}, map[int]int{}
	for to, id := range cluster(t, shuffled) {
		was := ids[order[to]]
		if (id == 0) != (was == 0) {
			t.Fatalf("text %q: cluster %d, and %d in another sequence", shuffled[to].text, was, id)
		}
		if n, ok := renumbered[was]; ok && n != id {
			t.Fatalf("cluster %d falls apart in another sequence", was)
		}
		if n, ok := back[id]; ok && n != was {
			t.Fatalf("cluster %d comes together in another sequence", was)
		}
		renumbered[was], back[id] = id, was
	}
}

// FuzzClusters makes texts from bytes: each chooses a phrase, ends a text,
// copies an earlier one or changes a letter.
func FuzzClusters(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 200, 1, 2, 3, 4, 5, 200, 6, 7, 8}, uint64(1))
	f.Add([]byte{1, 2, 3, 4, 250, 251, 240, 200, 250, 200, 250, 241, 200}, uint64(2))
	f.Add([]byte{200, 200, 5, 5, 5, 5, 200, 5, 5, 5, 5, 210, 1, 2, 3}, uint64(3))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		items := itemsOf(data[:min(len(data), 2000)])
		ids := cluster(t, items)
		checkPermutation(t, items, ids, rand.New(rand.NewPCG(seed, 0)))
		first := map[string]int{}
		for i, it := range items {
			k, seen := first[it.text]
			if !seen {
				first[it.text] = i
				continue
			}
			if ids[k] != ids[i] {
				t.Fatalf("equal texts %q are in clusters %d and %d", it.text, ids[k], ids[i])
			}
			differ := it.order == "" || it.order != items[k].order
			if differ && ids[i] == 0 && len(gramSet([]rune(it.text))) >= 10 {
				t.Fatalf("equal texts %q of different orders are in no cluster", it.text)
			}
		}
	})
}

func itemsOf(data []byte) (items []item) {
	var text []rune
	for i, b := range data {
		switch {
		case b < 180:
			text = append(text, []rune(phrases[int(b)%len(phrases)])...)
		case b < 220:
			order := ""
			if b%4 > 0 {
				order = fmt.Sprint(b % 4)
			}
			items = append(items, item{order, string(text)})
			text = nil
		case b < 240 && len(items) > 0:
			text = append(text, []rune(items[int(b)%len(items)].text)...)
		case len(text) > 0:
			text[i*7%len(text)] = rune(0x4E00 + int(b)*i%3000)
		}
	}
	return append(items, item{"", string(text)})
}

func ExampleDetector() {
	texts := []string{
		"衣服收到了，面料舒服，大小合适，下次还会再来买的",
		"差评",
		"衣服收到了，面料舒服！大小合适！下次还会再来买的！！",
		"差评",
	}
	var d neardup.Detector
	for i, text := range texts {
		if err := d.Add(fmt.Sprintf("order %d", i), neardup.Sketch([]rune(text))); err != nil {
			break
		}
	}
	found, err := d.Clusters(context.Background())
	if err != nil {
		panic(err)
	}
	for i := range texts {
		fmt.Println(found.Of(i))
	}
	// Output:
	// 1 2
	// 0 0
	// 1 2
	// 0 0
}

// TestInterrupted ends the search in its midst: among variants of one text, each
// of which costs comparisons with very many others.
func TestInterrupted(t *testing.T) {
	d := neardup.New(neardup.Options{})
	letters := []rune("质量很好颜色也正物流很快客服态度热情包装完整值得购买下次还会再来")
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		text := slices.Clone(letters)
		for range 6 {
			text[r.IntN(len(text))] = rune(0x4E00 + r.IntN(1000))
		}
		if err := d.Add("", neardup.Sketch(text)); err != nil {
			t.Fatal(err)
		}
	}
	ctx := &countdown{Context: t.Context()}
	ctx.left.Store(1000)
	if found, err := d.Clusters(ctx); found != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("Clusters() = %v, %v after its context ended, want no clusters and context.Canceled", found, err)
	}
	if late := -ctx.left.Load(); late > 100_000 {
		t.Errorf("the search asked %d times whether it is over, after it was", late)
	}
}

// countdown is a context that ends once it has been asked a number of times.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) >= 0 {
		return nil
	}
	return context.Canceled
}
