// The tree of processes, on a time line.

function processesPage(grid) {
    const processes = Array.from({ length: processCount }, (_, index) => processOf(index));
    const runs = forkcov.processes.runs;
    const endOf = (process) => (process.lived < 0 ? runs[process.run][3] : process.from + process.lived);
    const children = processes.map(() => []);
    const descendants = new Uint32Array(processCount);
    // A parent precedes its children.
    for (let index = processCount - 1; index >= 0; index--) {
        const { parent } = processes[index];
        if (parent === null) continue;
        children[parent].unshift(index);
        descendants[parent] += descendants[index] + 1;
    }
    // What the reader folded. A filter shows all that it finds, until that is folded.
    let folded = new Set();
    const foldedBefore = folded;
    // Which part of the time of each run is shown.
    let [zoomFrom, zoomTo] = zoomOf(state.get("zoom"));
    let list = [];
    let isMatching = () => true;
    let last = null;
    let target = null;
    const rows = gridRows(one(".rows", grid), draw, (item) => (item.process ? `p${item.process.index}` : `r${item.run}`));

    const columns = {
        pid: numeric((process) => process.pid),
        parent: numeric((process) => (process.parent === null ? 0 : processes[process.parent].pid)),
        exit: (process, word) => process.end === `exit ${word}`,
        signal: (process, word) => process.kind === "killed" && process.end.toLowerCase().includes(word),
        command: textual((process) => process.what),
        label: textual((process) => process.label ?? ""),
        host: textual((process) => process.host),
        test: (process, word) => testNames(process).some((name) => name.toLowerCase().includes(word)),
        lines: numeric((process) => process.lines),
        only: numeric((process) => process.only),
        lived: numeric((process) => process.lived / 10000),
    };
    const plain = (process, word) => columns.command(process, word) || columns.label(process, word) ||
        String(process.pid) === word || endsLike(process.end, word) || columns.test(process, word);

    // ---- Which rows there are

    function shownOf() {
        const isWanted = filterOf(one("#filter").value, columns, plain);
        const isZoomed = zoomFrom > 0 || zoomTo < 1;
        isMatching = (process) => {
            const length = runs[process.run][3];
            const isInSight = !isZoomed || (process.from <= zoomTo * length && endOf(process) >= zoomFrom * length);
            return isInSight && isWanted(process);
        };
        const shown = new Uint8Array(processCount);
        for (let index = processCount - 1; index >= 0; index--) {
            const process = processes[index];
            // 1: as an ancestor of what matches. 2: matches.
            if (isMatching(process)) shown[index] = 2;
            if (shown[index] && process.parent !== null) shown[process.parent] ||= 1;
        }
        return shown;
    }

    function refresh() {
        const shown = shownOf();
        list = [];
        let run = -1;
        for (const root of processes.filter((process) => process.parent === null && shown[process.index])) {
            if (root.run !== run) list.push({ run: (run = root.run) });
            const waiting = [{ index: root.index, depth: 0 }];
            while (waiting.length) {
                const { index, depth } = waiting.pop();
                const isShut = folded.has(index);
                list.push({ process: processes[index], depth, isShut, isAncestor: shown[index] === 1 });
                if (isShut) continue;
                for (let at = children[index].length - 1; at >= 0; at--) {
                    const child = children[index][at];
                    if (shown[child]) waiting.push({ index: child, depth: depth + 1 });
                }
            }
        }
        rows.set(list);
        drawAxis();
        const number = shown.reduce((sum, value) => sum + (value === 2), 0);
        const of = number < processCount ? ` of ${processCount}` : "";
        one("h1").textContent = number === 1 && !of ? "1 process" : `${number}${of} processes`;
    }

    function fold(index, isShut) {
        if (isShut) folded.add(index);
        else folded.delete(index);
        refresh();
    }

    // ---- Rows

    function draw(item) {
        if (!item.process) return drawRun(item.run);
        const { process, depth, isShut } = item;
        const { index, pid, end, kind, lived, lines, only } = process;
        const box = made("input", { type: "checkbox", value: String(index), checked: chosen?.has(index) ?? false });
        box.setAttribute("aria-label", `Choose ${pid}`);
        box.onclick = (event) => chooseBy(box, event.shiftKey, item);
        const twist = made("button", { className: "twist", disabled: !children[index].length, onclick: () => fold(index, !isShut) },
            children[index].length ? (isShut ? "▸" : "▾") : "");
        twist.setAttribute("aria-expanded", String(!isShut));
        twist.setAttribute("aria-label", `Children of ${pid}`);
        const [main, before] = commandOf(process);
        const what = made("button", { className: "what", title: process.hasCommand ? process.what : `${main} ${before}`, onclick: () => detail(process) },
            made("b", {}, String(pid)), " ", main, " ", made("i", {}, before));
        const name = cell("name", twist, box, what);
        if (isShut) name.append(made("span", { className: "folded" }, `+${descendants[index]}`));
        const tests = testNames(process);
        if (tests.length) name.append(made("span", { className: "label", title: tests.join("\n") }, tests.length > 1 ? `${tests.length} tests` : tests[0]));
        name.style.setProperty("--depth", Math.min(depth, 24));
        const row = made("div", { className: item.isAncestor ? "ancestor" : "", id: `p${index}` }, name, cell("time", bar(process)),
            cell("", made("span", { className: `key ${kind}` }, end)), cell("extra far", duration(lived)), cell("", String(lines)), cell("extra far", String(only)));
        row.classList.toggle("on", box.checked);
        row.classList.toggle("target", target === index);
        return row;
    }

    function bar(process) {
        const length = runs[process.run][3] || 1;
        const place = (time) => Math.min(Math.max((time / length - zoomFrom) / (zoomTo - zoomFrom), 0), 1);
        const [from, to] = [place(process.from), place(endOf(process))];
        const inner = made("i", { className: process.kind });
        inner.style.left = `min(${100 * from}%, 100% - 3px)`;
        inner.style.width = `max(${100 * (to - from)}%, 3px)`;
        return made("span", { className: "lifetime", title: `${process.birth}, ${process.end} after ${duration(process.lived)}` }, inner);
    }

    function drawRun(run) {
        const [label, host, started, length] = runs[run];
        const name = cell("name");
        if (label !== null) name.append(made("span", { className: "label" }, label), " ");
        name.append(`${host}, ${started}, ${duration(length)} `, made("button", {
            className: "choose-run", title: "Choose the processes of this run",
            onclick: () => choose(new Set([...(chosen ?? []), ...processes.filter((process) => process.run === run).map(({ index }) => index)])),
        }, "choose"));
        return made("div", { className: "run" }, name);
    }

    // ---- The choice

    function chooseBy(box, isRange, item) {
        const indices = new Set(chosen ?? []);
        const [from, to] = isRange && last ? [list.findIndex((other) => other.process === last), list.indexOf(item)] : [-1, -1];
        const range = from < 0 ? [item] : list.slice(Math.min(from, to), Math.max(from, to) + 1);
        for (const { process } of range) {
            if (!process) continue;
            if (box.checked) indices.add(process.index);
            else indices.delete(process.index);
        }
        last = item.process;
        choose(indices);
    }

    function familyFrom(index) {
        const family = [];
        const waiting = [index];
        while (waiting.length) {
            const next = waiting.pop();
            family.push(next);
            waiting.push(...children[next]);
        }
        return family;
    }

    const where = (isWanted) => new Set(processes.filter(isWanted).map((process) => process.index));
    const ways = {
        none: () => null,
        parents: () => where((process) => process.parent === null),
        children: () => where((process) => process.parent !== null),
        failed: () => where((process) => process.kind !== "good"),
        shown: () => where((process) => isMatching(process)),
    };
    for (const button of all("[data-choose]")) button.onclick = () => choose(ways[button.dataset.choose]());

    // ---- All about one process

    function detail(process) {
        const panel = one("#details");
        const { index, pid, parent } = process;
        const line = (name, ...content) => [made("dt", {}, name), made("dd", {}, ...content)];
        const goTo = (to) => made("button", { className: "link", onclick: () => reveal(to) }, `${processes[to].pid} ${processes[to].main}`);
        const tests = testNames(process);
        panel.replaceChildren(
            made("button", { className: "close", onclick: () => (panel.hidden = true) }, "Close"),
            made("h2", {}, `Process ${pid}`),
            made("dl", {},
                ...line("Command", made("code", {}, process.hasCommand ? process.what : commandOf(process).join(" "))),
                ...line("Began", process.birth, ...(parent === null ? [] : [", child of ", goTo(parent)]), `, ${duration(process.from)} into its run`),
                ...line("Ended", made("span", { className: `key ${process.kind}` }, process.end), ` after ${duration(process.lived)}`),
                ...line("Lines", `${process.lines}, ${process.only} only here`),
                ...(tests.length ? line("Tests", tests.join(", ")) : []),
                ...(descendants[index] ? line("Descendants", String(descendants[index])) : [])),
            made("button", { className: "alone", onclick: () => choose(new Set([index])) }, "Choose it alone"), " ",
            made("button", { className: "family", onclick: () => choose(new Set([...(chosen ?? []), ...familyFrom(index)])) }, "Choose it with its descendants"));
        panel.hidden = false;
    }

    // Shows the row of a process, whatever is folded or filtered.
    function reveal(index) {
        target = index;
        for (let { parent } = processes[index]; parent !== null; { parent } = processes[parent]) folded.delete(parent);
        refresh();
        if (!list.some((item) => item.process?.index === index)) {
            one("#filter").value = "";
            keep("filter", "");
            zoom(0, 1);
        }
        rows.reveal(list.find((item) => item.process?.index === index));
    }

    function revealTarget() {
        const match = /^#p(\d+)$/.exec(location.hash);
        if (match && processes[Number(match[1])]) reveal(Number(match[1]));
    }

    // ---- Time

    function zoomOf(text) {
        const [from, to] = (text ?? "").split("-").map(Number);
        return from >= 0 && to <= 1 && from < to ? [from, to] : [0, 1];
    }

    function zoom(from, to) {
        const length = Math.min(Math.max(to - from, 1e-6), 1);
        zoomFrom = Math.min(Math.max(from, 0), 1 - length);
        zoomTo = zoomFrom + length;
        const digits = (value) => String(Number(value.toFixed(6)));
        keep("zoom", length < 1 ? `${digits(zoomFrom)}-${digits(zoomTo)}` : "");
        refresh();
    }

    function zoomBy(factor, at = (zoomFrom + zoomTo) / 2) {
        zoom(at - (at - zoomFrom) * factor, at + (zoomTo - at) * factor);
    }

    const length = () => zoomTo - zoomFrom;
    const zooms = {
        in: () => zoomBy(0.5), out: () => zoomBy(2), all: () => zoom(0, 1),
        left: () => zoom(zoomFrom - length() / 3, zoomTo - length() / 3), right: () => zoom(zoomFrom + length() / 3, zoomTo + length() / 3),
    };
    for (const button of all("[data-zoom]")) button.onclick = zooms[button.dataset.zoom];

    // The times of the first run in sight.
    function drawAxis() {
        const axis = one("#axis");
        const ticks = [0, 0.25, 0.5, 0.75].map((place) => {
            const tick = made("i", {}, runs.length === 1
                ? duration(Math.round((zoomFrom + place * length()) * runs[0][3])) : `${(100 * (zoomFrom + place * length())).toFixed(1)}%`);
            tick.style.left = `${100 * place}%`;
            return tick;
        });
        axis.replaceChildren(...ticks);
    }

    one("#axis").onpointerdown = (event) => {
        const axis = one("#axis");
        const placeOf = ({ clientX }) => {
            const { left, width } = axis.getBoundingClientRect();
            return Math.min(Math.max((clientX - left) / width, 0), 1);
        };
        const start = placeOf(event);
        const mark = made("u");
        axis.append(mark);
        axis.setPointerCapture(event.pointerId);
        axis.onpointermove = (move) => {
            const [from, to] = [start, placeOf(move)].sort((one, other) => one - other);
            mark.style.left = `${100 * from}%`;
            mark.style.width = `${100 * (to - from)}%`;
        };
        axis.onpointerup = (up) => {
            axis.onpointermove = axis.onpointerup = null;
            const [from, to] = [start, placeOf(up)].sort((one, other) => one - other);
            mark.remove();
            if (to - from > 0.005) zoom(zoomFrom + from * length(), zoomFrom + to * length());
        };
    };

    grid.addEventListener("wheel", (event) => {
        const place = event.target.closest(".time");
        if (!place || !event.ctrlKey) return;
        event.preventDefault();
        const { left, width } = place.getBoundingClientRect();
        zoomBy(event.deltaY < 0 ? 0.8 : 1.25, zoomFrom + ((event.clientX - left) / width) * length());
    }, { passive: false });

    // ---- Keys

    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape") one("#details").hidden = true;
        if (isTyping(event) || one("#help")) return;
        const act = { "+": zooms.in, "-": zooms.out, 0: zooms.all, "[": zooms.left, "]": zooms.right }[event.key];
        if (act) return act();
        const item = list.find(({ process }) => process && `p${process.index}` === rowId(document.activeElement));
        if (!item || !children[item.process.index].length) return;
        if (event.key === "ArrowLeft" && !item.isShut) fold(item.process.index, true);
        if (event.key === "ArrowRight" && item.isShut) fold(item.process.index, false);
    });
    help.push(["← →", "fold and unfold the children of a process"], ["+ - 0", "zoom the time in, out, to all"],
        ["[ ]", "earlier and later"], ["Shift", "while choosing: all rows from the last one"], ["Ctrl", "while turning the wheel: zoom the time"]);

    bind(one("#filter"), "filter", () => {
        folded = one("#filter").value.trim() ? new Set() : foldedBefore;
        refresh();
    });
    one("#fold").onclick = () => {
        processes.forEach(({ index }) => children[index].length && folded.add(index));
        refresh();
    };
    one("#unfold").onclick = () => {
        folded.clear();
        refresh();
    };
    addEventListener("hashchange", revealTarget);
    let isFirst = true;
    return () => {
        refresh();
        if (isFirst) revealTarget();
        isFirst = false;
    };
}

kinds.push(["#processes", processesPage]);
