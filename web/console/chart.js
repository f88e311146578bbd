// Draws one line over time.

import {h, s} from "./dom.js";

const WIDTH = 600, HEIGHT = 120;

// ceiling is a round number that is not below x: 1, 2 or 5 and zeros.
function ceiling(x) {
	if (x <= 0) return 1;
	const unit = 10 ** Math.floor(Math.log10(x));
	return unit * [1, 2, 5, 10].find((n) => n * unit >= x * 0.999);
}

export const amount = (x) => (x === null || x === undefined ? "–" : x >= 100 ? Math.round(x).toLocaleString("en") : String(Number(x.toPrecision(3))));

// path goes through the values that are there; where there are none it has a gap.
function path(values, x, y) {
	let d = "", drawn = false;
	values.forEach((v, i) => {
		if (v === null) return (drawn = false);
		d += `${drawn ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
		if (!drawn && (values[i + 1] ?? null) === null) d += "h0.1"; // one value alone is a dot
		drawn = true;
	});
	return d;
}

// span tells how far back points that fill a chart reach.
function span(seconds) {
	return seconds >= 3600 ? `${Math.round(seconds / 360) / 10} h ago` : `${Math.round(seconds / 60)} min ago`;
}

// A node that began a moment ago would fill a hair's breadth of an hour.
const LEAST = 60;

// chart makes a figure; update gives it points to show, which are so many seconds
// apart, and of which there are keep at most.
export function chart(title, unit, field, keep, every) {
	const now = h("strong", null, "–"), most = h("span", null, "");
	const top = h("span", null, ""), since = h("span", null, ""), line = s("path", {class: "line"}), area = s("path", {class: "area"});
	const drawing = s("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": title},
		[0.25, 0.5, 0.75].map((f) => s("path", {class: "grid", d: `M0 ${f * HEIGHT}H${WIDTH}`})), area, line);
	return {
		el: h("figure.chart", {"data-chart": field},
			h("figcaption", null, h("span.title", null, title), h("span.value", null, now, ` ${unit}`)),
			h("div.plot", null, top, drawing),
			h("div.axis", null, since, most, h("span", null, "now"))),
		update(points) {
			const values = points.map((p) => p[field]);
			const known = values.filter((v) => v !== null);
			const width = Math.min(keep, Math.max(LEAST, values.length));
			const highest = known.length ? Math.max(...known) : 0, scale = ceiling(highest);
			const x = (i) => WIDTH - ((values.length - 1 - i) * WIDTH) / Math.max(1, width - 1);
			const y = (v) => HEIGHT - 1 - (v / scale) * (HEIGHT - 4);
			const d = path(values, x, y);
			line.setAttribute("d", d);
			area.setAttribute("d", known.length === values.length && known.length > 1 ? `${d}V${HEIGHT}H${x(0).toFixed(1)}Z` : "");
			since.textContent = span(width * every);
			now.textContent = amount(values.at(-1));
			top.textContent = amount(scale);
			most.textContent = known.length ? `highest ${amount(highest)}` : "nothing yet";
			drawing.setAttribute("aria-label", `${title}: now ${amount(values.at(-1))} ${unit}, highest ${amount(highest)}`);
		},
	};
}
