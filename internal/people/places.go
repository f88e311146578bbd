package people

import (
	"fmt"
	"strings"
)

// cities stand in the order in which they are settled, the largest first.
const cities = "上海 北京 深圳 广州 成都 杭州 重庆 武汉 西安 苏州 天津 南京 长沙 郑州 东莞 青岛 昆明 宁波 合肥 佛山 " +
	"沈阳 济南 无锡 厦门 福州 温州 大连 哈尔滨 长春 泉州 石家庄 南宁 贵阳 南昌 金华 常州 惠州 嘉兴 南通 徐州 " +
	"太原 珠海 中山 保定 兰州 台州 绍兴 烟台 廊坊 潍坊 扬州 海口 汕头 洛阳 乌鲁木齐 临沂 唐山 镇江 盐城 湖州 " +
	"香港 澳门 台北 高雄 台中 新加坡 吉隆坡 东京 大阪 首尔 曼谷 悉尼 墨尔本 奥克兰 温哥华 多伦多 纽约 洛杉矶 旧金山 西雅图 " +
	"波士顿 芝加哥 伦敦 曼彻斯特 巴黎 柏林 慕尼黑 阿姆斯特丹 布鲁塞尔 苏黎世 维也纳 布拉格 马德里 巴塞罗那 里斯本 米兰 罗马 斯德哥尔摩 哥本哈根 赫尔辛基"

// MaxLocations is the most places people can live in.
const MaxLocations = 100_000

// Locations gives the names of n places, all different: cities, then their
// districts by number.
func Locations(n int) []string {
	names := strings.Fields(cities)
	out := make([]string, n)
	for i := range out {
		out[i] = names[i%len(names)]
		if district := i / len(names); district > 0 {
			out[i] = fmt.Sprintf("%s %d区", out[i], district)
		}
	}
	return out
}
