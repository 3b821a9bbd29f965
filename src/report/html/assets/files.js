// The first page: the files as a tree of directories.

// The content of files.js. files.rs has the order.
function readFiles() {
    let before = "";
    return forkcov.files.map(([shared, rest, page, lines, hit, functions, entered, children, processes, branches, taken], index) => {
        const name = before.slice(0, shared) + rest;
        before = name;
        return { index, name, href: `source/${page}.html`, lines, hit, functions, entered, children, processes,
            branches: branches ?? 0, taken: taken ?? 0 };
    });
}

const SUMS = ["lines", "hit", "functions", "entered", "branches", "taken", "children"];
// More files than this begin with folded directories.
const MANY = 300;

// Which directories the reader folded or unfolded, kept in the address: all, but for those that are named.
function foldsInAddress() {
    const escaped = (path) => path.replaceAll("%", "%25").replaceAll(",", "%2C");
    const paths = (name) => (state.get(name) || "").split(",").filter(Boolean).map((path) => path.replaceAll("%2C", ",").replaceAll("%25", "%"));
    let all = { all: true, none: false }[state.get("fold")];
    const named = new Map([
        ...paths("folded").map((path) => [path, true]),
        ...paths("unfolded").map((path) => [path, false]),
    ]);
    function keepAll() {
        const list = (isShut) => [...named].filter(([, is]) => is === isShut).map(([path]) => escaped(path)).join(",");
        keep("fold", all === undefined ? "" : all ? "all" : "none");
        keep("folded", list(true));
        keep("unfolded", list(false));
    }
    return {
        of: (path) => named.get(path) ?? all,
        set(path, isShut) {
            if (isShut === all) named.delete(path);
            else named.set(path, isShut);
            keepAll();
        },
        setAll(isShut) {
            all = isShut;
            named.clear();
            keepAll();
        },
    };
}

