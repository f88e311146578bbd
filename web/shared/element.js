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
export function s(name, props, ...children) {
	return fill(document.createElementNS(SVG, name), props, children);
}

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
export function say(text, urgent = false) {
	const el = document.getElementById(urgent ? "urgent" : "polite");
	el.textContent = "";
	setTimeout(() => (el.textContent = text), 30); // the same words again are read again
}

// toast shows a line for a while, and says it.
export function toast(text, urgent = false) {
	const el = h(urgent ? "p.toast.bad" : "p.toast", null, text);
	document.getElementById("toasts").append(el);
	say(text, urgent);
	setTimeout(() => el.remove(), 5000);
}
