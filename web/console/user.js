// One user: what is stored, what lives in memory, what happened, what can be done.

import {get, post} from "./api.js";
import {ask, facts, h, section, table, toast, when} from "./dom.js";
import {pager} from "./pager.js";

const link = (id) => h("a", {href: `#/user/${id}`}, String(id));

export async function userView(app, el, [id = ""]) {
	const input = h("input", {id: "user", inputmode: "numeric", pattern: "[0-9]+", required: true, value: id, autocomplete: "off"});
	el.append(h("form.row.find", {
		onsubmit(e) {
			e.preventDefault();
			location.hash = `#/user/${encodeURIComponent(input.value)}`;
		},
	}, h("label", {for: "user"}, "User id"), input, h("button.primary", null, "Show")));
	if (!id) return;
	const at = encodeURIComponent(id);
	const top = h("div.stack");
	async function refresh() {
		const [user, account] = await Promise.all([get(`/admin/actors/user/${at}`), get(`/admin/users/${at}/account`)]);
		top.replaceChildren(...now(app, user, account, refresh));
	}
	try {
		await refresh();
	} catch (err) {
		el.append(h("p.failure", {role: "alert"}, err.message));
		return;
	}
	el.append(top);
	const swipes = section("Swipes that stand"), rewinds = section("Swipes taken back");
	el.append(h("div.columns", null, swipes, rewinds));
	await Promise.all([
		pager(app, swipes, (before) => `/admin/users/${at}/swipes?limit=20${before}`, "swipes", (rows) => table("Swipes", [
			["When", (s) => when(s.time)], ["Whom", (s) => link(s.user_id)], ["Mark", (s) => s.mark],
		], rows)),
		pager(app, rewinds, (before) => `/admin/users/${at}/rewinds?limit=20${before}`, "rewinds", (rows) => table("Rewinds", [
			["Taken back", (r) => when(r.rewound_at)], ["Swiped", (r) => when(r.swiped_at)], ["Whom", (r) => link(r.user_id)], ["Mark", (r) => r.mark],
		], rows)),
	]);
}

// now is what is true of a user at this moment.
function now(app, {user_id: id, stored, online, live}, account, refresh) {
	const u = stored.user, suspended = account.suspended_at;
	// act does something and shows what came of it.
	const act = (path, done, question, yes) => async (e) => {
		if (question && !(await ask(question, yes))) return;
		e.target.disabled = true;
		try {
			const answer = await post(`/admin/users/${id}/${path}`);
			toast(done(answer));
			await refresh();
		} catch (err) {
			e.target.disabled = false;
			app.report(err);
		}
	};
	const sessions = account.sessions.map((s) => ({...s, stands: !s.ended_at && new Date(s.expires_at) > new Date()}));
	return [
		h("div.head", null, h("h2.name", null, u.nickname || "(no nickname)"), online && h("span.tag.good", {"data-online": ""}, "online"), suspended && h("span.tag.bad", null, "suspended"), !u.complete && h("span.tag.warn", null, "incomplete")),
		app.may() && h("div.row", {role: "group", "aria-label": "What can be done"},
			h("button", {type: "button", "data-act": "logout", onclick: act("logout", (a) => `${a.ended} sessions ended.`, `Log user ${id} out everywhere?`, "Log out everywhere")}, "Log out everywhere"),
			suspended ?
				h("button", {type: "button", "data-act": "unsuspend", onclick: act("unsuspend", () => "The user may come in again.")}, "Lift the suspension") :
				h("button.danger", {
					type: "button", "data-act": "suspend",
					onclick: act("suspend", () => "The user is suspended.", `Suspend user ${id}? Sessions end at once, nobody is dealt the user, and logins are refused.`, "Suspend"),
				}, "Suspend")),
		h("div.columns", null,
			section("Stored", facts([
				["Sex", u.sex], ["Birthday", u.birthday], ["Place", u.location], ["Looks for", u.dating_sex && `${u.dating_sex}, ${u.min_dating_age}–${u.max_dating_age}`],
				["Bio", u.bio || "–"], ["Joined", when(u.created_at)], ["Last active", when(u.last_active_at)], suspended && ["Suspended", when(suspended)],
				["Friends", stored.friends], ["Marks", Object.entries(stored.swipes).map(([mark, n]) => `${mark} ${n}`).join(", ") || "none"],
			].filter(Boolean))),
			section("In memory", live ? facts([
				["Node", h("code", null, live.node)], ["Active since", when(live.activated_at)], ["Last message", when(live.last_message_at)],
				["In flight", `${live.in_flight}, ${live.waiting} waiting`], ["Swiped set", live.swiped_loaded ? `${live.swiped_count} ids, ${live.swiped_bytes} bytes` : "not loaded"],
				["Deck", `${live.deck_buffered} buffered, behind ${live.deck_cursor}`],
			]) : h("p.none", null, "No actor is active: the user has not asked for anything lately."))),
		section("Quotas today", table("Quotas", [
			["Action", (q) => q.action],
			["Used", (q) => q.used, "number"],
			["Limit", (q) => q.limit ?? "none", "number"],
			["Resets", (q) => when(q.resets_at)],
			...(app.may() ? [["", (q) => h("button", {
				type: "button", "data-reset": q.action, "aria-label": `Reset ${q.action}`, disabled: q.used === 0,
				onclick: act(`quotas/${q.action}/reset`, () => `Nothing of ${q.action} counts as used today.`),
			}, "Reset")]] : []),
		], stored.quotas)),
		section("Sessions", table("Sessions", [
			["Session", (s) => h("code", null, `${s.id}…`)],
			["State", (s) => (s.stands ? h("span.tag.good", null, "stands") : h("span.tag.plain", null, s.ended_at ? "ended" : "expired"))],
			["Began", (s) => when(s.created_at)], ["Last used", (s) => when(s.used_at)], ["Ended", (s) => when(s.ended_at)],
		], sessions, "The user has never logged in, or long ago.")),
	].filter(Boolean);
}
