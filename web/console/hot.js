// Who was liked most in the last days, by location.

import {get} from "./api.js";
import {h, table, when} from "./dom.js";

export async function hotView(app, el, [place = ""]) {
	const input = h("input", {id: "location", value: place, maxlength: "50", autocomplete: "off"});
	const note = h("p.note"), places = h("nav.filter", {"aria-label": "Locations"}), list = h("div");
	async function refresh() {
		const hot = await get(`/admin/hot?location=${encodeURIComponent(place)}`);
		note.replaceChildren(...(hot.built_at ?
			[`Likes of ${hot.days} days, as they stand. All of it was made anew at `, when(hot.built_at), hot.making ? ", and is just being made again." : "."] :
			["There is no ranking yet: it is being made."]));
		places.replaceChildren(...hot.places.map((p) => h("a", {
			href: `#/hot/${encodeURIComponent(p.location)}`, "aria-current": p.location === hot.location ? "true" : null,
		}, `${p.location} (${p.most})`)));
		const first = hot.top[0]?.likes;
		list.replaceChildren(table(`Most liked in ${hot.location}`, [
			["Place", (p) => 1 + hot.top.indexOf(p), "number"],
			["User", (p) => h("a", {href: `#/user/${p.user_id}`}, `user ${p.user_id}`)],
			["Nickname", (p) => p.nickname ?? h("span.tag.plain", null, "not shown any more"), "long"],
			["Likes", (p) => p.likes, "number"],
			["Of the first’s", (p) => `${Math.round((100 * p.likes) / first)} %`, "number"],
		], hot.top, hot.location ? `Nobody is ranked in ${hot.location}.` : "Nobody was liked lately."));
	}
	await refresh();
	el.append(h("form.row.find", {
		onsubmit(e) {
			e.preventDefault();
			location.hash = `#/hot/${encodeURIComponent(input.value.trim())}`;
		},
	}, h("label", {for: "location"}, "Location"), input, h("button.primary", null, "Show")), note, places, list);
	return {refresh, every: 10};
}
