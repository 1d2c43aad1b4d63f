package review_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// fixture is an input of testdata/exports that is easier to make than to
// write: other encodings, archives and workbooks. Inputs in UTF-8 are files.
type fixture struct {
	path string // below exportsDir
	make func(t *testing.T) []byte
}

// writeFixtures makes the inputs that are missing.
func writeFixtures(t *testing.T) {
	t.Helper()
	for _, f := range fixtures {
		path := filepath.Join(exportsDir, f.path)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.make(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var fixtures = []fixture{
	{"taobao-gb18030-csv/input.csv", encoded(simplifiedchinese.GB18030, taobaoReviews)},
	{"big5-csv/input.csv", encoded(traditionalchinese.Big5, "評論內容,評分\n包裝破損了,2\n很好吃,5\n")},
	{"utf16le-unicode-text/input.txt", encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), utf16Reviews)},
	{"utf16be-csv/input.csv", encoded(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "评价内容,星级\n发货太慢,1\n还可以,4\n")},
	{"utf16-without-bom/input.csv", encoded(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "评价内容,星级,日期\n\"漏液,洒了一箱\",1,2026-03-04\n不错,5,2026-03-05\n")},
	{"bar-gb18030/input.csv", encoded(simplifiedchinese.GB18030, "评价内容|星级|省份\n瓶盖鋎了|2|江苏\n味道鄚淡|3|浙江\n")},
	{"jd-gbk-jsonp/input.js", encoded(simplifiedchinese.GBK, jdPage)},
	{"gbk-jsonl/input.jsonl", encoded(simplifiedchinese.GBK, "{\"id\":1,\"text\":\"盒子誠压扁\\n了\"}\n{\"id\":2,\"text\":\"不好\"}\n")},
	{"mixed-encodings/input.csv", mixedEncodings},
	{"nul-bytes/input.csv", literal("评价内容,星级\n好\x00用,5\n不好用,1\n")},
	{"cut-utf8/input.csv", literal("评价内容,星级\n味道不错,5\n\"很好吃的零食\xe5\x8f\",5\n送货慢,2\n")},
	{"gzip-csv/input.csv.gz", func(t *testing.T) []byte { return gzipped(t, "评价内容,星级\n面膜过敏,1\n水润,5\n") }},
	{"zip-of-exports/input.zip", zipOfExports},
	{"nested-zip-gz/input.zip", nestedZip},
	{"xlsx-reviews/input.xlsx", xlsxReviews},
	{"xlsx-sheets/input.xlsx", xlsxSheets},
	{"xlsx-header-row-3/input.xlsx", xlsxHeaderRow3},
	{"xlsx-without-text/input.xlsx", xlsxWithoutText},
	{"douyin-orders/input.xlsx", xlsxDouyinOrders},
	{"old-xls/input.xls", literal("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 not read any further")},
	{"empty-file/input.csv", literal("")},
	{"mac-line-ends/input.csv", literal("评价内容,星级\r很好,5\r很差,1\r")},
	{"mac-line-ends-breaks-in-cells/input.csv", literal("评价内容,星级\r\"盒子破了\n里面也碎了\",1\r很好,5\r")},
}

const taobaoReviews = "订单编号,买家昵称,宝贝标题,商品规格,评价内容,评价类型,评价时间,追评,追评时间,商家回复\r\n" +
	"\"\t2200334455667788990\",小**明,手工麻花500g,原味,\"太硬了,咬不动\n牙都疼\",差评,2026/3/2 9:05,\"放了几天\"\"回潮\"\"了\",收货后5天,亲抱歉\r\n" +
	"=\"2200334455667788991\",a**b,手工麻花500g,椒盐,很香,好评,2026/3/3 21:40,无,-,\r\n" +
	"2.20033E+18,匿名,手工麻花500g,椒盐,一般般,中评,2026-3-4,,,\r\n"

const utf16Reviews = "评论内容\t星级\t评论日期\tSKU\r\n\"裙子\t偏短\"\t2星\t2026年3月5日\t红色;M\r\n面料舒服\t★★★★★\t2026年3月6日\t蓝色;L\r\n"

const jdPage = `fetchJSON_comment98({"productAttr":null,"productCommentSummary":{"skuId":100,"averageScore":5},` +
	`"hotCommentTagStatistics":[{"id":"x1","name":"包装好","count":3}],"comments":[` +
	`{"id":9001,"content":"電池不耐用，一天两充","creationTime":"2026-02-01 10:11:12","referenceTime":"2026-01-20 08:00:00",` +
	`"referenceId":"100","referenceName":"蓝牙耳机 \\ 降噪","productColor":"黑色","productSize":"标准版","score":2,"nickname":"j***n","userProvince":"广东",` +
	`"days":12,"afterDays":7,"afterUserComment":{"hAfterUserComment":{"content":"一周后左耳没声音"}}},` +
	`{"id":9002,"content":"","creationTime":"2026-02-02 10:11:12","score":5,"afterUserComment":null}` +
	`],"jwotestProduct":null});`

// mixedEncodings is what comes of `cat jan.csv feb.csv`.
func mixedEncodings(t *testing.T) []byte {
	gb := encoded(simplifiedchinese.GB18030, "赠品没有发,2\n质量很差，掉色严重,1\n")(t)
	return append([]byte("评价内容,星级\n物流很快，包装完好,5\n颜色和图片不一样,3\n尺码合适,5\n客服回复及时,5\n"), gb...)
}

func literal(s string) func(*testing.T) []byte {
	return func(*testing.T) []byte { return []byte(s) }
}

func encoded(e encoding.Encoding, s string) func(*testing.T) []byte {
	return func(t *testing.T) []byte {
		t.Helper()
		b, err := e.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatalf("encoding %q: %v", s, err)
		}
		return b
	}
}

func gzipped(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// member is a file of a zip archive; gbk writes its name as old Windows does.
type member struct {
	name, data string
	gbk        bool
}

func zipped(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.gbk {
			name, err := simplifiedchinese.GBK.NewEncoder().String(m.name)
			if err != nil {
				t.Fatal(err)
			}
			h.Name, h.NonUTF8 = name, true
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOfExports(t *testing.T) []byte {
	return zipped(t,
		member{"一月/评价.csv", "评价内容,星级\n虚假发货,1\n", true},
		member{"说明.txt", "导出说明：共两个文件\n", true},
		member{"__MACOSX/._评价.csv", "\x00\x05", false},
		member{"晒图.jpg", "\xFF\xD8\xFF", true},
		member{"二月.xlsx", string(sheet(t, [][]any{{"星级", "评论内容"}, {2, "少发一件"}})), true},
		member{"三月.jsonl", `{"text":"好","star":5}` + "\n", true},
	)
}

func nestedZip(t *testing.T) []byte {
	inner := gzipped(t, "评价内容\t星级\n奶粉结块\t1\n")
	return zipped(t, member{"a/评价.tsv.gz", string(inner), false})
}

// sheet makes a workbook of one sheet.
func sheet(t testing.TB, rows [][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(t, f, "Sheet1", rows)
	return bytesOf(t, f)
}

func fill(t testing.TB, f *excelize.File, name string, rows [][]any) {
	t.Helper()
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow(name, cell, &row); err != nil {
			t.Fatal(err)
		}
	}
}

func bytesOf(t testing.TB, f *excelize.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
