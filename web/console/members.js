// Who is in the cluster, and how many actors live where.

import {get} from "./api.js";
import {facts, h, table} from "./dom.js";

export async function membersView(app, el) {
	const note = h("div"), list = h("div");
	async function refresh() {
		const view = await get("/admin/members");
		note.replaceChildren(facts([
			["This node", h("code", null, view.self || "alone")],
			["Its view", h("code", null, view.view || "–")],
			["Members", String(view.members.length)],
		]), h("p.note", null, "Nodes that see the same members show the same view. Actors are counted on this node only; another node's console shows its own."));
		list.replaceChildren(table("Members", [
			["Member", (m) => [h("code", null, m.id), m.id === view.self && h("span.tag", null, "this node")]],
			["Address", (m) => h("code", null, m.address)],
			["Version", (m) => m.version],
			["Takes", (m) => m.kinds.join(", ")],
			["State", (m) => (m.leaving ? h("span.tag.warn", null, "leaving") : h("span.tag.good", null, "serving"))],
			["Users", (m) => (m.activations ? m.activations.user : "–"), "number"],
			["Matchmakers", (m) => (m.activations ? m.activations.matchmaker : "–"), "number"],
		], view.members, "This node is no member of a cluster."));
	}
	await refresh();
	el.append(note, list);
	return {refresh, every: 5};
}
