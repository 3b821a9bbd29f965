//! Nested code: to which inlined copy, or to which function, an address belongs.

use std::cmp::Reverse;
use std::ops::Range;

/// The code of a function, or of an inlined copy of one.
#[derive(Debug)]
pub(crate) struct Scope {
    /// The function, if it is known and wanted.
    pub(crate) function: Option<usize>,
    /// Is it an inlined copy?
    pub(crate) inlined: bool,
    /// The function that an inlined copy is in, if that is known and wanted.
    pub(crate) caller: Option<usize>,
    /// The entry of a copy, if the compiler records it.
    pub(crate) entry: Option<u64>,
    /// The addresses of the copy itself at which statements of the function begin.
    pub(crate) statements: Vec<u64>,
}

/// A part of the addresses of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) begin: u64,
    /// One past the last.
    pub(crate) end: u64,
    pub(crate) scope: usize,
}

/// The innermost scope of each address. A scope comes after those that contain it. Spans that overlap
/// without nesting are damage; they get some result.
pub(crate) fn innermost(mut spans: Vec<Span>) -> Vec<(Range<u64>, usize)> {
    spans.sort_unstable_by_key(|span| (span.begin, Reverse(span.end), span.scope));
    let mut stretches = Vec::new();
    let mut open: Vec<Span> = Vec::new();
    let mut done = 0;
    for mut span in spans {
        close(&mut open, span.begin, &mut done, &mut stretches);
        if let Some(outer) = open.last() {
            add(done..span.begin, outer.scope, &mut stretches);
            span.end = span.end.min(outer.end);
        }
        done = span.begin;
        open.push(span);
    }
    close(&mut open, u64::MAX, &mut done, &mut stretches);
    stretches
}

/// Closes the spans that end at `address` or before it.
fn close(open: &mut Vec<Span>, address: u64, done: &mut u64, stretches: &mut Vec<(Range<u64>, usize)>) {
    while let Some(span) = open.pop_if(|span| span.end <= address) {
        add(*done..span.end, span.scope, stretches);
        *done = span.end.max(*done);
    }
}

fn add(range: Range<u64>, scope: usize, stretches: &mut Vec<(Range<u64>, usize)>) {
    if !range.is_empty() {
        stretches.push((range, scope));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(begin: u64, end: u64, scope: usize) -> Span {
        Span { begin, end, scope }
    }

    #[test]
    fn what_is_inside_hides_what_is_around() {
        let spans = vec![span(10, 50, 0), span(20, 40, 1), span(20, 30, 2), span(60, 70, 3), span(40, 50, 4)];
        let expected = [(10..20, 0), (20..30, 2), (30..40, 1), (40..50, 4), (60..70, 3)];
        assert_eq!(innermost(spans), expected);
        assert_eq!(innermost(vec![span(5, 9, 0), span(5, 9, 1)]), [(5..9, 1)], "the inner one of two alike");
    }

    /// Nested or disjoint spans; each scope after those that contain it.
    fn nested(range: Range<u64>, depth: u32) -> BoxedStrategy<Vec<Range<u64>>> {
        if depth == 0 || range.end - range.start < 2 {
            return Just(vec![range]).boxed();
        }
        (range.start..range.end)
            .prop_flat_map(move |middle| {
                let (left, right) =
                    (nested(range.start..middle, depth - 1), nested(middle..range.end, depth - 1));
                let outer = range.clone();
                (left, right, any::<(bool, bool)>()).prop_map(move |(left, right, (has_left, has_right))| {
                    let mut all = vec![outer.clone()];
                    all.extend(left.into_iter().filter(|_| has_left));
                    all.extend(right.into_iter().filter(|_| has_right));
                    all
                })
            })
            .boxed()
    }

    proptest! {
        #[test]
        fn each_address_belongs_to_the_last_scope_that_has_it(ranges in nested(0..40, 4)) {
            let spans = ranges.iter().enumerate().filter(|(_, range)| !range.is_empty());
            let spans: Vec<Span> = spans.map(|(scope, range)| span(range.start, range.end, scope)).collect();
            let stretches = innermost(spans);
            for address in 0..40 {
                let expected = ranges.iter().rposition(|range| range.contains(&address));
                let mut found = stretches.iter().filter(|(range, _)| range.contains(&address));
                prop_assert_eq!(found.next().map(|(_, scope)| *scope), expected);
                prop_assert!(found.next().is_none());
            }
        }

        #[test]
        fn damage_makes_no_stretch_twice(ranges in prop::collection::vec((0..40_u64, 0..40_u64), 0..12)) {
            let spans = ranges.iter().enumerate().filter(|(_, (begin, end))| begin < end);
            let stretches = innermost(spans.map(|(scope, &(begin, end))| span(begin, end, scope)).collect());
            for address in 0..40 {
                prop_assert!(stretches.iter().filter(|(range, _)| range.contains(&address)).count() <= 1);
            }
        }
    }
}
