// The stack of cards: dragged, keyed or by buttons. Cards go at once, their
// swipes follow in order; each has a key and is sent until there is an answer.

import {call, insist, newKey, session} from "./api.js";
import {animate, h, icon, say, show, toast} from "./dom.js";
import {t} from "./i18n.js";
import {picture} from "./portrait.js";

const LOW = 6; // cards left at which more are asked for
const DEPTH = 3; // cards that can be seen

// Deck is the cards and the swipes on their way. It outlives the view.
class Deck {
	cards = [];
	gone = new Map(); // swiped here, by id: what may come back
	lacking = false; // nobody is left
	quotas = null;
	onChange = () => {};
	#line = Promise.resolve(); // swipes and rewinds, one after the other
	#filling = null;
	#rewinding = false;
	#ended = new AbortController();
	#round = 0; // what was dealt for an earlier one is of no use

	constructor(app) {
		this.app = app;
	}

	end() {
		this.#ended.abort();
		this.onChange = () => {};
	}

	// renew throws the cards away: others are dealt now. Swipes on their way go on.
	renew() {
		this.#round++;
		this.cards = [];
		this.lacking = false;
		this.onChange();
	}

	// fill asks for more cards when few are left.
	fill() {
		this.#filling ??= this.#fill().finally(() => (this.#filling = null));
		return this.#filling;
	}

