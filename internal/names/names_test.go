package names

import (
	"slices"
	"testing"

	"chaping/lexicon"
)

func TestCourier(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"圆通", "圆通"}, {"圆通速递", "圆通"}, {"YTO", "圆通"}, {"yuantong", "圆通"}, {" 圆通快递有限公司 ", "圆通"},
		{"圆通速递(上海)", "圆通"}, {"上海韵达货运", "韵达"}, {"ＹＴＯ", "圆通"}, {"顺丰速运", "顺丰"}, {"SF-Express", "顺丰"},
		{"中通快递", "中通"}, {"京东物流", "京东"}, {"JDL", "京东"}, {"中国邮政", "邮政"}, {"邮政EMS", "EMS"}, {"EMS", "EMS"},
		{"极兔速递", "极兔"}, {"J&T Express", "极兔"}, {"百世汇通", "百世"}, {"德邦物流", "德邦"}, {"申通E物流", "申通"},
		{"隔壁老王送货", "隔壁老王送货"}, {"", ""}, {"快递", "快递"}, {"best", "百世"},
	} {
		if got := Courier(tc.in); got != tc.want {
			t.Errorf("Courier(%q) = %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestPlace(t *testing.T) {
	for _, tc := range []struct{ in, province, region, city string }{
		{"广东省", "广东", "华南", ""}, {"广东", "广东", "华南", ""}, {"GD", "广东", "华南", ""}, {"guangdong", "广东", "华南", ""},
		{"浙江省 杭州市 西湖区 某路1号", "浙江", "华东", "杭州"}, {"广东省深圳市南山区", "广东", "华南", "深圳"},
		{"江苏省苏州市姑苏区南京路1号", "江苏", "华东", "苏州"}, {"深圳市南山区", "广东", "华南", "深圳"}, {"上海上海市浦东新区", "上海", "华东", "上海"}, {"北京市朝阳区", "北京", "华北", "北京"},
		{"内蒙古自治区呼和浩特市", "内蒙古", "华北", "呼和浩特"}, {"内蒙", "内蒙古", "华北", ""}, {"新疆维吾尔自治区", "新疆", "西北", ""},
		{"中国湖北武汉", "湖北", "华中", "武汉"}, {"重庆", "重庆", "西南", "重庆"}, {"香港特别行政区", "香港", "港澳台", ""},
		{"HongKong", "香港", "港澳台", ""}, {"吉林省吉林市", "吉林", "东北", ""}, {"青海省海南藏族自治州", "青海", "西北", "海南藏族"},
		{"张三，广东省 深圳市 南山区", "广东", "华南", "深圳"}, {"（湖北省）武汉市", "湖北", "华中", "武汉"}, {"某人 南京路1号", "", "", ""},
		{"火星", "", "", ""}, {"", "", "", ""}, {"##Jk3x9==", "", "", ""}, {"hn", "湖南", "华中", ""}, {"陕西", "陕西", "西北", ""},
	} {
		if got := [3]string{Province(tc.in), Region(tc.in), City(tc.in)}; got != [3]string{tc.province, tc.region, tc.city} {
			t.Errorf("%q is in %q, want [%q %q %q]", tc.in, got, tc.province, tc.region, tc.city)
		}
	}
}

// TestData checks the files: no name leads to two entries, every province has a region.
func TestData(t *testing.T) {
	for name, tab := range map[string]*table{"couriers": couriers(), "provinces": provinces(), "industries": industries()} {
		seen := map[string]string{}
		for _, e := range tab.entries {
			names := e.names()
			own := map[string]bool{}
			for _, n := range append(names, e.Cities...) {
				k := key(n)
				if other := seen[k]; k != "" && other != "" && !own[k] {
					t.Errorf("%s: %q names %s and %s", name, n, other, e.Name)
				}
				seen[k], own[k] = e.Name, true
			}
			if name == "provinces" && !slices.Contains(Regions, e.Region) {
				t.Errorf("%s: region %q is not known", e.Name, e.Region)
			}
		}
	}
	if n := len(provinces().entries); n != 34 {
		t.Errorf("%d provinces, want 34", n)
	}
	if n := len(couriers().entries); n < 40 {
		t.Errorf("%d couriers, want 40 at least", n)
	}
}

// TestIndustry finds every industry by its title.
func TestIndustry(t *testing.T) {
	lex, err := lexicon.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"food": "food", "生鲜": "food", " 母婴 ": "mother_baby", "宠物": "宠物", "": ""}
	for _, id := range lex.IDs() {
		want[lex.Industry(id).Title.ZH] = id
	}
	for name, id := range want {
		if got := Industry(name); got != id {
			t.Errorf("Industry(%q) = %q, want %q", name, got, id)
		}
	}
}
