// Asks for the token.

import {credentials} from "./api.js";
import {h} from "./dom.js";

export function loginView(done, failure) {
	const name = h("input", {id: "name", autocomplete: "username", maxlength: 64, pattern: "[!-9;-~]+", title: "Letters and digits, without spaces"});
	const token = h("input", {id: "token", type: "password", autocomplete: "current-password", required: true});
	return h("form.login", {
		onsubmit(e) {
			e.preventDefault();
			credentials.keep(name.value || "admin", token.value);
			done();
		},
	},
	h("h1", null, "Swiper console"),
	failure && h("p.failure", {role: "alert"}, failure),
	h("label", {for: "name"}, "Your name"), name,
	h("p.hint", null, "Changes are written down under it."),
	h("label", {for: "token"}, "Token"), token,
	h("p.hint", null, "admin.token to operate, admin.viewer_token to look. It stays in this tab."),
	h("button.primary", null, "Enter"));
}
