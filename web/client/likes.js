// Who likes the user and has no answer yet.

import {call, insist, newKey} from "./api.js";
import {h, icon, say} from "./dom.js";
import {describe} from "./deck.js";
import {t} from "./i18n.js";
import {pages} from "./pages.js";
import {picture} from "./portrait.js";

export function likesView(main, app) {
	const list = pages(main, {
		read: (cursor) => call("GET", `/v1/likes?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`),
		of: (answer) => answer.users,
		empty: () => h("div.empty", null, icon("heart"), h("p.big", null, t("noLikes")), h("p", null, t("noLikesHint"))),
		item, report: app.report,
	});

	function item(card) {
		const name = card.nickname ?? t("someone");
		const el = h("li.tile", {"data-user": card.user_id}, picture(card), card.superliked_me ? h("span.mark", {title: t("superlikedMe")}, icon("star")) : null,
			h("p.name", null, h("span.unseen", null, card.superliked_me ? `${t("superlikedMe")}: ` : ""), [name, card.age].filter(Boolean).join(", ")),
			h("div.row", null, answer("dislike", "cross"), answer("like", "heart")));

		function answer(mark, shape) {
			return h("button", {
				type: "button", class: `round small ${mark}`, "aria-label": `${t(mark)}: ${name}`,
				async onclick(e) {
					for (const b of el.querySelectorAll("button")) b.disabled = true;
					try {
						const {matched} = await insist("POST", "/v1/swipes", {body: {user_id: card.user_id, mark}, key: newKey()});
						if (app.deck) app.deck.cards = app.deck.cards.filter((c) => c.user_id !== card.user_id);
						list.remove(el);
						say(`${t(mark)}: ${describe(card)}`);
						if (matched) app.matched(card);
						app.refreshLikes().catch(() => {});
					} catch (err) {
						app.report(err);
						if (err.code === "already_swiped" || err.code === "user_not_found") return list.remove(el); // nothing is left to answer
						for (const b of el.querySelectorAll("button")) b.disabled = false;
						e.target.focus();
					}
				},
			}, icon(shape));
		}
		return el;
	}

	return {
		changed(kind) {
			if (kind === "likes") list.load();
		},
		leave: list.leave,
	};
}

