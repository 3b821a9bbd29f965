// The language of filters: words, all of which must match. `word`, `"two words"`, and `name:word` for one column;
// a `!` before it negates.

const isNumber = (text) => /^[<>]?=?\d+(\.\d+)?$/.test(text);

// `3`, `>3`, `<=3`.
function compares(number, text) {
    const [, sign, value] = /^([<>]?=?)(.*)$/.exec(text);
    const wanted = Number(value);
    return { "": number === wanted, "=": number === wanted, "<": number < wanted, ">": number > wanted,
        "<=": number <= wanted, ">=": number >= wanted }[sign];
}

// Whether a word without a column is in the text of an ending: the number of a status is never meant by a mere number.
const endsLike = (ending, word) => /^[a-z]/.test(word) && ending.toLowerCase().includes(word);

// Columns of numbers and of texts: each gives a test of an item and a word in lower case.
const numeric = (value) => (item, word) => isNumber(word) && compares(value(item), word);
const textual = (value) => (item, word) => value(item).toLowerCase().includes(word);

// Whether an item matches `text`. `columns` has a test by the name of the column; `plain` tests other words.
function filterOf(text, columns, plain) {
    const tests = [];
    // As people write it.
    if (columns.exit) text = text.replace(/\bexit (\d+)(?!\S)/gi, "exit:$1");
    for (const [, not, name, quoted, bare] of text.toLowerCase().matchAll(/(!?)(?:(\w+):)?(?:"([^"]*)"?|(\S+))/g)) {
        const isColumn = name && Object.hasOwn(columns, name);
        // A column whose word is still to be typed.
        if (!name && bare?.endsWith(":") && Object.hasOwn(columns, bare.slice(0, -1))) continue;
        const word = quoted ?? bare;
        const test = isColumn ? columns[name] : plain;
        const whole = isColumn || !name ? word : `${name}:${word}`;
        tests.push((item) => test(item, whole) !== (not === "!"));
    }
    return (item) => tests.every((test) => test(item));
}
