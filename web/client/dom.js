// What the views are made with, besides the elements themselves.

import {s} from "../shared/element.js";

export {h, s, say, toast} from "../shared/element.js";

const shapes = {
	heart: "M12 20.5C5.5 15.6 3 12.6 3 8.9A4.9 4.9 0 0 1 12 6a4.9 4.9 0 0 1 9 2.9c0 3.7-2.5 6.7-9 11.6z",
	cross: "M6 4.6 12 10.6 18 4.6 19.4 6 13.4 12 19.4 18 18 19.4 12 13.4 6 19.4 4.6 18 10.6 12 4.6 6z",
	star: "m12 2.8 2.8 6 6.5.8-4.8 4.5 1.3 6.500L12 17.400l-5.8 3.2 1.3-6.500L2.7 9.600l6.5-.8z",
	back: "M12 5V1.500L6.5 6.7 12 12V8a5.5 5.5 0 1 1-5.5 5.500H4A8 8 0 1 0 12 5z",
	cards: "M4.5 6.5 13 4.200a1.5 1.5 0 0 1 1.8 1l3.5 12.800a1.5 1.5 0 0 1-1 1.800l-8.5 2.400a1.5 1.5 0 0 1-1.8-1L3.5 8.400a1.5 1.5 0 0 1 1-1.900zM17 4.500h2.500A1.5 1.5 0 0 1 21 6v11l-3.4-12.400z",
	people: "M9 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm7.5 0a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM1.5 20c0-4 3.2-6.5 7.5-6.500s7.5 2.5 7.5 6.500zm17 0h4c0-3.8-2.6-6-6-6l-.9.1c1.8 1.4 2.9 3.4 2.9 5.900z",
	person: "M12 11.800a4.4 4.4 0 1 0 0-8.8 4.4 4.4 0 0 0 0 8.800zM3.5 21c0-4.5 3.6-7.2 8.5-7.200s8.5 2.7 8.5 7.200z",
	pin: "M12 2.500a6.7 6.7 0 0 0-6.7 6.700c0 5 6.7 12.3 6.7 12.300s6.7-7.3 6.7-12.300A6.7 6.7 0 0 0 12 2.500zm0 9.200a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5z",
};

export function icon(name) {
	return s("svg", {class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false"}, s("path", {d: shapes[name]}));
}

// show replaces all that el holds.
export function show(el, ...children) {
	el.replaceChildren(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// animate moves el and resolves when it has moved, at once for who wants no motion.
export function animate(el, frames, options) {
	if (calm() || !el.animate) return Promise.resolve();
	return el.animate(frames, options).finished.catch(() => {});
}
