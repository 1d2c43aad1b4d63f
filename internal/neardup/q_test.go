package neardup_test
import ("testing";"fmt";"runtime";"time";"chaping/internal/neardup")
func TestQ(t *testing.T) {
	for _, n := range []int{100000,300000} {
	for k, s := range map[string]source{"distinct":distinctTexts, "mixed": mixedTexts, "variants":variantTexts,"phrases":phraseTexts} {
	sg := sketchAll(s, n)
	d := neardup.New(neardup.Options{})
	var a, b runtime.MemStats
	runtime.ReadMemStats(&a)
	for i := range sg { d.Add("", sg[i]) }
	t0:=time.Now()
	c := d.Clusters()
	runtime.ReadMemStats(&b)
	fmt.Println(k, n, float64(b.TotalAlloc-a.TotalAlloc)/float64(n), b.Mallocs-a.Mallocs, c.Len(), time.Since(t0))
	}}
}
