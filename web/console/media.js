// What this node counts of pictures on their way, the CDN and the ranking.

import {get} from "./api.js";
import {amount} from "./chart.js";
import {h, section, table} from "./dom.js";

// Figures by what their names begin with; the first that fits has them.
const groups = [
	["Uploads and stores", ["swiper_upload", "swiper_media_", "swiper_video_", "swiper_task_attempt"]],
	["CDN", ["swiper_cdn_"]],
	["Ranking of the most liked", ["swiper_hot_"]],
];

// shown writes a value with what it counts, which its name ends with.
function shown(f) {
	if (f.count > 0) return `${amount(f.value)}${f.name.endsWith("_seconds") ? " s" : ""} on average of ${amount(f.count)}`;
	if (f.name.endsWith("_bytes")) return `${amount(f.value)} bytes`;
	return amount(f.value) + (f.name.endsWith("_seconds") ? " s" : "");
}

export async function mediaView(app, el) {
	const body = h("div.stack");
	async function refresh() {
		const {figures} = await get("/admin/figures");
		body.replaceChildren(...groups.map(([title, prefixes]) => section(title, table(title, [
			["Figure", (f) => h("code", {title: f.help}, f.name.replace(/^swiper_/, ""))],
			["Of", (f) => f.labels || "–"],
			["Value", shown, "number"],
			["Means", (f) => f.help, "long"],
		], figures.filter((f) => prefixes.some((p) => f.name.startsWith(p))), "Nothing is counted on this node."))));
	}
	await refresh();
	el.append(h("p.note", null, "This node only, since it started. What waits stands under ", h("a", {href: "#/tasks"}, "Tasks"), "."), body);
	return {refresh, every: 10};
}
