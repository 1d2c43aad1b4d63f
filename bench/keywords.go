package main

import (
	"cmp"
	"slices"
	"unicode"

	"chaping/classifier"
	"chaping/lexicon"
)

// lexiconKeywords returns what the classifier looks for in reviews of electronics, the largest of the built-in
// lexicons: the words that are listed in its patterns, many of one character.
func lexiconKeywords() ([]string, error) {
	lex, err := lexicon.Load()
	if err != nil {
		return nil, err
	}
	return classifier.New(lex).Keywords("electronics")
}

// keywordCount is the size of the made keyword sets.
const keywordCount = 5000

// A phraseGroup makes phrases of the form aspect, degree, opinion.
type phraseGroup struct{ aspects, opinions []string }

var degrees = []string{"", "太", "很", "有点", "真的", "特别", "非常", "实在太", "比较", "越来越"}

var phraseGroups = []phraseGroup{
	{[]string{"物流", "快递", "发货", "送货", "配送", "派送", "到货", "退款", "处理", "速度"},
		[]string{"慢", "慢了", "拖拉", "不及时", "让人着急", "离谱", "不给力"}},
	{[]string{"客服", "卖家", "店家", "快递员", "售后", "商家", "态度", "服务", "服务态度"},
		[]string{"差", "差劲", "恶劣", "敷衍", "冷淡", "不耐烦", "不负责", "没礼貌", "不专业", "气人"}},
	{[]string{"包装", "盒子", "外壳", "瓶口", "袋子", "箱子", "封口"},
		[]string{"破了", "破损", "简陋", "粗糙", "漏了", "压扁了", "脏", "变形", "松"}},
	{[]string{"味道", "口感", "果肉", "肉质", "奶味", "香味"},
		[]string{"酸", "苦", "淡", "怪", "难吃", "奇怪", "涩", "不新鲜", "不甜", "腻", "恶心"}},
	{[]string{"质量", "做工", "材质", "面料", "布料", "料子", "手感"},
		[]string{"差", "一般", "薄", "硬", "粗糙", "廉价", "不好", "扎人", "劣质", "不舒服"}},
	{[]string{"颜色", "尺寸", "尺码", "大小", "版型", "款式"},
		[]string{"不对", "偏大", "偏小", "不符", "不一样", "小", "大", "丑", "不合适", "失望"}},
	{[]string{"声音", "噪音", "屏幕", "电池", "键盘", "系统", "机器", "开机"},
		[]string{"大", "吵", "卡", "烫", "慢", "耗电", "不灵", "不稳定", "模糊", "费劲"}},
	{[]string{"价格", "价钱", "运费", "安装费", "邮费"},
		[]string{"贵", "高", "坑人", "不值", "不合理", "虚高", "乱", "不划算"}},
	{[]string{"房间", "酒店", "设施", "卫生间", "空调", "早餐"},
		[]string{"旧", "小", "脏", "吵", "冷", "潮", "陈旧", "不干净", "隔音差"}},
}

// complaintPhrases returns keywordCount phrases: aspect, degree and opinion, or degree and opinion only. Where there
// would be more, it leaves some out of every part of the list.
func complaintPhrases() []string {
	var phrases []string
	seen := make(map[string]bool)
	add := func(p string) {
		if !seen[p] {
			seen[p] = true
			phrases = append(phrases, p)
		}
	}
	for _, g := range phraseGroups {
		for _, degree := range degrees {
			for _, opinion := range g.opinions {
				if degree != "" {
					add(degree + opinion)
				}
				for _, aspect := range g.aspects {
					add(aspect + degree + opinion)
				}
			}
		}
	}
	n := min(keywordCount, len(phrases))
	spread := make([]string, n)
	for i := range spread {
		spread[i] = phrases[i*len(phrases)/n]
	}
	return spread
}

// denseNgrams returns the keywordCount most frequent sequences of 2 to 4 Chinese characters of the texts: the worst
// case, in which a keyword matches at almost every character.
func denseNgrams(texts []string) []string {
	const shortest, longest = 2, 4
	counts := make(map[[longest]rune]int)
	for _, text := range texts {
		run := 0 // Chinese characters in a row, up to the current one
		var last [longest]rune
		for _, r := range text {
			if !unicode.Is(unicode.Han, r) {
				run = 0
				continue
			}
			run++
			copy(last[:], last[1:])
			last[longest-1] = r
			for n := shortest; n <= min(longest, run); n++ {
				var gram [longest]rune
				copy(gram[:], last[longest-n:])
				counts[gram]++
			}
		}
	}
	grams := make([][longest]rune, 0, len(counts))
	for gram := range counts {
		grams = append(grams, gram)
	}
	slices.SortFunc(grams, func(x, y [longest]rune) int {
		return cmp.Or(cmp.Compare(counts[y], counts[x]), slices.Compare(x[:], y[:]))
	})
	grams = grams[:min(keywordCount, len(grams))]
	keywords := make([]string, len(grams))
	for i, gram := range grams {
		n := longest
		for gram[n-1] == 0 {
			n--
		}
		keywords[i] = string(gram[:n])
	}
	return keywords
}
