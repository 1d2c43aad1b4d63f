package server

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// fileFault is what may be wrong with a file, in English as readers say it and in
// Chinese with what people can do about it on the import page.
type fileFault struct {
	english *regexp.Regexp
	chinese string
}

// fileFaults are those that people meet. Others are shown in English.
var fileFaults = []fileFault{
	{regexp.MustCompile(`no text column; columns seen: .*; this looks like an order export.*`), `这像是订单导出，请在“订单导出”一栏上传，和评价文件一起导入`},
	{regexp.MustCompile(`map (\S+)=#(\d+): there are only (\d+) columns`), `“列名”里写的是第 $2 列，文件只有 $3 列`},
	{regexp.MustCompile(`no text column; columns seen: (.*); name it with --map.*`), `没有找到评价内容所在的列，文件里的列有 $1。请在“列名”里写明评价内容是哪一列，再导入一次`},
	{regexp.MustCompile(`map (\S+)=(.*): no such column; columns (?:are|seen:) (.*)`), `“列名”里写的“$2”这一列找不到，文件里的列有 $3`},
	{regexp.MustCompile(`no (?:order|order_id)(?: or \S+)* column; columns seen: (.*); .*`), `没有找到订单号所在的列，文件里的列有 $1`},
	{regexp.MustCompile(`no array of reviews in this document; its plain keys: (.*)`), `这个 JSON 里没有评价列表，它的字段有 $1`},
	{regexp.MustCompile(`no order\S*(?: or \S+)* among the keys: (.*)`), `没有订单号，这一行的字段有 $1`},
	{regexp.MustCompile(`a cell in column (\d+), the limit is (\d+)`), `第 $1 列有内容，最多读 $2 列，请删去多余的列`},
	{regexp.MustCompile(`shared string .* does not exist; the workbook is damaged`), `工作簿已损坏，请重新导出`},
	{regexp.MustCompile(`no text among the keys: (.*)`), `没有评价内容，这一行的字段有 $1`},
	{regexp.MustCompile(`no rows that can be read: (.*)`), `没有一行可以读取：$1`},
	{regexp.MustCompile(`the file is empty`), `文件是空的`},
	{regexp.MustCompile(`this is an old Excel file \(\.xls\) or a workbook with a password.*`), `这是旧版 Excel 文件（.xls）或加了密码的工作簿，请另存为不带密码的 .xlsx 或 CSV`},
	{regexp.MustCompile(`this is a web page or XML.*`), `这是网页或 XML，只是后缀像 Excel，请用 Excel 或 WPS 打开后另存为 .xlsx`},
	{regexp.MustCompile(`this is (?:an? )?(\S+) (?:document|image|file|video)[^;]*;.*`), `这是 $1 文件，不是评价表，请导出 .xlsx 或 CSV`},
	{regexp.MustCompile(`a binary workbook \(\.xlsb\).*`), `这是二进制工作簿（.xlsb），请另存为 .xlsx`},
	{regexp.MustCompile(`zip: .*; the file is damaged or was not downloaded whole`), `文件已损坏或没有下载完整，请重新导出`},
	{regexp.MustCompile(`the archive has a password.*`), `压缩包加了密码，请先解压`},
	{regexp.MustCompile(`archives nest more than (\d+) deep.*`), `压缩包套了不止 $1 层，请先解压`},
	{regexp.MustCompile(`expands to more than.*`), `解压后太大，请先解压并分批导入`},
	{regexp.MustCompile(`bytes.* that are not (\S+?)(?:;.*)?$`), `有不属于 $1 编码的字符，请另存为 UTF-8 再导入`},
	{regexp.MustCompile(`NUL byte at byte \d+ of the row.*`), `这一行有空字节，文件已损坏或编码不对，请重新导出`},
	{regexp.MustCompile(`(\d+) cells, but the header has (\d+) columns`), `这一行有 $1 格，表头只有 $2 列，请给含逗号或换行的格子加引号`},
	{regexp.MustCompile(`row of (?:more than )?(\d+) bytes.*`), `这一行太长（$1 字节），可能缺少换行`},
	{regexp.MustCompile(`a quote is opened and never closed.*`), `引号没有配对，格子里的引号请写成两个（""）`},
	{regexp.MustCompile(`more than (\d+) cells, the limit`), `这一行超过 $1 格，请检查分隔符`},
	{regexp.MustCompile(`not a JSON object: .*`), `这一行不是 JSON 对象`},
	{regexp.MustCompile(`broken JSON: .*|a string is never closed on its line|objects nest more than \d+ deep`), `JSON 格式有误`},
	{regexp.MustCompile(`the file ends inside .*`), `文件在这里中断，没有写完或没有下载完整`},
	{regexp.MustCompile(`empty object|no value in any column`), `这一行没有内容`},
	{regexp.MustCompile(`the text is no string`), `评价内容不是文字`},
	{regexp.MustCompile(`unknown industry "(.*)": known are .*`), `没有行业“$1”，请改正，或清空后在页面上选择行业`},
	{regexp.MustCompile(`no category is called "(.*)"`), `没有“$1”这个标签`},
	{regexp.MustCompile(`the review does not have the words "(.*)"`), `原文里没有“$1”，请从原文复制`},
	{regexp.MustCompile(`"(.*)" has more than (\d+) characters`), `“$1”超过 $2 个字，只写关键的几个字`},
	{regexp.MustCompile(`names no review`), `没有写明是哪条评价`},
	{regexp.MustCompile(`the review has an earlier row in this file`), `前面已有同一条评价，请只填一行`},
	{regexp.MustCompile(`several reviews have the id "(.*)"`), `有几条评价的编号都是 $1，请保留“标识”一列`},
	{regexp.MustCompile(`the dataset has no such review`), `没有这条评价，请先导入评价，或删掉这一行`},
	{regexp.MustCompile(`the text is not that of the review with this key`), `评价内容和标识对不上，是不是单独给某一列排过序？请重新下载`},
	{regexp.MustCompile(`neither column "标识" nor key "labels" is there`), `没有“标识”一列，请用这里下载的表格`},
	{regexp.MustCompile(`"(.*)" is no key of a review`), `“$1”不是评价的标识，请从下载的表格里复制`},
	{regexp.MustCompile(`.* does not belong there`), `这一格的内容不对`},
	{regexp.MustCompile(`interrupted .*|context canceled`), `服务停止，导入中断，没有写入任何评价`},
}

// withoutFolder takes the folder of an upload out of a text: it is nobody's business.
func withoutFolder(text, folder string) string {
	return strings.ReplaceAll(text, folder+string(os.PathSeparator), "")
}

// faultInChinese says in Chinese what an error says of a file or a row, with the
// names that stand before it.
func faultInChinese(text string) string {
	for _, f := range fileFaults {
		if f.english.MatchString(text) {
			text = f.english.ReplaceAllString(text, f.chinese)
		}
	}
	return text
}

// rejectsInChinese are rows that could not be read with their reasons in Chinese,
// which hold the remedy, where they are known.
func rejectsInChinese(list []Reject) []Reject {
	list = slices.Clone(list)
	for i := range list {
		r := &list[i]
		if zh := faultInChinese(r.Reason); zh != r.Reason {
			r.Reason, r.Remedy = zh, ""
		}
	}
	return list
}