function filesPage(grid) {
    const hasBranches = grid.classList.contains("has-branches");
    const files = readFiles();
    let shownFiles = files;
    const folds = foldsInAddress();
    const coverOf = (row) => {
        const all = row.lines + row.branches;
        return all ? (row.hit + row.taken) / all : 1;
    };
    const isCovered = (row) => row.hit === row.lines && row.taken === row.branches;
    const order = sorting(grid, "name", ["name", "cover", "functions", "branches"], () => refresh());
    const rows = gridRows(one(".rows", grid), draw, (row) => row.path ?? row.name);

    // What the chosen processes ran of each file.
    function measure() {
        if (!chosen) return void (shownFiles = files);
        const setOf = setsOf(forkcov.sets.sets);
        const reached = (pairs, isWanted = () => true) => {
            let sum = 0;
            for (let at = 0; at < pairs.length; at += 2) {
                const set = setOf(pairs[at]);
                if (within(set) && isWanted(set)) sum += pairs[at + 1];
            }
            return sum;
        };
        shownFiles = files.map((file) => {
            const [lines, functions, branches, waived] = forkcov.sets.files[file.index];
            const marks = new Uint8Array(processCount);
            for (let at = 0; at < lines.length; at += 2) {
                const set = setOf(lines[at]);
                for (let range = 0; range < set.length; range += 2) marks.fill(1, set[range], set[range + 1] + 1);
            }
            let processes = 0;
            marks.forEach((mark, index) => (processes += mark && upTo[index + 1] - upTo[index]));
            return { ...file, processes, hit: reached(lines), children: reached(lines, (set) => familyOf(set) === "c"),
                entered: reached(functions), taken: reached(branches) + waived };
        });
    }

    const columns = {
        name: textual((row) => row.name),
        cover: numeric((row) => 100 * coverOf(row)),
        lines: numeric((row) => row.lines),
        missed: numeric((row) => row.lines - row.hit),
        children: numeric((row) => row.children),
        processes: numeric((row) => row.processes),
    };

    const sumOf = (list) => {
        const sum = Object.fromEntries(SUMS.map((name) => [name, 0]));
        for (const row of list) for (const name of SUMS) sum[name] += row[name];
        return sum;
    };

    // The directories of files, each with its sums: { name, path, directories, files }.
    function treeOf(list) {
        const root = { name: "", path: "", directories: new Map(), files: [], ...sumOf([]) };
        for (const file of list) {
            // A name in quotes stays whole.
            const parts = file.name.startsWith("$'") ? [file.name] : file.name.split("/");
            let node = root;
            for (const part of parts.slice(0, -1)) {
                const path = `${node.path}${part}/`;
                if (!node.directories.has(part)) {
                    node.directories.set(part, { name: `${part}/`, path, directories: new Map(), files: [], ...sumOf([]) });
                }
                node = node.directories.get(part);
                for (const name of SUMS) node[name] += file[name];
            }
            node.files.push(file);
        }
        return root;
    }

    function compare() {
        const [key, sign] = order();
        const values = {
            name: (row) => row.name,
            missed: (row) => row.lines - row.hit,
            cover: coverOf,
            functions: (row) => (row.functions ? row.entered / row.functions : 1),
            branches: (row) => (row.branches ? row.taken / row.branches : 1),
            processes: (row) => row.processes ?? 0,
        };
        const value = values[key] ?? ((row) => row[key]);
        return (one, other) => sign * inOrder(value(one), value(other)) || inOrder(one.name, other.name);
    }

    const isFiltered = () => one("#filter").value.trim() !== "";
    const isFolded = (node, depth) => folds.of(node.path) ?? (files.length > MANY && !isFiltered() && depth > 0);

    function listOf(shown) {
        const isWanted = one("#hide").checked ? (row) => !isCovered(row) : () => true;
        const ordered = compare();
        if (one("#flat").checked) return shown.filter(isWanted).sort(ordered).map((file) => ({ ...file, depth: 0, label: file.name }));
        const list = [];
        const add = (node, depth) => {
            for (let directory of [...node.directories.values()].sort(ordered)) {
                if (!isWanted(directory)) continue;
                let name = directory.name;
                // A directory that has nothing but another one needs no row.
                while (!directory.files.length && directory.directories.size === 1) {
                    [directory] = directory.directories.values();
                    name += directory.name;
                }
                const isShut = isFolded(directory, depth);
                list.push({ ...directory, depth, label: name, isShut });
                if (!isShut) add(directory, depth + 1);
            }
            for (const file of node.files.filter(isWanted).sort(ordered)) {
                list.push({ ...file, depth, label: file.name.startsWith("$'") ? file.name : file.name.split("/").at(-1) });
            }
        };
        add(treeOf(shown), 0);
        return list;
    }

    function numbers({ hit, lines, entered, functions, taken, branches, children, processes }) {
        const cells = [
            cell("", String(lines)), cell("", String(lines - hit)),
            cell("wide", bar(hit + taken, lines + branches), made("b", {}, `${percentage(hit + taken, lines + branches)}%`)),
            cell("extra", `${entered}/${functions}`),
        ];
        if (hasBranches) cells.push(cell("extra", `${taken}/${branches}`));
        cells.push(cell("extra far", String(children)), cell("extra far", processes === undefined ? "" : String(processes)));
        return cells;
    }

    function draw(row) {
        const isDirectory = row.path !== undefined;
        const name = isDirectory
            ? made("button", { className: "twist", onclick: () => fold(row, !row.isShut) }, `${row.isShut ? "▸" : "▾"} ${row.label}`)
            : made("a", { className: "path", href: row.href + toQuery(), title: row.name }, ...pathParts(row.label));
        if (isDirectory) name.setAttribute("aria-expanded", String(!row.isShut));
        const first = cell("name", name);
        first.style.setProperty("--depth", row.depth);
        return made("div", { className: isDirectory ? "directory" : "file" }, first, ...numbers(row));
    }

    function fold(row, isShut) {
        folds.set(row.path, isShut);
        refresh();
    }

    function foldAll(isShut) {
        folds.setAll(isShut);
        refresh();
    }

    function refresh() {
        const matching = shownFiles.filter(filterOf(one("#filter").value, columns, columns.name));
        list = listOf(matching);
        rows.set(list);
        const total = { ...sumOf(matching), processes: upTo[processCount] };
        one(".foot", grid).replaceChildren(cell("name", "Total"), ...numbers(total));
        const percent = percentage(total.hit + total.taken, total.lines + total.branches);
        const of = matching.length < files.length ? ` (all: ${files.length})` : "";
        one("h1").replaceChildren(made("span", { id: "percent" }, percent), `% of ${counted(matching.length, "file", "files")}${of}`);
    }
    let list = [];

    bind(one("#filter"), "filter", refresh);
    bind(one("#hide"), "hide", refresh);
    bind(one("#flat"), "flat", refresh);
    one("#fold").onclick = () => foldAll(true);
    one("#unfold").onclick = () => foldAll(false);
    document.addEventListener("keydown", (event) => {
        const row = list.find((row) => row.path !== undefined && row.path === rowId(document.activeElement));
        const isShut = { ArrowLeft: true, ArrowRight: false }[event.key];
        if (row && isShut !== undefined && isShut !== row.isShut) fold(row, isShut);
    });
    help.push(["← →", "fold and unfold a directory"], ["Enter", "open a file"]);
    return () => {
        measure();
        refresh();
    };
}

kinds.push(["#files", filesPage]);
