package review_test

import (
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// xlsxReviews has what workbooks of reviews have: dates as dates and as bare
// serial numbers, order numbers as text, as numbers that Excel has rounded and
// as small numbers, rich text, a formula, and formatted rows without values.
func xlsxReviews(t *testing.T) []byte {
	f := excelize.NewFile()
	day := time.Date(2026, 3, 8, 13, 30, 0, 0, time.UTC)
	fill(t, f, "Sheet1", [][]any{
		{"订单编号", "评价内容", "星级", "评价时间", "追评", "追评时间", "省份", "售后单", "备注"},
		{"2200334455667788990", "屏幕有划痕", 1, day, "换了一台也有", 46095.25, "四川省", 7, day},
		{2200334455667788990.0, "音质好", "5星", 46091.5, nil, nil, "上海", 7.1 - 2.5, nil},
		{9001, "=无", "★★☆☆☆", "2026.3.9", "无", "-", "", true, "a & <b>"},
		{"9002", nil, 3, nil, nil, nil, nil, nil, nil},
	})
	rich := []excelize.RichTextRun{{Text: "充电"}, {Text: "很慢\n", Font: &excelize.Font{Bold: true}}, {Text: "发热"}}
	check(t, f.SetCellRichText("Sheet1", "B6", rich))
	check(t, f.SetCellFormula("Sheet1", "I6", "=1+1"))
	check(t, f.SetCellValue("Sheet1", "B40", "隔了很多空行"))
	style, err := f.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFFF00"}}})
	check(t, err)
	check(t, f.SetCellStyle("Sheet1", "A7", "I20", style))
	return bytesOf(t, f)
}

// xlsxSheets has a cover, two sheets of reviews with other columns, and one that is hidden and empty.
func xlsxSheets(t *testing.T) []byte {
	f := excelize.NewFile()
	check(t, f.SetSheetName("Sheet1", "说明"))
	fill(t, f, "说明", [][]any{{"导出时间", "2026-03-10"}, {"导出人", "运营"}})
	for _, name := range []string{"一月", "二月", "空表"} {
		_, err := f.NewSheet(name)
		check(t, err)
	}
	fill(t, f, "一月", [][]any{{"评论内容", "评分"}, {"香味刺鼻", 2}, {"还行", 4}})
	fill(t, f, "二月", [][]any{{"快递公司", "星级", "初评内容"}, {"圆通速递", "好评", "送到家门口"}})
	check(t, f.SetSheetVisible("空表", false))
	return bytesOf(t, f)
}

func xlsxHeaderRow3(t *testing.T) []byte {
	return sheet(t, [][]any{
		{"店铺评价导出"}, {"2026年3月", nil, "共 2 条"},
		{"序号", "宝贝名称", "初次评价", "追加评价", "评价星级", "用户名"},
		{1, "婴儿湿巾", "有刺激味", nil, 2, "t**3"},
		{2, "婴儿湿巾", "柔软", "一直买", 5, "w**9"},
	})
}

func xlsxWithoutText(t *testing.T) []byte {
	return sheet(t, [][]any{{"订单号", "快递公司", "快递单号"}, {"1", "中通", "ZT1"}})
}

func xlsxDouyinOrders(t *testing.T) []byte {
	return sheet(t, [][]any{
		{"主订单编号", "子订单编号", "选购商品", "商品规格", "商品数量", "商品ID", "快递信息", "详细地址", "发货时间", "订单提交时间"},
		{"\t6920000000000000001", "6920000000000000011", "坚果礼盒", "1kg", 2, "3600001", "YT0001-圆通速递;YT0002-圆通速递", "广东省 深圳市 南山区 ***", "2026-03-01 10:00:00", "2026-02-28 22:00:00"},
		{"\t6920000000000000002", "6920000000000000021;6920000000000000022", "坚果礼盒", "500g", 1, "3600001", "ZT0003-中通快递", "##Jk3x9==", "2026-03-01 11:00:00", "2026-02-28 23:00:00"},
	})
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
