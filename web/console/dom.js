// Makes elements. Text only ever becomes text nodes: there is no way from a
// string to markup here, and the page's policy forbids the browser's own.

const SVG = "http://www.w3.org/2000/svg";

// h makes an element: h("p.note", {title: "…"}, "text", otherElement, null).
// Names that begin with "on" are listeners, true and false set and leave out.
export function h(tag, props, ...children) {
	const [name, ...classes] = tag.split(".");
	const el = document.createElement(name);
	if (classes.length) el.className = classes.join(" ");
	return fill(el, props, children);
}

// s makes an element of a drawing.
export const s = (name, props, ...children) => fill(document.createElementNS(SVG, name), props, children);

function fill(el, props, children) {
	for (const [key, value] of Object.entries(props ?? {})) {
		if (value === false || value === null || value === undefined) continue;
		if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
		else if (key === "value") el.value = value;
		else el.setAttribute(key, value === true ? "" : value);
	}
	el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
	return el;
}

// say tells people who listen; urgent interrupts them.
function say(text, urgent) {
	const el = document.getElementById(urgent ? "urgent" : "polite");
	el.textContent = "";
	setTimeout(() => (el.textContent = text), 30); // the same words again are read again
}

// toast shows a line for a while, and says it.
export function toast(text, urgent = false) {
	const el = h(urgent ? "p.toast.bad" : "p.toast", null, text);
	document.getElementById("toasts").append(el);
	say(text, urgent);
	setTimeout(() => el.remove(), 6000);
}

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
