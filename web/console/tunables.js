// The rules that change while the system runs.

import {call, get} from "./api.js";
import {h, table, toast, when} from "./dom.js";

const shown = (value) => (value === null ? "none (null)" : JSON.stringify(value));

// meant reads what people type: a number, null, or a word, with or without quotes.
function meant(text) {
	const trimmed = text.trim();
	try {
		return JSON.parse(trimmed);
	} catch {
		return trimmed;
	}
}

export async function tunablesView(app, el) {
	const {settings} = await get("/admin/settings");
	el.append(
		h("p.note", null, "In force on every node within 5 seconds. Numbers, null for none, or the name of a time zone."),
		h("ul.tunables", null, settings.map((t) => tunable(app, t))));
}

function tunable(app, t) {
	const item = h("li", {"data-key": t.key});
	const field = `value-${t.key}`;
	function draw(open) {
		const failure = h("p.failure", {role: "alert", id: `${field}-failure`});
		const input = h("input", {id: field, value: t.value === null ? "null" : typeof t.value === "string" ? t.value : JSON.stringify(t.value), autocomplete: "off", spellcheck: "false"});
		const save = h("button.primary", null, "Save");
		const form = h("form.row", {
			async onsubmit(e) {
				e.preventDefault();
				save.disabled = true;
				failure.textContent = "";
				input.removeAttribute("aria-invalid");
				try {
					t = await call("PUT", `/admin/settings/${t.key}`, {value: meant(input.value)});
					toast(`${t.key} is now ${shown(t.value)}.`);
					draw(false);
				} catch (err) {
					save.disabled = false;
					failure.textContent = err.message;
					input.setAttribute("aria-invalid", "true");
					input.setAttribute("aria-describedby", `${field}-failure`);
					input.focus();
				}
			},
		}, h("label.unseen", {for: field}, t.key), input, save, h("button", {type: "button", onclick: () => draw(false)}, "Leave it"));
		const past = h("div");
		item.replaceChildren(
			h("div.head", null, h("h2", null, t.key), h("code.now", null, shown(t.value)),
				app.may() && !open && h("button", {type: "button", "aria-label": `Change ${t.key}`, onclick: () => draw(true)}, "Change")),
			open ? form : "", open ? failure : "",
			h("p.hint", null, JSON.stringify(t.value) === JSON.stringify(t.default) ? "As it is by default." : `By default ${shown(t.default)}.`,
				t.version > 0 && [" Set ", when(t.updated_at), ` by ${t.updated_by}.`]),
			t.version > 0 ? h("details", {ontoggle: (e) => e.target.open && history(app, t, past)}, h("summary", null, "History"), past) : "");
		if (open) input.select();
	}
	draw(false);
	return item;
}

async function history(app, t, el) {
	try {
		const {changes} = await get(`/admin/settings/${t.key}/log?limit=50`);
		el.replaceChildren(table(`History of ${t.key}`, [
			["Version", (c) => c.version, "number"], ["Value", (c) => h("code", null, shown(c.value))], ["When", (c) => when(c.updated_at)], ["Who", (c) => c.updated_by],
		], changes));
	} catch (err) {
		app.report(err);
	}
}
