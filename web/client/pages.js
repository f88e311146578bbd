// A list of people that the server gives in pages.

import {h, show} from "./dom.js";
import {t} from "./i18n.js";

// pages shows a list in main. read(cursor) gives a page, of(page) its people,
// item(person) an element, empty() what stands there when there is nobody.
export function pages(main, {read, of, item, empty, report}) {
	const list = h("ul.people", {tabindex: -1});
	let round = 0, gone = false; // only the latest load is shown

	async function load() {
		const mine = ++round;
		try {
			const page = await read(null);
			if (mine !== round || gone) return;
			show(list, of(page).map(item));
			show(main, list, foot(page.next_cursor));
			settle();
		} catch (err) {
			if (mine !== round || gone) return;
			show(main, h("div.empty", null, h("button.primary", {type: "button", onclick: load}, t("retry"))));
			report(err);
		}
	}

	function foot(cursor) {
		if (!cursor) return null;
		const button = h("button.plain.more", {
			type: "button",
			async onclick() {
				const mine = round;
				button.disabled = true;
				try {
					const page = await read(cursor);
					if (mine !== round || gone) return;
					const first = of(page).map(item);
					list.append(...first);
					button.replaceWith(foot(page.next_cursor) ?? "");
					first[0]?.querySelector("button")?.focus();
				} catch (err) {
					button.disabled = false;
					report(err);
				}
			},
		}, t("more"));
		return button;
	}

	function settle() {
		if (!list.children.length && !main.querySelector(".more")) show(main, empty());
	}

	show(main, h("p.wait", null, t("loading")));
	load();
	return {
		load,
		// remove takes one person out and keeps the focus in the list.
		remove(el) {
			const neighbour = el.nextElementSibling ?? el.previousElementSibling;
			el.remove();
			(neighbour?.querySelector("button:last-of-type") ?? list).focus();
			settle();
		},
		leave: () => (gone = true),
	};
}
