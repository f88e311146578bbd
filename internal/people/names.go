package people

import (
	"strconv"
	"strings"

	"github.com/swiperhq/swiper/social"
)

// Runes rather than words: a given name is one or two of them.
const (
	surnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
	male     = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林阳昊然博文泽轩子豪天佑嘉诚"
	female   = "芳娜敏静丽艳娟霞秀兰玲桂英华玉萍红洁燕雪琳晶欣怡佳慧婷雅思琪梦瑶诗涵梓萱可馨语嫣若曦"
)

// Nicknames that say nothing of who wears them.
const nicknames = "小鹿 阿布 柠檬茶 不吃香菜 晚风 橘子汽水 半糖 云朵 小熊软糖 今天也很困 月亮邮差 慢半拍 早睡冠军 海盐 一只柯基 南方姑娘 北方的风 芝士 可可 奶茶三分糖 山茶 夏天的尾巴 鲸落 咖啡续命 星期八 大白 团子 土豆 西瓜 糯米"

const bios = "喜欢%s，周末找我。 最近迷上了%s。 想找人一起%s。 工作日上班，周末%s。 不爱说话，但聊到%s停不下来。"

const pastimes = "爬山 徒步 看展 打羽毛球 撸猫 遛狗 做饭 烘焙 骑行 露营 摄影 看电影 听现场 弹吉他 跑步 游泳 滑雪 桌游 剧本杀 逛菜市场 写代码 画画 喝咖啡 旅行 打篮球 读小说"

func (m *maker) nickname(sex social.Sex) string {
	switch n := m.rnd.IntN(100); {
	case n < 35:
		return m.chineseName(sex)
	case n < 55:
		return m.word(nicknames)
	default:
		name := m.fake.FirstName()
		if m.chance(30) {
			name += strconv.Itoa(1 + m.rnd.IntN(99))
		}
		return name
	}
}

func (m *maker) chineseName(sex social.Sex) string {
	given := male
	if sex == social.SexFemale || (sex == social.SexOther && m.chance(50)) {
		given = female
	}
	name := m.char(surnames) + m.char(given)
	if m.chance(65) {
		name += m.char(given)
	}
	return name
}

func (m *maker) bio() string {
	switch n := m.rnd.IntN(100); {
	case n < 30:
		return ""
	case n < 70:
		return strings.ReplaceAll(m.word(bios), "%s", m.word(pastimes))
	default:
		return "Into " + strings.ToLower(m.fake.Hobby()) + ", living on " + strings.ToLower(m.fake.Fruit()) + "."
	}
}

// char draws one of the letters of s, all of which take three bytes.
func (m *maker) char(s string) string {
	const size = len("王")
	i := m.rnd.IntN(len(s)/size) * size
	return s[i : i+size]
}

// word draws one of the words of s, which stand a space apart.
func (m *maker) word(s string) string {
	n := m.rnd.IntN(strings.Count(s, " ") + 1)
	for word := range strings.SplitSeq(s, " ") {
		if n == 0 {
			return word
		}
		n--
	}
	return s
}
