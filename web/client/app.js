// The page: who is logged in, which view is shown, what happens meanwhile.

import {accessToken, call, insist, logout, session} from "./api.js";
import {deckView} from "./deck.js";
import {h, icon, say, show, toast} from "./dom.js";
import {friendsView} from "./friends.js";
import {explain, switchLanguage, t, useLanguage} from "./i18n.js";
import {likesView} from "./likes.js";
import {follow, pushing} from "./live.js";
import {loginView} from "./login.js";
import {celebrate, forget} from "./match.js";
import {profileView} from "./profile.js";

const CURSOR = "swiper.cursor"; // of this tab, with whose it is
const root = document.getElementById("app");
const views = {deck: deckView, likes: likesView, friends: friendsView, me: profileView};
const icons = {deck: "cards", likes: "heart", friends: "people", me: "person"};

// app is what the views share.
const app = {
	me: null,
	view: "deck",
	deck: null, // kept while other views are shown: it has swipes on their way
	celebrated: new Set(), // people whose match was shown
	likes: 0,
	typed: {}, // into the profile, and kept when the language is switched
	go,
	report,
	matched,
	refreshLikes,
	changed,
	leave,
};

let live, shown, likesTimer;

// report tells people of a failure.
function report(err) {
	if (err.code === "unauthenticated") return; // session.onEnd has said it, or it was asked in an earlier session
	toast(explain(err), true);
}

function languageButton() {
	return h("button.plain.language", {
		type: "button", "aria-label": t("languageLabel"),
		onclick() {
			switchLanguage();
			draw();
		},
	}, t("language"));
}

function aside() {
	const key = (name, does) => h("li", null, h("kbd", null, name), t(does));
	return h("aside", {"aria-label": "Swiper"},
		h("p.brand", null, "Swiper"), h("p.tag", null, t("tagline")), h("p", null, t("asideText")), h("p", null, t("asideTwo")),
		h("ul.keys", {"aria-label": t("keys")}, key("←", "dislike"), key("→", "like"), key("↑", "superlike"), key("Z", "rewind")),
		h("p", null, h("a", {href: "/docs"}, t("apiDocs"))));
}

// frame is the phone around every view.
function frame(title, main, nav) {
	const heading = h("h1", {tabindex: -1}, title);
	show(root, aside(), h("div.phone", null,
		h("header", null, heading, h("p.state", {id: "state", role: "status", hidden: reachable}, t("offline")), languageButton()), main, nav ?? null));
	document.title = `${title} · Swiper`;
	return heading;
}

// draw shows the view anew, as when the language has changed.
function draw(focus = false) {
	shown?.leave?.();
	shown = null;
	const main = h("main");
	let heading;
	if (!session.current) {
		heading = frame("Swiper", main);
		shown = loginView(main, app, entered);
	} else if (!app.me) {
		heading = frame("Swiper", main);
		show(main, h("p.wait", null, t("loading")));
	} else if (app.me.missing.length) {
		heading = frame(t("complete"), main);
		shown = profileView(main, app, true);
	} else {
		heading = frame(t(app.view), main, navigation());
		shown = views[app.view](main, app);
	}
	if (focus) heading.focus();
}

function navigation() {
	return h("nav", {"aria-label": t("nav")}, Object.keys(views).map((name) => h("button", {
		type: "button", "aria-current": name === app.view ? "page" : null, "data-view": name, onclick: () => go(name),
	}, icon(icons[name]), h("span", null, t(name)), name === "likes" ? badge() : null)));
}

function badge() {
	return h("span.badge", {id: "badge", hidden: !app.likes}, app.likes > 9 ? "9+" : String(app.likes));
}

function go(view) {
	app.view = view;
	draw(true);
}

// refreshLikes counts who likes the user and has no answer.
async function refreshLikes() {
	const {users} = await call("GET", "/v1/likes?limit=10");
	if (app.likes === users.length) return false;
	app.likes = users.length;
	document.getElementById("badge")?.replaceWith(badge());
	return true;
}

