// The console: who looks, which view is shown, and what keeps it fresh.

import {credentials, get} from "./api.js";
import {auditView} from "./audit.js";
import {h, toast} from "./dom.js";
import {hotView} from "./hot.js";
import {loginView} from "./login.js";
import {mediaView} from "./media.js";
import {membersView} from "./members.js";
import {overviewView} from "./overview.js";
import {tasksView} from "./tasks.js";
import {tunablesView} from "./tunables.js";
import {userView} from "./user.js";

// A view is given its element and the rest of its path, draws itself, and gives
// what is to be called every so many seconds, if anything: {refresh, every}.
const views = {
	overview: ["Overview", overviewView],
	members: ["Members", membersView],
	user: ["User", userView],
	tunables: ["Tunables", tunablesView],
	tasks: ["Tasks", tasksView],
	media: ["Media", mediaView],
	hot: ["Hot", hotView],
	audit: ["Audit", auditView],
};

const main = document.getElementById("main");
let shown = null; // the view on the screen: {refresh, every}, or null
let turn = 0;
let timer;

// app is what the views share.
const app = {me: null, report, may: () => app.me?.role === "operator"};

// report tells people of a failure.
function report(err) {
	if (err.code !== "unauthenticated") toast(err.message, true);
}

function header(at) {
	document.getElementById("top").replaceChildren(
		h("p.brand", null, "Swiper", h("span", null, "console")),
		app.me ? h("nav", {"aria-label": "Views"}, Object.entries(views).map(([name, [title]]) =>
			h("a", {href: `#/${name}`, "aria-current": name === at ? "page" : null}, title))) : "",
		app.me ? h("p.who", null, app.me.credentials ? `${app.me.name}, ${app.me.role}` : "no credentials needed here",
			app.me.credentials && h("button.link", {type: "button", onclick: leave}, "Log out")) : "");
}

function leave() {
	credentials.forget();
	app.me = null;
	begin();
}

// draw shows the view that the address names.
async function draw(focus) {
	const mine = ++turn;
	clearTimeout(timer);
	const [, name, ...rest] = location.hash.split("/");
	const at = views[name] ? name : "overview";
	header(at);
	const [title, view] = views[at];
	document.title = `${title} – Swiper console`;
	const body = h("div.view", {"data-view": at}, h("h1", {tabindex: "-1"}, title), h("p.wait", null, "Loading…"));
	main.replaceChildren(body);
	if (focus) body.firstChild.focus();
	try {
		const what = h("div");
		const made = await view(app, what, rest.map(decodeURIComponent));
		if (mine !== turn) return;
		body.lastChild.replaceWith(what);
		shown = made ?? null;
	} catch (err) {
		if (mine !== turn) return;
		shown = null;
		body.lastChild.replaceWith(h("p.failure", {role: "alert"}, err.message));
	}
	main.dataset.drawn = at;
	again(mine);
}

// again keeps a view fresh for as long as it is on the screen.
function again(mine) {
	if (!shown) return;
	timer = setTimeout(async () => {
		if (mine !== turn) return;
		if (!document.hidden) await shown.refresh().catch(report);
		if (mine === turn) again(mine);
	}, shown.every * 1000);
}

// begin finds out who looks, and asks for a token where one is needed.
async function begin() {
	turn++;
	clearTimeout(timer);
	delete main.dataset.drawn;
	if ("credentials" in document.documentElement.dataset && !credentials.header) return enter("");
	try {
		app.me = await get("/admin/whoami");
		return draw(false);
	} catch (err) {
		if (err.code !== "unauthenticated") enter(err.message); // else onRefused has asked
	}
}

// enter asks for a token.
function enter(failure) {
	turn++;
	app.me = null;
	header();
	main.replaceChildren(loginView(begin, failure));
}

credentials.onRefused = () => {
	credentials.forget();
	enter("The token is not right, or not any more.");
};

addEventListener("hashchange", () => app.me && draw(true));
document.querySelector("[data-skip]").addEventListener("click", (e) => {
	e.preventDefault(); // the address names the view
	main.focus();
});
begin();
