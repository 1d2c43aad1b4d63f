package neardup_test

import (
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"chaping/internal/neardup"
)

// phrases are what synthetic reviews are put together from.
var phrases = []string{
	"收到就打开看了", "颜色跟图上一样", "尺寸刚刚合适", "摸起来厚实", "送货师傅很有礼貌", "盒子有点压扁",
	"孩子抱着不肯放", "同事看了也想要", "用到现在没出毛病", "声音比旧的小", "洗过两次没变形", "味道要散几天",
	"说明书写得不清楚", "客服半天才回一句", "第二天中午就到了", "赠品忘记放进去", "价钱还算公道", "比上回买的薄",
	"老人家说好用", "拉链有些涩", "充电口松松的", "下单之前问了很久", "等活动等了半个月", "泡开以后很香",
	"咬一口汁水多", "有两个是坏的", "已经给我补发", "装起来不费劲", "螺丝少了一颗", "放在客厅挺好看",
}

// A source makes texts; text i of a source is always the same.
type source func(buf []rune, i int) []rune

// distinctTexts have nothing in common but chance: 30 of 3,000 characters.
func distinctTexts(buf []rune, i int) []rune {
	r := rand.New(rand.NewPCG(1, uint64(i)))
	for range 30 {
		buf = append(buf, rune(0x4E00+r.IntN(3000)))
	}
	return buf
}

// mixedTexts are distinct but for a fifth, which are copies of one of 1,000
// templates with two characters changed.
func mixedTexts(buf []rune, i int) []rune {
	if i%5 != 0 {
		return distinctTexts(buf, i)
	}
	r := rand.New(rand.NewPCG(2, uint64(i)))
	buf = distinctTexts(buf, -1-r.IntN(1000))
	at := r.IntN(len(buf) - 1)
	buf[at], buf[at+1] = rune(0x4E00+r.IntN(3000)), rune(0x4E00+r.IntN(3000))
	return buf
}

// phraseTexts are five of thirty phrases: unrelated, and yet much alike.
func phraseTexts(buf []rune, i int) []rune {
	r := rand.New(rand.NewPCG(3, uint64(i)))
	for range 5 {
		buf = append(buf, []rune(phrases[r.IntN(len(phrases))])...)
	}
	return buf
}

// variantTexts are all one template of 40 characters with two of them changed.
func variantTexts(buf []rune, i int) []rune {
	buf = append(distinctTexts(buf, -1), distinctTexts(nil, -2)[:10]...)
	r := rand.New(rand.NewPCG(4, uint64(i)))
	for range 2 {
		buf[r.IntN(len(buf))] = rune(0x4E00 + r.IntN(3000))
	}
	return buf
}

// BenchmarkClusters asks what a million texts cost. bytes/text is the highest
// use of the heap from the first Add to the end of Clusters, above what was
// used before; it must be at most 36 and 4 more for
// each core that works.
func BenchmarkClusters(b *testing.B) {
	for _, c := range []struct {
		name  string
		texts int
		text  source
	}{
		{"distinct", 1_000_000, distinctTexts},
		{"mixed", 1_000_000, mixedTexts},
		{"phrases", 100_000, phraseTexts},
		{"variants", 100_000, variantTexts},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				signatures := sketchAll(c.text, c.texts)
				b.StartTimer()
				peak := watchHeap(b)
				d := neardup.New(neardup.Options{})
				for i := range signatures {
					if err := d.Add("", signatures[i]); err != nil {
						b.Fatal(err)
					}
				}
				start := time.Now()
				found := clusters(b, d)
				b.ReportMetric(time.Since(start).Seconds(), "s/Clusters")
				b.ReportMetric(float64(found.Len()), "clusters")
				used := float64(peak()) / float64(c.texts)
				b.ReportMetric(used, "bytes/text")
				if most := 36 + 4*float64(min(runtime.GOMAXPROCS(0), 4)); used > most && c.texts == 1_000_000 {
					b.Errorf("%.1f bytes a text, want at most %.0f", used, most)
				}
				runtime.KeepAlive(signatures)
			}
		})
	}
}

func sketchAll(text source, n int) []neardup.Signature {
	signatures := make([]neardup.Signature, n)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			var buf []rune
			for i := w; i < n; i += workers {
				buf = text(buf[:0], i)
				signatures[i] = neardup.Sketch(buf)
			}
		})
	}
	wg.Wait()
	return signatures
}

// watchHeap starts to observe the heap in use, objects and what the allocator
// cannot use for others, and returns a function that ends it and returns the
// highest rise in bytes.
func watchHeap(b *testing.B) (peak func() uint64) {
	b.Helper()
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	read := func() uint64 {
		metrics.Read(samples)
		return samples[0].Value.Uint64() + samples[1].Value.Uint64()
	}
	runtime.GC()
	runtime.GC()
	before, highest := read(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			highest = max(highest, read())
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return max(highest, read()) - before
	}
}

func BenchmarkSketch(b *testing.B) {
	texts := make([][]rune, 1000)
	for i := range texts {
		texts[i] = phraseTexts(nil, i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		neardup.Sketch(texts[i%len(texts)])
	}
}
