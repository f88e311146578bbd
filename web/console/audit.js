// Who has changed what.

import {get} from "./api.js";
import {h, table, when} from "./dom.js";
import {pager} from "./pager.js";

export async function auditView(app, el) {
	el.append(h("p.note", null, "Every change by operators, the latest first. Names are those that people gave with the token."));
	await pager(app, el, (before) => `/admin/audit?limit=50${before}`, "entries", (rows) => table("Changes", [
		["When", (e) => when(e.at)],
		["Who", (e) => e.by],
		["What", (e) => h("code", null, e.action)],
		["On", (e) => target(e)],
		["From", (e) => e.from || (e.action === "setting.put" ? "its default" : "–")],
		["To", (e) => e.to || "–"],
	], rows, "Nothing has been changed yet."));
}

function target(e) {
	const user = /^user (\d+)$/.exec(e.target);
	return user ? h("a", {href: `#/user/${user[1]}`}, e.target) : e.target;
}