// refreshMe reads the profile again: a task has given it a picture, or an operator
// has taken one away.
async function refreshMe() {
	const owner = session.current.user;
	const me = await call("GET", "/v1/me");
	if (app.me && session.current?.user === owner) app.me = me;
}

// changed tells the view that is shown what has happened.
function changed(kind, user) {
	shown?.changed?.(kind, user);
}

// matched shows the match moment, once, whether the swipe's answer or the event
// comes first.
function matched(person) {
	if (app.celebrated.has(person.user_id)) return;
	app.celebrated.add(person.user_id);
	celebrate(app.me, person, () => go("friends"));
	changed("match", person.user_id);
}

async function happened(events, past) {
	if (past) { // before this login: nothing to be surprised by
		for (const e of events) if (e.kind === "match") app.celebrated.add(e.data.user_id);
		return;
	}
	if (events.some((e) => e.kind === "task" || e.kind === "photo")) await refreshMe().catch(() => {}); // the profile reads it again
	let away = 0;
	const matches = events.filter((e) => e.kind === "match" && !app.celebrated.has(e.data.user_id));
	for (const e of events) {
		if (e.kind === "unmatched") {
			app.celebrated.delete(e.data.user_id);
			toast(t("unmatched"));
		}
		if (e.kind === "match" && matches.length > 3) {
			app.celebrated.add(e.data.user_id);
			away++;
		}
		changed(e.kind, e.data.user_id);
	}
	if (away) toast(t("away", {n: away}));
	else {
		for (const e of matches) {
			try {
				matched(await insist("GET", `/v1/friends/${e.data.user_id}`));
			} catch (err) {
				if (err.code !== "not_friends") throw err; // it has ended again
			}
		}
	}
	if (await refreshLikes()) changed("likes");
}

let told = 0;

// onWait tells now and then that the server asks for patience.
session.onWait = (err) => {
	if (Date.now() - told < 10000) return;
	told = Date.now();
	toast(explain(err));
};

let reachable = true;

session.onReach = (ok) => {
	if (ok === reachable) return;
	reachable = ok;
	const state = document.getElementById("state");
	if (state) state.hidden = ok;
	if (ok) {
		say(t("online"));
		live?.now();
	}
};

session.onEnd = () => {
	stop();
	toast(t("ended"), true);
	draw(true);
};

function stop() {
	live?.stop();
	forget();
	for (const dialog of document.querySelectorAll("dialog")) dialog.close();
	clearInterval(likesTimer);
	app.deck?.end();
	Object.assign(app, {me: null, view: "deck", deck: null, likes: 0, typed: {}});
	app.celebrated.clear();
	live = undefined;
	sessionStorage.removeItem(CURSOR);
}

async function leave() {
	stop();
	const gone = logout();
	draw(true);
	await gone;
}

// entered is called by the login view, and at once where the tab has a session.
async function entered() {
	draw();
	const owner = session.current.user;
	try {
		app.me = await insist("GET", "/v1/me");
	} catch (err) {
		report(err);
		return;
	}
	if (session.current?.user !== owner) return; // logged out meanwhile
	draw(true);
	const kept = JSON.parse(sessionStorage.getItem(CURSOR) ?? "null");
	const look = () => {
		if (document.hidden) return;
		refreshLikes().then((news) => news && changed("likes")).catch(() => {});
		app.deck?.count().catch(() => {}); // operators change limits while people swipe
	};
	live = follow({
		transport: pushing({token: accessToken, heard: (kind) => kind.endsWith("liked") && look()}), after: kept?.user === owner ? kept.next : "0",
		read: (after) => call("GET", `/v1/events?limit=100&after=${encodeURIComponent(after)}`),
		on: {
			cursor: (next) => sessionStorage.setItem(CURSOR, JSON.stringify({user: owner, next})),
			events: (events, past) => happened(events, past).catch(() => {}), // the lists show what was missed
			error() {}, // session.onReach and onEnd tell
		},
	});
	likesTimer = setInterval(look, 8000);
	look();
}

useLanguage();
if (session.current) entered();
else draw();
