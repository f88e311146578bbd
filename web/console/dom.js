// What the views are made with, besides the elements themselves.

import {h} from "../shared/element.js";

export {h, s, toast} from "../shared/element.js";

// when shows a moment, with the whole of it for who asks.
export function when(text) {
	if (!text) return "–";
	const at = new Date(text);
	const today = new Date().toDateString() === at.toDateString();
	const time = at.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false});
	const day = (n) => String(n).padStart(2, "0");
	return h("time", {datetime: text, title: text}, today ? time : `${at.getFullYear()}-${day(at.getMonth() + 1)}-${day(at.getDate())} ${time}`);
}

// table lays out rows; a column is [heading, how a row's cell is made, class].
// On narrow screens each row becomes a block whose cells name their columns.
export function table(label, columns, rows, none = "None.") {
	if (rows.length === 0) return h("p.none", null, none);
	// The roles are what they are anyway, but for browsers that forget them where a table is laid out as blocks.
	return h("table", {role: "table"}, h("caption.unseen", null, label),
		h("thead", {role: "rowgroup"}, h("tr", {role: "row"}, columns.map(([name, , kind]) =>
			h("th", {role: "columnheader", scope: "col", class: kind}, name || h("span.unseen", null, "Actions"))))),
		h("tbody", {role: "rowgroup"}, rows.map((row) => h("tr", {role: "row"}, columns.map(([name, cell, kind]) =>
			h("td", {role: "cell", "data-name": name, class: kind}, cell(row)))))));
}

export const section = (title, ...children) => h("section", null, h("h2", null, title), children);

// facts lists names and values.
export const facts = (pairs) => h("dl.facts", null, pairs.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value ?? "–"))));

// ask lets people confirm what cannot be taken back; it resolves to their yes or no.
export function ask(question, yes) {
	return new Promise((resolve) => {
		const el = h("dialog", {"aria-label": question}, h("p", null, question), h("div.row", null,
			h("button.danger", {type: "button", onclick: () => el.close("yes")}, yes),
			h("button", {type: "button", onclick: () => el.close(), autofocus: true}, "Leave it")));
		el.addEventListener("close", () => {
			resolve(el.returnValue === "yes");
			el.remove();
		});
		document.body.append(el);
		el.showModal();
	});
}
