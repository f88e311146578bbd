// Shows a list page by page: the first, and more when people ask.

import {get} from "./api.js";
import {h} from "./dom.js";

export async function pager(app, el, pathOf, field, draw) {
	const list = h("div"), more = h("button", {type: "button"}, "Show older ones");
	let rows = [], next = null;
	async function load() {
		const page = await get(pathOf(next ? `&before=${next}` : ""));
		rows = [...rows, ...page[field]];
		next = page.next;
		list.replaceChildren(draw(rows));
		more.hidden = next === null;
	}
	more.addEventListener("click", () => load().catch(app.report));
	await load();
	el.append(list, more);
}
