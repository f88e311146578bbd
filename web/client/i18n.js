// The words of the page, in Chinese and English.

const KEPT = "swiper.lang";

const words = {
	tagline: ["刷一刷，配对，还能反悔。", "Swipe, match, change your mind."],
	language: ["English", "中文"],
	languageLabel: ["Switch to English", "切换到中文"],
	loading: ["加载中…", "Loading…"],
	offline: ["连不上服务器，正在重试…", "The server cannot be reached. Trying again…"],
	online: ["又连上了", "Connected again"],
	retry: ["重试", "Try again"],
	close: ["关闭", "Close"],
	cancel: ["取消", "Cancel"],
	more: ["更多", "More"],

	phone: ["手机号", "Phone number"],
	sendCode: ["获取验证码", "Get a code"],
	code: ["验证码", "Code"],
	codeHint: ["六位数字", "Six digits"],
	codeSent: ["验证码已发送到 {phone}", "A code was sent to {phone}"],
	demoPhone: ["演示：已为你想好一个号码，直接点下面就行。", "Demo: here is a number for you, just go on."],
	demoCode: ["演示：验证码已从收件箱读出，不用等短信。", "Demo: the code was read from the inbox, there is no text message to wait for."],
	login: ["登录", "Log in"],
	otherPhone: ["换个号码", "Another number"],
	resendIn: ["{n} 秒后可重新发送", "Another code in {n} s"],
	resend: ["重新发送", "Send another code"],

	deck: ["发现", "Discover"],
	likes: ["喜欢我的", "Likes"],
	friends: ["好友", "Friends"],
	me: ["我", "Me"],
	nav: ["主导航", "Main"],
	like: ["喜欢", "Like"],
	dislike: ["无感", "Nope"],
	superlike: ["超级喜欢", "Superlike"],
	rewind: ["反悔", "Rewind"],
	actionLeft: ["{action}，今天还剩 {n} 次", "{action}, {n} left today"],
	actions: ["操作", "What to do with this person"],
	stack: ["卡片：← 无感，→ 喜欢，↑ 超级喜欢，Z 反悔", "Cards: ← nope, → like, ↑ superlike, Z rewind"],
	superlikedMe: ["超级喜欢了你", "Superliked you"],
	someone: ["有人", "Someone"],
	noCards: ["附近的人都看完了", "You have seen everybody nearby"],
	noCardsHint: ["换个地方或放宽年龄，会有更多人。", "Another place or a wider range of ages brings more people."],
	editProfile: ["修改资料", "Edit profile"],
	again: ["再看看", "Look again"],
	rewound: ["{name} 回来了", "{name} is back"],
	rewoundMatch: ["{name} 回来了，你们不再是好友", "{name} is back, and no friend any more"],

	match: ["配对成功！", "It’s a match!"],
	matchText: ["你和 {name} 互相喜欢。", "You and {name} like each other."],
	keepSwiping: ["继续刷", "Keep swiping"],
	seeFriends: ["看看好友", "See friends"],
	away: ["你不在的时候有 {n} 个新配对", "New matches while you were away: {n}"],
	unmatched: ["有人结束了与你的好友关系", "Somebody ended a friendship with you"],

	noLikes: ["还没有人，继续刷吧", "Nobody yet. Keep swiping."],
	noLikesHint: ["喜欢你、而你还没回应的人会出现在这里。", "People who like you and have no answer yet show up here."],
	noFriends: ["还没有好友", "No friends yet"],
	noFriendsHint: ["互相喜欢就会成为好友。", "Two who like each other become friends."],
	unfriend: ["解除好友", "Unfriend"],
	unfriendName: ["与 {name} 解除好友", "Unfriend {name}"],
	unfriendAsk: ["确定与 {name} 解除好友？你们不会再见到彼此。", "End the friendship with {name}? You will not be shown to each other again."],
	unfriended: ["已与 {name} 解除好友", "{name} is no friend any more"],
	open: ["查看 {name}", "Show {name}"],

	profile: ["资料", "Profile"],
	complete: ["先介绍一下自己", "First, who are you?"],
	completeHint: ["填好这些，才能遇见别人。", "With this you meet others, and they meet you."],
	nickname: ["昵称", "Nickname"],
	sex: ["我是", "I am"],
	male: ["男", "Male"],
	female: ["女", "Female"],
	other: ["其他", "Other"],
	any: ["都可以", "Anyone"],
	birthday: ["生日", "Birthday"],
	location: ["所在地", "Where I live"],
	locationHint: ["只会遇见同一个地方的人。", "You meet people of the same place."],
	bio: ["关于我", "About me"],
	datingSex: ["想遇见", "I look for"],
	ages: ["年龄范围", "Their age"],
	from: ["从", "from"],
	to: ["到", "to"],
	start: ["开始", "Start"],
	save: ["保存", "Save"],
	saved: ["已保存", "Saved"],
	myPicture: ["我的照片", "My picture"],
	choosePicture: ["更换照片", "Choose a picture"],
	pictureHint: ["JPEG、PNG 或 WebP，最大 10 MB。拍摄地点等信息会被去掉。", "JPEG, PNG or WebP, up to 10 MB. Where it was taken is removed."],
	sendingPicture: ["正在上传…", "Sending…"],
	workingPicture: ["正在处理… {n}%", "Working on it… {n} %"],
	pictureDone: ["照片已更新", "This is your picture now"],
	picturePending: ["照片正在审核", "Your picture waits until somebody has looked at it"],
	pictureRejected: ["这张照片没有通过审核，请换一张", "That picture was not approved. Try another."],
	photos: ["我的相册", "My photos"],
	addPhoto: ["添加照片", "Add a photo"],
	photosHint: ["最多 {n} 张，第一张是头像。", "Up to {n}; the first is your picture."],
	photoNumber: ["第 {n} 张照片", "Photo {n}"],
	photoPending: ["第 {n} 张照片，审核中", "Photo {n}, waiting to be looked at"],
	makeMain: ["把第 {n} 张设为头像", "Make photo {n} the first"],
	removePhoto: ["删除第 {n} 张照片", "Remove photo {n}"],
	choose: ["请选择一项", "Choose one"],
	quotas: ["今天还剩", "Left today"],
	unlimited: ["不限", "no limit"],
	leftOf: ["{n} / {limit}", "{n} of {limit}"],
	logout: ["退出登录", "Log out"],
	apiDocs: ["接口文档", "API documentation"],
	ended: ["登录已失效，请重新登录", "You were logged out. Log in again."],

	keys: ["键盘", "Keys"],
	asideText: [
		"开源的刷卡配对后端。这个页面和任何应用一样，只通过公开接口和服务器说话。",
		"The open-source backend of swipe-to-match apps. This page is an app like any other: it speaks to the server through the public API alone.",
	],
	asideTwo: ["想看两个人配对？再开一个标签页，用另一个号码登录。", "To see two people match, log in with another number in a second tab."],

	"err.invalid_request": ["填写的内容有误，请检查", "Something in it is not right. Please check."],
	"err.unauthenticated": ["请重新登录", "Please log in again."],
	"err.code_invalid": ["验证码不对", "That is not the code."],
	"err.too_many_attempts": ["试得太多了，请重新获取验证码", "Too many tries. Ask for a new code."],
	"err.rate_limited": ["太快了，请 {n} 秒后再试", "Too fast. Try again in {n} s."],
	"err.account_suspended": ["该账号已被停用", "This account is suspended."],
	"err.forbidden": ["不允许这样做", "That is not allowed."],
	"err.not_found": ["找不到", "There is nothing there."],
	"err.user_not_found": ["这个人已经离开了", "This person has left."],
	"err.not_friends": ["你们已不是好友", "You are not friends any more."],
	"err.already_swiped": ["你已经选过了", "You have decided about this person before."],
	"err.nothing_to_rewind": ["没有可以反悔的", "There is nothing to take back."],
	"err.self_swipe": ["不能刷自己", "That is you."],
	"err.rewind_quota_exceeded": ["今天的反悔次数用完了", "No rewinds left today."],
	"err.like_quota_exceeded": ["今天的喜欢用完了", "No likes left today."],
	"err.superlike_quota_exceeded": ["今天的超级喜欢用完了", "No superlikes left today."],
	"err.task_not_found": ["找不到这个任务", "There is no such task."],
	"err.task_conflict": ["现在不能这样做", "That cannot be done now."],
	"err.export_not_found": ["这份数据已过期，请重新申请", "That copy is gone. Ask for another."],
	"err.upload_not_found": ["上传已失效，请重新上传", "That upload is over. Begin again."],
	"err.photo_not_found": ["找不到这张照片", "There is no such photo."],
	"err.too_many_photos": ["照片已满，请先删除一张", "There is no room for more. Remove one first."],
	"err.video_unsupported": ["这里不支持视频", "Videos are not taken here."],
	"err.upload_too_large": ["图片太大了，最多 10 MB", "The picture is too large: 10 MB at most."],
	"err.unsupported_media": ["不支持这种文件", "That kind of file is not supported."],
	"err.image_invalid": ["这张图片无法读取，请换一张", "That picture cannot be read. Try another."],
	"err.overloaded": ["服务器有点忙，请稍候", "The server is busy. One moment."],
	"err.unavailable": ["服务暂时不可用，请稍候", "The service is away. One moment."],
	"err.timeout": ["等太久了，请再试一次", "That took too long. Try again."],
	"err.internal": ["服务器出错了", "Something went wrong on the server."],
	"err.unreachable": ["连不上服务器", "The server cannot be reached."],
};

const languages = ["zh", "en"];
const tags = {zh: "zh-CN", en: "en"};

function preferred() {
	const kept = localStorage.getItem(KEPT);
	if (languages.includes(kept)) return kept;
	for (const tag of navigator.languages ?? [navigator.language]) {
		const language = tag.slice(0, 2).toLowerCase();
		if (languages.includes(language)) return language;
	}
	return "en";
}

let language = preferred();

export function useLanguage() {
	document.documentElement.lang = tags[language];
}

export function switchLanguage() {
	language = language === "zh" ? "en" : "zh";
	localStorage.setItem(KEPT, language);
	useLanguage();
}

// t gives the words of a key, its {blanks} filled in.
export function t(key, blanks = {}) {
	const text = words[key]?.[languages.indexOf(language)] ?? key;
	return text.replace(/\{(\w+)\}/g, (whole, name) => String(blanks[name] ?? whole));
}

// explain puts a failure into people's words, by its code.
export function explain(err) {
	const key = `err.${err.code ?? "unreachable"}`;
	return key in words ? t(key, {n: Math.max(err.retryAfter ?? 0, 1)}) : err.message;
}

export const isChinese = () => language === "zh";
