//! The attribute `#[test]` of forkcov's integration tests: it registers a function with the harness of
//! `forkcov-testing`, which can report a test as ignored while it runs. The built-in attribute cannot.

use proc_macro::{TokenStream, TokenTree};

/// Registers a function without parameters as a test, under the name that the built-in attribute would give
/// it.
#[proc_macro_attribute]
pub fn test(_arguments: TokenStream, function: TokenStream) -> TokenStream {
    let is_fn = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word.to_string() == "fn");
    let mut name = function.clone().into_iter().skip_while(|token| !is_fn(token)).skip(1);
    let Some(TokenTree::Ident(name)) = name.next() else {
        return "compile_error!(\"#[test] is for functions\");".parse().unwrap_or_default();
    };
    let registered = format!(
        "::forkcov_testing::inventory::submit! {{
            ::forkcov_testing::harness::Test {{
                path: concat!(module_path!(), \"::{name}\"),
                run: {name},
            }}
        }}"
    );
    let registered: TokenStream = registered.parse().unwrap_or_default();
    function.into_iter().chain(registered).collect()
}
