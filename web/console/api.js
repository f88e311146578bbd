// Speaks to /admin. The token stays in this tab's sessionStorage and is sent with
// each request by hand: there is no cookie that another page could make use of.

const KEPT = "swiper.console";

// Refusal is the server's no, by code.
export class Refusal extends Error {
	constructor(status, code, message) {
		super(message);
		Object.assign(this, {status, code});
	}
}

export const credentials = {
	header: sessionStorage.getItem(KEPT),
	onRefused: () => {},
	keep(name, token) {
		const bytes = new TextEncoder().encode(`${name}:${token}`);
		this.header = "Basic " + btoa(String.fromCharCode(...bytes));
		sessionStorage.setItem(KEPT, this.header);
	},
	forget() {
		this.header = null;
		sessionStorage.removeItem(KEPT);
	},
};

export async function call(method, path, body) {
	const headers = {};
	if (method !== "GET") headers["Content-Type"] = "application/json";
	if (credentials.header) headers.Authorization = credentials.header;
	let response, answer = null;
	try {
		response = await fetch(path, {
			method, headers, body: body === undefined ? undefined : JSON.stringify(body),
			credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(20000),
		});
		answer = await response.json().catch(() => null);
	} catch {
		throw new Refusal(0, "unreachable", "The node does not answer.");
	}
	if (response.ok) return answer;
	const refusal = new Refusal(response.status, answer?.code ?? "internal", answer?.detail ?? response.statusText);
	if (refusal.code === "unauthenticated") credentials.onRefused();
	throw refusal;
}

export const get = (path) => call("GET", path);
export const post = (path) => call("POST", path);
