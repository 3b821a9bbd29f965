// What all pages share: the choice of processes, the state in the address, numbers, and help.
"use strict";

// Filled by the files of data, each NAME.js.
var forkcov = { files: null, sets: null, functions: null, processes: null, tests: null };

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const made = (tag, properties = {}, ...content) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...content);
    return element;
};
const counted = (number, one, many) => `${number} ${number === 1 ? one : many}`;

// By the selector of what only such a page has: a function that is called once, and gives what is to be called when
// other processes are chosen.
const kinds = [];
const pages = [];

// ---- Data

const arriving = {};

// Loads NAME.js, unless it is here. Most readers never need the large ones.
function load(name) {
    if (forkcov[name]) return Promise.resolve();
    arriving[name] ??= new Promise((resolve) => {
        const script = made("script", { src: `${document.body.dataset.root}${name}.js`, onload: resolve });
        document.head.append(script);
    });
    return arriving[name];
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// A set from its text, as a list of ranges: the first and the last index of each. sets.rs says how it is written.
function rangesOf(text) {
    const ranges = [];
    const add = (from, to) => {
        if (ranges.at(-1) === from - 1) ranges[ranges.length - 1] = to;
        else ranges.push(from, to);
    };
    if (text[0] === "!") {
        for (let place = 1; place < text.length; place++) {
            const bits = DIGITS.indexOf(text[place]);
            for (let bit = 0; bit < 6; bit++) if ((bits >> bit) & 1) add(6 * (place - 1) + bit, 6 * (place - 1) + bit);
        }
        return ranges;
    }
    let [next, at] = [0, 0];
    const number = () => {
        let [value, unit] = [0, 1];
        for (;;) {
            const digit = DIGITS.indexOf(text[at++]);
            value += (digit % 32) * unit;
            if (digit < 32) return value;
            unit *= 32;
        }
    };
    while (at < text.length) {
        const from = next + number();
        const to = from + number();
        add(from, to);
        next = to + 1;
    }
    return ranges;
}

// The sets of a list of texts, each read when it is first needed.
function setsOf(texts) {
    const known = [];
    return (number) => (known[number] ??= rangesOf(texts[number]));
}

// The members of a set, in order.
function indicesOf(set) {
    const indices = [];
    for (let at = 0; at < set.length; at += 2) for (let index = set[at]; index <= set[at + 1]; index++) indices.push(index);
    return indices;
}

// ---- The state in the address, so that links can be shared

const state = new URLSearchParams(location.search);

function query(names) {
    const parts = [...state].filter(([name]) => names.includes(name)).map(([name, value]) =>
        `${encodeURIComponent(name)}=${encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%20", "+")}`);
    return parts.length ? "?" + parts.join("&") : "";
}

// Links to other pages pass on the choice alone.
const toQuery = () => query(["p"]);

// Keeps a value in the address, or removes it.
function keep(name, value) {
    if (value) state.set(name, value);
    else state.delete(name);
    const search = query([...state.keys()]);
    if (search === location.search) return;
    try {
        history.replaceState(null, "", location.pathname + search + location.hash);
    } catch {
        // Some browsers do not allow this on a page from a file: the choice is what must not get lost.
        if (name === "p") location.search = search;
    }
}

// Keeps the value of an input in the address, and calls `changed` after each change.
function bind(input, name, changed) {
    const isBox = input.type === "checkbox";
    if (isBox) input.checked = state.has(name);
    else input.value = state.get(name) ?? "";
    input.oninput = () => {
        keep(name, isBox ? (input.checked ? "1" : "") : input.value);
        changed();
    };
}

// ---- The choice of processes: a set of indices, or null for all. The query has it as `?p=0-3,7`.

const processCount = Number(document.body?.dataset.processes ?? 0);
let chosen = null;
// For each n: how many of the first n processes are chosen, and how many of these are parents.
let upTo, parentsUpTo;

function fromQuery() {
    const indices = new Set();
    for (const range of (state.get("p") ?? "").split(",")) {
        const match = /^(\d+)(?:-(\d+))?$/.exec(range);
        if (!match) continue;
        const last = Math.min(Number(match[2] ?? match[1]), processCount - 1);
        for (let index = Number(match[1]); index <= last; index++) indices.add(index);
    }
    return indices.size && indices.size < processCount ? indices : null;
}

function asRanges(indices) {
    const ranges = [];
    for (const index of [...indices].sort((one, other) => one - other)) {
        const last = ranges.at(-1);
        if (last && last[1] === index - 1) last[1] = index;
        else ranges.push([index, index]);
    }
    return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
}

// Needs processes.js, if there is a choice.
function count() {
    upTo = new Uint32Array(processCount + 1);
    parentsUpTo = new Uint32Array(processCount + 1);
    const parentOf = (index) => forkcov.processes?.processes[index][1];
    for (let index = 0; index < processCount; index++) {
        const isChosen = !chosen || chosen.has(index);
        upTo[index + 1] = upTo[index] + isChosen;
        parentsUpTo[index + 1] = parentsUpTo[index] + (isChosen && parentOf(index) === 0);
    }
}

// The number of chosen processes in a set.
function within(set, counts = upTo) {
    let sum = 0;
    for (let at = 0; at < set.length; at += 2) sum += counts[set[at + 1] + 1] - counts[set[at]];
    return sum;
}

const membersOf = (set) => indicesOf(set).filter((index) => !chosen || chosen.has(index));

// Whether only children ("c") or only parents ("p") are in a set.
function familyOf(set) {
    const [number, parents] = [within(set), within(set, parentsUpTo)];
    return parents === 0 ? "c" : parents === number ? "p" : "";
}

function choose(indices) {
    chosen = indices && indices.size && indices.size < processCount ? indices : null;
    keep("p", chosen ? asRanges(chosen) : "");
    return show();
}

async function show() {
    if (chosen) await Promise.all([load("processes"), one("#files, #all-functions") ? load("sets") : null]);
    count();
    for (const link of all("a[href]")) {
        const [, path, hash] = /^([^?#]*)(?:\?[^#]*)?(#.*)?$/.exec(link.getAttribute("href"));
        if (path) link.setAttribute("href", path + toQuery() + (hash ?? ""));
    }
    showChosen();
    pages.forEach((page) => page());
    const height = one("header").offsetHeight;
    document.documentElement.style.setProperty("--header", `${height}px`);
}

function showChosen() {
    const place = one("#chosen");
    place.hidden = !chosen;
    if (!chosen) return;
    const named = [...chosen].slice(0, 5).map((index) => processOf(index).pid).join(", ");
    const more = chosen.size > 5 ? "…" : "";
    place.replaceChildren(
        `Only what ${counted(chosen.size, "process", "processes")} of ${processCount} ran: ${named}${more} `,
        made("button", { id: "all", onclick: () => choose(null) }, "Show what all ran"),
    );
}

// A process of processes.js, by the names of its parts. processes.rs has the order.
function processOf(index) {
    const { runs, commands, endings, births, contexts, processes } = forkcov.processes;
    const [pid, parent, run, birth, command, ending, from, lived, lines, only, tests] = processes[index];
    const [before, main] = command < 0 ? ["", births[birth]] : commands[command];
    const [end, kind] = endings[ending];
    const [label, host] = runs[run];
    return {
        index, pid, parent: parent ? index - parent : null, run, label, host, birth: births[birth], hasCommand: command >= 0,
        before, main, what: before + main, end, kind, from, lived, lines, only, tests: contexts[tests],
    };
}

// What of a process is named: the script and its arguments first.
function commandOf(process) {
    if (process.hasCommand) return [process.main, process.before];
    const parent = process.parent === null ? null : processOf(process.parent);
    return [process.main, parent?.hasCommand ? `of ${parent.main}` : ""];
}

const testNames = (process) => (forkcov.tests ? process.tests.map((test) => forkcov.tests[test]) : []);

// ---- Numbers

// Rounds as forkcov does: to 0 and 100 only if exact.
function percentage(hit, lines) {
    const precision = Number(document.body.dataset.precision);
    if (lines === 0 || hit === lines) return (100).toFixed(precision);
    if (hit === 0) return (0).toFixed(precision);
    const smallest = 10 ** -precision;
    return Math.min(Math.max((100 * hit) / lines, smallest), 100 - smallest).toFixed(precision);
}

const limits = document.body.dataset.limits.split(",").map(Number);

// As `Limits::level` does.
function levelOf(hit, lines) {
    const percent = lines ? (100 * hit) / lines : 100;
    return percent >= limits[1] ? "high" : percent >= limits[0] ? "medium" : "low";
}

function bar(hit, lines) {
    const inner = made("i");
    inner.style.width = `${lines ? (100 * hit) / lines : 100}%`;
    return made("span", { className: `bar ${levelOf(hit, lines)}` }, inner);
}

const inOrder = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

// Units of 0.1 ms.
const duration = (units) => (units < 0 ? "unknown" : units < 10000 ? `${(units / 10).toFixed(1)} ms` : `${(units / 10000).toFixed(2)} s`);

// ---- Keys

const help = [["?", "these keys"], ["/", "filter"], ["Esc", "empty the filter, close a list"]];

function showHelp() {
    const rows = help.map(([keys, what]) =>
        made("tr", {}, made("td", {}, ...keys.split(" ").map((key) => made("kbd", {}, key))), made("td", {}, what)));
    const close = made("button", { onclick: () => dialog.close() }, "Close");
    const dialog = made("dialog", { id: "help", onclose: () => dialog.remove() },
        made("h2", {}, "Keys"), made("table", {}, made("tbody", {}, ...rows)), close);
    document.body.append(dialog);
    dialog.showModal();
}

const isTyping = (event) => document.activeElement.matches("input:not([type=checkbox])") || event.ctrlKey || event.metaKey || event.altKey;

document.addEventListener("keydown", (event) => {
    const filter = one("#filter");
    if (event.key === "Escape" && filter?.value) {
        filter.value = "";
        filter.dispatchEvent(new Event("input"));
    }
    if (isTyping(event) || one("#help")) return;
    if (event.key === "/" && filter) filter.focus();
    else if (event.key === "?") showHelp();
    else return;
    event.preventDefault();
});

document.addEventListener("DOMContentLoaded", () => {
    chosen = fromQuery();
    one(".keys").hidden = false;
    one("#keys").onclick = showHelp;
    for (const [selector, page] of kinds) if (one(selector)) pages.push(page(one(selector)));
    show();
});
