// Speaks to the server as any app would: one session, tokens refreshed before
// they expire, requests that may be sent again are sent again until there is an
// answer. Knows no page.

const KEPT = "swiper.session"; // of this tab: another tab may be another person

// Refusal is the server's no, by code.
export class Refusal extends Error {
	constructor(status, code, message, retryAfter, faults = []) {
		super(message);
		Object.assign(this, {status, code, retryAfter, faults});
	}
	// passing tells whether the same request may succeed in a moment.
	get passing() {
		return this.status === 503 || this.status === 504 || this.code === "rate_limited";
	}
}

// Unreachable means that no answer came: the request may have been carried out.
export class Unreachable extends Error {}

export const session = {
	current: JSON.parse(sessionStorage.getItem(KEPT) ?? "null"),
	onEnd: () => {},
	onReach: () => {}, // told true or false: whether the server answers
	onWait: () => {}, // told of refusals after which a request is made again
	// keep begins a session, or goes on with the one called id.
	keep(grant, id = newKey()) {
		this.current = grant && {
			id,
			user: grant.user_id, access: grant.access_token, refresh: grant.refresh_token,
			until: Date.now() + grant.expires_in * 1000,
		};
		if (grant) sessionStorage.setItem(KEPT, JSON.stringify(this.current));
		else sessionStorage.removeItem(KEPT);
	},
};

async function once(method, path, {body, file, key, token, signal} = {}) {
	const headers = {};
	if (body !== undefined) headers["Content-Type"] = "application/json";
	if (file) headers["Content-Type"] = file.type || "application/octet-stream";
	if (key) headers["Idempotency-Key"] = key;
	if (token) headers.Authorization = `Bearer ${token}`;
	const limit = AbortSignal.timeout(file ? 120000 : 15000);
	let response, text;
	try {
		response = await fetch(path, {
			method, headers, body: file ?? (body === undefined ? undefined : JSON.stringify(body)),
			signal: signal ? AbortSignal.any([signal, limit]) : limit, cache: "no-store", credentials: "omit",
		});
		text = await response.text();
	} catch (cause) {
		if (!signal?.aborted) session.onReach(false);
		throw new Unreachable("no answer", {cause});
	}
	session.onReach(true);
	let answer = null;
	try {
		answer = text ? JSON.parse(text) : null;
	} catch {
		answer = null; // a proxy's page rather than our JSON
	}
	if (response.ok) return answer;
	throw new Refusal(response.status, answer?.code ?? (response.status >= 502 ? "unavailable" : "internal"), answer?.detail ?? response.statusText,
		Number(response.headers.get("Retry-After")) || 0, answer?.errors);
}

let refreshing = null;

// refresh exchanges the tokens, once for all who wait. A refresh token is good
// once: a second use would end the session.
function refresh() {
	const {id, refresh: token} = session.current;
	if (refreshing && refreshing.id === id) return refreshing.done;
	const mine = refreshing = {id};
	mine.done = once("POST", "/v1/auth/refresh", {body: {refresh_token: token}})
		.then((grant) => session.current?.id === id && session.keep(grant, id))
		.finally(() => refreshing === mine && (refreshing = null));
	return mine.done;
}

// same fails when the session that a request began with has ended: whoever is
// logged in now has not asked for it.
function same(id) {
	if (!session.current || session.current.id !== id) throw new Refusal(401, "unauthenticated", "");
}

// call makes one request as whoever is logged in.
export async function call(method, path, options = {}) {
	const id = options.session ?? session.current?.id;
	const ended = (err) => {
		if (err.code === "unauthenticated" && session.current?.id === id) {
			session.keep(null);
			session.onEnd();
		}
		throw err;
	};
	same(id);
	if (session.current.until - Date.now() < 30000) await refresh().catch(ended);
	same(id);
	const token = session.current.access;
	try {
		return await once(method, path, {...options, token});
	} catch (err) {
		if (err.code !== "unauthenticated") throw err;
		same(id);
		if (session.current.access === token) await refresh().catch(ended); // else somebody has done it meanwhile
		same(id);
		return once(method, path, {...options, token: session.current.access}).catch(ended);
	}
}

// accessToken gives a token that is good for so many seconds at least, if the server gives one out.
export async function accessToken(seconds = 30) {
	if (session.current.until - Date.now() < seconds * 1000) await refresh();
	return session.current.access;
}

export const open = (method, path, body) => once(method, path, {body});

export const wait = (ms, signal) => new Promise((resolve) => {
	const timer = setTimeout(resolve, ms);
	signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), {once: true});
});

// insist makes a request again until the server says yes or no. Only for what
// may be carried out twice: reads, and what has a key. The signal until ends the
// tries but not the one that is under way; signal ends that, too.
export async function insist(method, path, {until, ...options} = {}) {
	options = {...options, session: session.current?.id};
	const end = until ?? options.signal;
	for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
		try {
			return await call(method, path, options);
		} catch (err) {
			const again = err instanceof Unreachable || err.passing;
			if (!again || end?.aborted) throw err;
			if (err instanceof Refusal) session.onWait(err);
			await wait(Math.max(pause * (0.75 + Math.random() / 2), (err.retryAfter ?? 0) * 1000), end);
			if (end?.aborted) throw err;
		}
	}
}

// newKey names one intention, however often it is sent. crypto.randomUUID is not
// there on pages that came over plain HTTP from another machine.
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

// logout ends the session here at once and on the server if it can be told.
export async function logout() {
	const token = session.current?.access;
	session.keep(null);
	if (token) await once("POST", "/v1/auth/logout", {token}).catch(() => {});
}