	async #fill() {
		const round = this.#round;
		const {cards, missing} = await insist("GET", "/v1/deck?limit=20", {signal: this.#ended.signal});
		if (round !== this.#round) return this.#fill();
		if (missing.length) {
			this.app.me = await call("GET", "/v1/me");
			this.app.go("me");
			return;
		}
		const risen = new Set(cards.filter((c) => c.superliked_me).map((c) => c.user_id));
		this.cards = this.cards.filter((c, i) => i < DEPTH || c.superliked_me || !risen.has(c.user_id));
		const known = new Set(this.cards.map((c) => c.user_id));
		const fresh = cards.filter((c) => !known.has(c.user_id) && !this.gone.get(c.user_id)?.under);
		// Who superliked the user comes before those who are not seen yet.
		this.cards.splice(Math.min(DEPTH, this.cards.length), 0, ...fresh.filter((c) => c.superliked_me));
		this.cards.push(...fresh.filter((c) => !c.superliked_me));
		this.lacking = !this.cards.length;
		this.onChange();
	}

	async count() {
		this.quotas = await insist("GET", "/v1/quotas", {signal: this.#ended.signal});
		this.onChange("quotas");
	}

	// swipe takes the top card away and stores it.
	swipe(card, mark) {
		this.cards = this.cards.filter((c) => c !== card);
		this.gone.set(card.user_id, {card, under: true});
		this.#next(() => this.#store(card, mark));
		if (this.cards.length < LOW) this.#next(() => this.fill());
	}

	async #store(card, mark) {
		const entry = this.gone.get(card.user_id);
		try {
			const answer = await insist("POST", "/v1/swipes", {body: {user_id: card.user_id, mark}, key: newKey(), signal: this.#ended.signal});
			if (answer.matched) this.app.matched(card);
			if (mark !== "dislike" && this.quotas?.[mark].limit !== null) await this.count();
			if (this.app.likes) this.app.refreshLikes().catch(() => {});
		} catch (err) {
			if (/_quota_exceeded$/.test(err.code ?? "")) this.cards.unshift(card); // it was not stored
			if (this.#ended.signal.aborted) return;
			this.app.report(err);
			this.onChange();
		} finally {
			entry.under = false;
		}
	}

	// rewind takes the latest swipe back, one at a time.
	rewind() {
		if (this.#rewinding) return;
		this.#rewinding = true;
		this.#next(() => this.#takeBack().finally(() => (this.#rewinding = false)));
	}

	async #takeBack() {
		const answer = await insist("POST", "/v1/swipes/rewind", {key: newKey(), signal: this.#ended.signal});
		const card = this.gone.get(answer.user_id)?.card;
		this.gone.delete(answer.user_id);
		this.app.celebrated.delete(answer.user_id);
		this.cards = this.cards.filter((c) => c.user_id !== answer.user_id);
		if (card) this.cards.unshift(card);
		else { // swiped before this page was opened: the deck begins with them
			this.cards = [];
			await this.fill();
		}
		this.lacking = false;
		this.onChange("rewound");
		toast(t(answer.unmatched ? "rewoundMatch" : "rewound", {name: this.cards[0]?.nickname ?? t("someone")}));
		await this.count();
	}

	#next(step) {
		this.#line = this.#line.then(step).catch((err) => this.#ended.signal.aborted || !session.current || this.app.report(err));
	}
}

export function describe(card) {
	return [card.nickname ?? t("someone"), card.age, card.location, card.superliked_me ? t("superlikedMe") : null].filter(Boolean).join(", ");
}

// face is what a card shows of a person.
export function face(card) {
	return [picture(card),
		card.superliked_me ? h("p.ribbon", null, icon("star"), t("superlikedMe")) : null,
		h("div.about", null,
			h("h2", null, h("span.name", null, card.nickname ?? t("someone")), card.age ? h("span.age", null, String(card.age)) : null),
			card.location ? h("p.place", null, icon("pin"), card.location) : null,
			card.bio ? h("p.bio", null, card.bio) : null)];
}

const away = {dislike: [-1, 0], like: [1, 0], superlike: [0, -1]};

export function deckView(main, app) {
	const deck = (app.deck ??= new Deck(app));
	const stack = h("div.stack", {role: "group", "aria-label": t("stack"), tabindex: 0});
	const buttons = h("div.actions", {role: "group", "aria-label": t("actions")});
	const make = (name, shape, act) => h("button", {type: "button", class: `round ${name}`, "aria-label": t(name), title: t(name), onclick: act}, icon(shape));
	const rewind = make("rewind", "back", () => deck.rewind());
	const marks = [make("dislike", "cross", () => act("dislike")), make("superlike", "star", () => act("superlike")), make("like", "heart", () => act("like"))];
	const metered = {rewind, superlike: marks[1], like: marks[2]};
	show(buttons, rewind, marks);
	show(main, h("div.deck", null, stack, buttons));

	const elements = new Map(); // by card
	const fresh = (card) => {
		const el = h("article.card", {"data-user": card.user_id, "aria-label": describe(card)}, face(card),
			h("span.stamp.yes", {"aria-hidden": "true"}, t("like")), h("span.stamp.no", {"aria-hidden": "true"}, t("dislike")), h("span.stamp.super", {"aria-hidden": "true"}, t("superlike")));
		drag(el, card);
		return el;
	};

	function redraw(why) {
		if (why !== "quotas") drawCards(why);
		for (const [name, b] of Object.entries(metered)) {
			const q = deck.quotas?.[name] ?? {limit: null};
			const left = q.limit === null ? null : Math.max(q.limit - q.used, 0);
			const label = left === null ? t(name) : t("actionLeft", {action: t(name), n: left});
			b.setAttribute("aria-label", label);
			b.title = label;
			b.querySelector(".left")?.remove();
			if (left !== null) b.append(h("span.left", {"aria-hidden": "true"}, String(left)));
		}
		for (const b of marks) b.disabled = !deck.cards.length;
	}

	function drawCards(why) {
		const top = deck.cards.slice(0, DEPTH);
		for (const [card, el] of elements) {
			if (!top.includes(card)) {
				elements.delete(card);
				if (!el.classList.contains("leaving")) el.remove();
			}
		}
		stack.querySelector(".empty")?.remove();
		for (const [depth, card] of top.entries()) {
			let el = elements.get(card);
			if (!el) {
				elements.set(card, (el = fresh(card)));
				stack.prepend(el);
				if (why === "rewound" && depth === 0) {
					stack.append(el);
					animate(el, [{transform: "translateX(-120%) rotate(-16deg)"}, {transform: "none"}], {duration: 320, easing: "ease-out"});
				}
			}
			el.dataset.depth = depth;
			el.inert = depth > 0;
			el.ariaHidden = depth > 0 ? "true" : null;
		}
		if (top.length && !performance.getEntriesByName("first-card").length) performance.mark("first-card");
		if (!top.length) stack.append(deck.lacking ? nobody() : h("p.empty.wait", null, t("loading")));
	}

	function nobody() {
		return h("div.empty", null, icon("cards"), h("p.big", null, t("noCards")), h("p", null, t("noCardsHint")),
			h("div.row", null, h("button.primary", {type: "button", onclick: () => deck.fill().catch(app.report)}, t("again")), h("button.plain", {type: "button", onclick: () => app.go("me")}, t("editProfile"))));
	}

	// act swipes the top card, away from where it has been dragged to.
	function act(mark, from = [0, 0]) {
		const card = deck.cards[0];
		if (!card || document.querySelector("dialog[open]")) return;
		const el = elements.get(card);
		el.classList.add("leaving");
		const [x, y] = away[mark];
		const start = `translate(${from[0]}px, ${from[1]}px) rotate(${from[0] / 18}deg)`;
		const end = `translate(${x ? x * 130 : from[0] / 3}%, ${y ? -130 : 20}%) rotate(${x * 24}deg)`;
		stamp(el, mark, 1);
		animate(el, [{transform: start, opacity: 1}, {transform: end, opacity: 0.6}], {duration: 260, easing: "ease-in", fill: "forwards"}).then(() => el.remove());
		deck.swipe(card, mark);
		drawCards();
		redraw();
		if (deck.cards[0]) say(describe(deck.cards[0]));
	}

	function stamp(el, mark, strength) {
		for (const [name, of] of [["yes", "like"], ["no", "dislike"], ["super", "superlike"]]) el.querySelector(`.stamp.${name}`).style.opacity = of === mark ? strength : 0;
	}

	// drag lets a pointer take the card.
	function drag(el, card) {
		let from = null, moved = [0, 0];
		const lean = () => {
			const [x, y] = moved;
			if (-y > Math.abs(x) * 1.2) return ["superlike", Math.min(-y / 130, 1)];
			return [x > 0 ? "like" : "dislike", Math.min(Math.abs(x) / 100, 1)];
		};
		el.addEventListener("pointerdown", (e) => {
			if (e.button !== 0 || deck.cards[0] !== card) return;
			from = [e.clientX, e.clientY, e.timeStamp];
			el.setPointerCapture(e.pointerId);
			el.classList.add("held");
		});
		el.addEventListener("pointermove", (e) => {
			if (!from) return;
			moved = [e.clientX - from[0], e.clientY - from[1]];
			el.style.transform = `translate(${moved[0]}px, ${moved[1]}px) rotate(${moved[0] / 18}deg)`;
			stamp(el, ...lean());
		});
		const end = (e) => {
			if (!from) return;
			const [mark, strength] = lean();
			const flick = Math.hypot(...moved) / Math.max(e.timeStamp - from[2], 1) > 0.6 && Math.hypot(...moved) > 40;
			from = null;
			el.classList.remove("held");
			const at = moved;
			moved = [0, 0];
			if (e.type === "pointerup" && (strength === 1 || flick)) {
				act(mark, at);
				return;
			}
			stamp(el, mark, 0);
			el.style.transform = "";
			animate(el, [{transform: `translate(${at[0]}px, ${at[1]}px)`}, {transform: "none"}], {duration: 180, easing: "ease-out"});
		};
		el.addEventListener("pointerup", end);
		el.addEventListener("pointercancel", end);
	}

	const keys = {ArrowLeft: "dislike", ArrowRight: "like", ArrowUp: "superlike"};
	function key(e) {
		if (e.altKey || e.ctrlKey || e.metaKey || e.repeat || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) || document.querySelector("dialog[open]")) return;
		if (keys[e.key]) act(keys[e.key]);
		else if (e.key === "z" || e.key === "Z") deck.rewind();
		else return;
		e.preventDefault();
	}
	document.addEventListener("keydown", key);

	deck.onChange = redraw;
	redraw();
	if (deck.cards.length < LOW) deck.fill().catch(app.report);
	deck.count().catch(() => {}); // the buttons work without
	return {
		changed(kind) {
			if (kind === "likes") deck.fill().catch(() => {}); // a superliker comes to the front
		},
		leave() {
			deck.onChange = () => {};
			document.removeEventListener("keydown", key);
		},
	};
}

