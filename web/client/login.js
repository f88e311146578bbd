// Logging in by phone and code. In a demonstration nothing need be typed.

import {open, session} from "./api.js";
import {h, say, show} from "./dom.js";
import {explain, t} from "./i18n.js";
import {portrait} from "./portrait.js";

const demo = "demo" in document.documentElement.dataset;

// proposed is a number that no made-up person has.
const proposed = () => "139" + String(crypto.getRandomValues(new Uint32Array(1))[0] % 1e8).padStart(8, "0");

const state = {phone: demo ? proposed() : "", again: 0, asked: false, code: ""};

export function loginView(main, app, entered) {
	const failure = h("p.failure", {id: "failure", role: "alert"});
	let timer, gone = false;

	// attempt runs one step while its button waits.
	async function attempt(button, step) {
		failure.textContent = "";
		button.disabled = true;
		try {
			await step();
		} catch (err) {
			failure.textContent = explain(err);
		} finally {
			button.disabled = false;
		}
	}

	async function ask() {
		const phone = state.phone.trim();
		try {
			const {retry_after: pause} = await open("POST", "/v1/auth/code", {phone});
			state.again = Date.now() + pause * 1000;
		} catch (err) {
			// In a demonstration the code that was sent a moment ago is still in the inbox.
			if (!demo || err.code !== "rate_limited") throw err;
			state.again = Date.now() + err.retryAfter * 1000;
		}
		state.code = "";
		if (demo) {
			const {messages} = await open("GET", `/demo/inbox?phone=${encodeURIComponent(phone)}`);
			state.code = messages[0]?.code ?? "";
		}
		state.asked = true;
	}

	function faces() {
		return h("div.faces", {"aria-hidden": "true"}, [["female", 1], ["male", 22], ["female", 36]].map(([sex, id]) => portrait({user_id: id, sex, age: 25})));
	}

	function askForm() {
		const input = h("input", {
			id: "phone", type: "tel", autocomplete: "tel", inputmode: "tel", required: true, maxlength: 32, value: state.phone,
			"aria-describedby": demo ? "hint failure" : "failure", oninput: (e) => (state.phone = e.target.value),
		});
		const button = h("button.primary", {type: "submit"}, t("sendCode"));
		show(main, h("form.login", {
			novalidate: true,
			onsubmit(e) {
				e.preventDefault();
				attempt(button, async () => {
					await ask();
					if (gone) return;
					codeForm();
					say(t("codeSent", {phone: state.phone}));
				});
			},
		}, faces(), h("p.tag", null, t("tagline")), h("label", {for: "phone"}, t("phone")), input,
		demo ? h("p.hint", {id: "hint"}, t("demoPhone")) : null, failure, button));
	}

	function codeForm() {
		const input = h("input.code", {
			id: "code", type: "text", inputmode: "numeric", autocomplete: "one-time-code", required: true, maxlength: 6, value: state.code,
			placeholder: "······", "aria-describedby": "hint failure", oninput: (e) => (state.code = e.target.value),
		});
		const button = h("button.primary", {type: "submit"}, t("login"));
		const again = h("button.plain", {type: "button", onclick: () => attempt(again, () => ask().then(() => gone || codeForm()))});
		const tick = () => {
			const left = Math.ceil((state.again - Date.now()) / 1000);
			again.disabled = left > 0;
			again.textContent = left > 0 ? t("resendIn", {n: left}) : t("resend");
		};
		clearInterval(timer);
		timer = setInterval(tick, 1000);
		tick();
		show(main, h("form.login", {
			novalidate: true,
			onsubmit(e) {
				e.preventDefault();
				attempt(button, async () => {
					const grant = await open("POST", "/v1/auth/login", {phone: state.phone.trim(), code: state.code.trim()});
					Object.assign(state, {phone: demo ? proposed() : "", asked: false, code: ""});
					session.keep(grant);
					entered();
				});
			},
		}, faces(), h("p.tag", null, t("codeSent", {phone: state.phone})), h("label", {for: "code"}, t("code")), input,
		h("p.hint", {id: "hint"}, t(demo && state.code ? "demoCode" : "codeHint")), failure, button,
		h("div.row", null, again, h("button.plain", {
			type: "button",
			onclick() {
				state.asked = false;
				clearInterval(timer);
				askForm();
				document.getElementById("phone").focus();
			},
		}, t("otherPhone")))));
		(state.code ? button : input).focus();
	}

	if (state.asked) codeForm();
	else askForm();
	return {
		leave() {
			gone = true;
			clearInterval(timer);
		},
	};
}
