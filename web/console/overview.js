// How this node, or all of them, did over the last hour.

import {get} from "./api.js";
import {chart} from "./chart.js";
import {h} from "./dom.js";

export async function overviewView(app, el, [of = ""]) {
	const query = of === "all" ? "of=all&" : "";
	let answer = await get(`/admin/overview?${query}`);
	const keep = Math.round(answer.keep / answer.every);
	let points = answer.points;
	const charts = [
		chart("Swipes", "/s", "swipes", keep, answer.every),
		chart("Matches", "/s", "matches", keep, answer.every),
		chart("Requests", "/s", "requests", keep, answer.every),
		chart("99 % answered within", "ms", "p99_ms", keep, answer.every),
		chart("Swipes a commit", "on average", "batch", keep, answer.every),
		chart("Users in memory", "actors", "users", keep, answer.every),
		chart("Errors", "/s", "errors", keep, answer.every),
	];
	const draw = () => charts.forEach((c) => c.update(points));
	const whose = h("span");
	const tell = () => whose.replaceChildren(...(query ? [answer.nodes === 1 ? "The only node" : `${answer.nodes} nodes as one`] : ["This node only, ", h("code", null, answer.node || "alone")]));
	tell();
	el.append(
		h("nav.filter", {"aria-label": "Nodes"}, [["", "this node"], ["all", "all nodes"]].map(([name, title]) =>
			h("a", {href: `#/overview/${name}`, "aria-current": name === of ? "true" : null}, title))),
		h("p.note", null, whose, `, every ${answer.every} s since they started or for the last hour. `,
			"Errors are answers with 5xx and requests refused at the door. ",
			query ? "What nodes count is added up; the time is the slowest node’s. " : "", "For longer, use the Grafana dashboard in deploy/grafana."),
		h("div.charts", null, charts.map((c) => c.el)));
	draw();
	return {
		every: answer.every,
		async refresh() {
			// The latest turn of all nodes may have been told in part.
			const known = points.at(-1)?.seq ?? 0;
			answer = await get(`/admin/overview?${query}after=${query ? Math.max(0, known - 3) : known}`);
			tell();
			if (query) {
				const first = answer.points[0]?.seq ?? Infinity;
				points = [...points.filter((p) => p.seq < first), ...answer.points].slice(-keep);
				return draw();
			}
			// A node that was started again counts from 1.
			const restarted = answer.points.length === 0 && points.length > 0 ? (await get("/admin/overview")).points : null;
			if (restarted && (restarted.at(-1)?.seq ?? 0) < points.at(-1).seq) points = restarted;
			else points = [...points, ...answer.points].slice(-keep);
			draw();
		},
	};
}
