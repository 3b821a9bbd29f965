// Rows of a grid, of which only those in sight are made: there can be tens of thousands.

// A browser searches and prints what is there, so few rows are all there.
const FEW = 500;
// How many more above and below.
const MORE = 20;

// The grid `.rows` at `place`, each row made by `draw(item)`. `idOf(item)` names a row.
function gridRows(place, draw, idOf) {
    let items = [];
    const drawn = new Map();
    const height = () => parseFloat(getComputedStyle(place).getPropertyValue("--row"));

    function update() {
        const row = height();
        const top = -place.getBoundingClientRect().top;
        const isFew = items.length <= FEW;
        const from = isFew ? 0 : Math.max(0, Math.floor(top / row) - MORE);
        const to = isFew ? items.length : Math.min(items.length, Math.ceil((top + innerHeight) / row) + MORE);
        for (const [at, element] of drawn) {
            if (at >= from && at < to) continue;
            element.remove();
            drawn.delete(at);
        }
        let next = null;
        for (let at = to - 1; at >= from; at--) {
            let element = drawn.get(at);
            if (!element) {
                element = draw(items[at]);
                element.classList.add("row");
                element.setAttribute("role", "row");
                element.dataset.id = idOf(items[at]);
                element.style.top = `${at * row}px`;
                place.insertBefore(element, next);
                drawn.set(at, element);
            }
            next = element;
        }
    }

    // What of which row has the focus.
    function focused() {
        const element = place.contains(document.activeElement) ? document.activeElement : null;
        const row = element?.closest(".row");
        return row && { id: row.dataset.id, at: all("a, button, input", row).indexOf(element) };
    }

    function set(list) {
        const focus = focused();
        items = list;
        drawn.forEach((element) => element.remove());
        drawn.clear();
        place.style.height = `${items.length * height()}px`;
        update();
        const row = focus && [...drawn.values()].find((element) => element.dataset.id === focus.id);
        if (row) all("a, button, input", row)[focus.at]?.focus({ preventScroll: true });
    }

    // Scrolls to an item.
    function reveal(item) {
        const at = items.indexOf(item);
        if (at < 0) return;
        const top = place.getBoundingClientRect().top + scrollY + at * height();
        scrollTo(0, top - innerHeight / 2);
        update();
    }

    // Goes to the row above (-1) or below (1).
    function step(by) {
        const row = document.activeElement.closest(".row");
        const rows = all(".row", place);
        const next = row ? rows[rows.indexOf(row) + by] : by > 0 ? rows[0] : null;
        const target = next && one("a, button, input", next);
        if (target) target.focus();
        else if (by < 0) one("#filter").focus();
    }

    document.addEventListener("scroll", update, { passive: true });
    addEventListener("resize", () => set(items));
    document.addEventListener("keydown", (event) => {
        const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!by || event.ctrlKey || event.metaKey || event.altKey || one("#help")) return;
        step(by);
        event.preventDefault();
    });
    help.push(["↓ ↑", "next and previous row"]);
    return { set, reveal, update };
}

// Whose row it is.
const rowId = (element) => element.closest(".row")?.dataset.id;

// The order of a grid, in the address as `sort=-lines`. `ascending` has the columns that are first sorted upwards.
function sorting(grid, initial, ascending, changed) {
    const keys = all(".head button", grid).map((button) => button.dataset.key);
    let order = initial;
    const read = () => {
        const wanted = state.get("sort") ?? "";
        order = keys.includes(wanted.replace(/^-/, "")) ? wanted : initial;
    };
    read();
    for (const button of all(".head button", grid)) {
        button.onclick = () => {
            const key = button.dataset.key;
            const first = ascending.includes(key) ? key : `-${key}`;
            order = order !== first ? first : first[0] === "-" ? key : `-${key}`;
            keep("sort", order === initial ? "" : order);
            changed();
        };
    }
    return () => {
        const [key, sign] = order[0] === "-" ? [order.slice(1), -1] : [order, 1];
        for (const button of all(".head button", grid)) {
            const isIt = button.dataset.key === key;
            const heading = button.closest("[role=columnheader]");
            if (isIt) heading.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
            else heading.removeAttribute("aria-sort");
        }
        return [key, sign];
    };
}

const cell = (className, ...content) => {
    const element = made("span", { className }, ...content);
    element.setAttribute("role", "cell");
    return element;
};

// A name of a source, of which the directory is cut off first.
function pathParts(name) {
    const at = name.startsWith("$'") ? 0 : name.lastIndexOf("/") + 1;
    const base = made("span", { className: "base" }, name.slice(at));
    return at ? [made("span", { className: "dir" }, name.slice(0, at)), base] : [base];
}
