// How this node did over the last hour.

import {get} from "./api.js";
import {chart} from "./chart.js";
import {h} from "./dom.js";

export async function overviewView(app, el) {
	let answer = await get("/admin/overview");
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
	el.append(
		h("p.note", null, "This node only, ", h("code", null, answer.node || "alone"), `, every ${answer.every} s since it started or for the last hour. `,
			"Errors are answers with 5xx and requests refused at the door. For all nodes and longer, use the Grafana dashboard in deploy/grafana."),
		h("div.charts", null, charts.map((c) => c.el)));
	draw();
	return {
		every: answer.every,
		async refresh() {
			answer = await get(`/admin/overview?after=${points.at(-1)?.seq ?? 0}`);
			// A node that was started again counts from 1.
			const restarted = answer.points.length === 0 && points.length > 0 ? (await get("/admin/overview")).points : null;
			if (restarted && (restarted.at(-1)?.seq ?? 0) < points.at(-1).seq) points = restarted;
			else points = [...points, ...answer.points].slice(-keep);
			draw();
		},
	};
}
