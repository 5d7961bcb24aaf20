//! The text between the parentheses of `embed!`, with the position of each of its parts.
//!
//! This module checks only the shape: known keys, each once, strings and lists of strings. The plugin checks
//! the content of the strings; its errors name a key and an index, and [`Declaration::span_of`] maps those to
//! the token.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitBool, LitStr, Path, Token, bracketed, token};

use crate::suggestion;

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    List,
    Flag,
}

/// All keys, in the order of the documentation. The plugin's keys have dashes, which Rust names cannot have;
/// these have underscores.
const KEYS: [(&str, Kind); 23] = [
    ("name", Kind::Text),
    ("packages", Kind::List),
    ("requirements", Kind::Text),
    ("pyproject", Kind::Text),
    ("extras", Kind::List),
    ("groups", Kind::List),
    ("pylock", Kind::Text),
    ("constraints", Kind::List),
    ("prereleases", Kind::Flag),
    ("exclude_newer", Kind::Text),
    ("index_url", Kind::Text),
    ("extra_index_urls", Kind::List),
    ("find_links", Kind::List),
    ("imports", Kind::List),
    ("python", Kind::Text),
    ("cpu", Kind::Text),
    ("fuel", Kind::Flag),
    ("compression", Kind::Text),
    ("stdlib", Kind::List),
    ("fuse", Kind::Flag),
    ("build_wall_time", Kind::Text),
    ("build_cpu_time", Kind::Text),
    ("build_memory", Kind::Text),
];

/// A parsed `embed!` call.
pub(crate) struct Declaration {
    fields: Vec<Field>,
    facade: TokenStream,
}

struct Field {
    key: Ident,
    value: Value,
}

enum Value {
    Text(LitStr),
    List { span: Span, items: Vec<LitStr> },
    Flag(LitBool),
}

impl Declaration {
    /// Returns the path of the crate that the expansion refers to: `::eryx`, unless the hidden key `crate`
    /// names another.
    pub(crate) fn facade(&self) -> &TokenStream {
        &self.facade
    }

    /// Returns the declaration in the plugin's format; `None` if it is empty, so that the manifest decides.
    pub(crate) fn spec(&self) -> Option<serde_json::Value> {
        if self.fields.is_empty() {
            return None;
        }
        let entry = |field: &Field| {
            let value = match &field.value {
                Value::Text(text) => text.value().into(),
                Value::List { items, .. } => items.iter().map(LitStr::value).collect(),
                Value::Flag(flag) => flag.value().into(),
            };
            (field.key.to_string().replace('_', "-"), value)
        };
        Some(serde_json::Value::Object(self.fields.iter().map(entry).collect()))
    }

    /// Returns the position of a key's value, or of one item of it; of the whole call if the macro does not
    /// have the key.
    pub(crate) fn span_of(&self, key: Option<&str>, index: Option<usize>) -> Span {
        let key = key.map(|key| key.replace('-', "_"));
        let field = key.and_then(|key| self.fields.iter().find(|field| field.key == key));
        field.map_or_else(Span::call_site, |field| match &field.value {
            Value::Text(text) => text.span(),
            Value::Flag(flag) => flag.span(),
            Value::List { span, items } => {
                index.and_then(|index| items.get(index)).map_or(*span, LitStr::span)
            }
        })
    }
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut declaration = Self { fields: Vec::new(), facade: quote!(::eryx) };
        let mut errors: Option<syn::Error> = None;
        while !input.is_empty() {
            // One mistake must not hide the next: note it, and continue after the next comma.
            if let Err(error) = declaration.parse_pair(input) {
                match &mut errors {
                    Some(errors) => errors.combine(error),
                    none => *none = Some(error),
                }
                while !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<TokenTree>()?;
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        errors.map_or(Ok(declaration), Err)
    }
}

impl Declaration {
    fn parse_pair(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let key = input.call(Ident::parse_any).map_err(|error| {
            syn::Error::new(error.span(), "expected a key, as in `packages = [\"six==1.17.0\"]`")
        })?;
        if key == "crate" {
            input.parse::<Token![=]>()?;
            let path = input.call(Path::parse_mod_style)?;
            self.facade = quote!(#path);
            return end_of_value(input);
        }
        let Some(&(name, kind)) = KEYS.iter().find(|(name, _)| key == name) else {
            return Err(unknown_key(&key));
        };
        if self.fields.iter().any(|field| field.key == name) {
            return Err(syn::Error::new(key.span(), format!("`{name}` is given twice")));
        }
        if !input.peek(Token![=]) {
            let place = if input.is_empty() { key.span() } else { input.span() };
            return Err(syn::Error::new(place, format!("expected `=` after `{name}`")));
        }
        input.parse::<Token![=]>()?;
        let value = parse_value(input, &key, kind)?;
        // The key is kept even if junk follows, so that a second use of it counts as given twice.
        self.fields.push(Field { key, value });
        end_of_value(input)
    }
}

fn parse_value(input: ParseStream<'_>, key: &Ident, kind: Kind) -> syn::Result<Value> {
    if input.is_empty() {
        return Err(syn::Error::new(key.span(), format!("`{key}` has no value; {}", wanted(key, kind))));
    }
    match kind {
        Kind::Text if input.peek(LitStr) => Ok(Value::Text(input.parse()?)),
        Kind::Flag if input.peek(LitBool) => Ok(Value::Flag(input.parse()?)),
        Kind::List if input.peek(token::Bracket) => parse_list(input, key),
        _ => {
            let found = input.fork().parse::<TokenTree>()?;
            let help = match (&found, kind) {
                // For the two common mix-ups, the message has the exact replacement.
                (TokenTree::Literal(literal), Kind::List) if input.peek(LitStr) => {
                    format!("`{key}` is a list of strings: write `{key} = [{literal}]`")
                }
                (TokenTree::Group(group), Kind::Text) if group.delimiter() == Delimiter::Bracket => {
                    format!("`{key}` is one string, not a list: write `{key} = \"…\"`")
                }
                _ => wanted(key, kind),
            };
            Err(syn::Error::new(found.span(), help))
        }
    }
}

fn parse_list(input: ParseStream<'_>, key: &Ident) -> syn::Result<Value> {
    let content;
    let bracket = bracketed!(content in input);
    let mut items = Vec::new();
    while !content.is_empty() {
        if !content.peek(LitStr) {
            return Err(content.error(format!("expected a string literal: {}", wanted(key, Kind::List))));
        }
        items.push(content.parse()?);
        if !content.is_empty() && !content.peek(Token![,]) {
            return Err(content.error("expected `,` between two strings"));
        }
        content.parse::<Option<Token![,]>>()?;
    }
    Ok(Value::List { span: bracket.span.join(), items })
}

fn end_of_value(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) { Ok(()) } else { Err(input.error("expected `,`")) }
}

fn wanted(key: &Ident, kind: Kind) -> String {
    // Macros run before constants have values, so only literals can work.
    match kind {
        Kind::Text => format!("`{key}` takes a string literal, as in `{key} = \"…\"`"),
        Kind::List => format!("`{key}` takes a list of string literals, as in `{key} = [\"…\"]`"),
        Kind::Flag => format!("`{key}` takes `true` or `false`"),
    }
}

fn unknown_key(key: &Ident) -> syn::Error {
    let names = KEYS.map(|(name, _)| name);
    let message = match suggestion::closest(&key.to_string(), names) {
        Some(name) => format!("unknown key `{key}`; did you mean `{name}`?"),
        None => format!("unknown key `{key}`; the keys are `{}`", names.join("`, `")),
    };
    syn::Error::new(key.span(), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> syn::Result<Declaration> {
        syn::parse_str(text)
    }

    fn errors(text: &str) -> Vec<String> {
        parse(text).err().expect(text).into_iter().map(|error| error.to_string()).collect()
    }

    #[test]
    fn a_full_declaration_becomes_a_spec() {
        let declaration = parse(
            r#"packages = ["six==1.17.0", r"rich"], imports = [], python = "src/python",
               cpu = "x86-64-v3", compression = "none","#,
        )
        .unwrap();
        assert_eq!(
            declaration.spec(),
            Some(json!({
                "packages": ["six==1.17.0", "rich"], "imports": [], "python": "src/python",
                "cpu": "x86-64-v3", "compression": "none",
            }))
        );
        assert_eq!(declaration.facade().to_string(), ":: eryx");
    }

    #[test]
    fn keys_of_two_words_have_dashes_for_the_plugin() {
        let declaration =
            parse(r#"prereleases = true, exclude_newer = "2026-01-31", find_links = ["wheels"]"#).unwrap();
        assert_eq!(
            declaration.spec(),
            Some(json!({"prereleases": true, "exclude-newer": "2026-01-31", "find-links": ["wheels"]}))
        );
        // Outside the compiler, every span is the same; this only checks that the field is found.
        declaration.span_of(Some("find-links"), Some(0));
        assert_eq!(errors(r#"prereleases = "yes""#), ["`prereleases` takes `true` or `false`"]);
        assert_eq!(errors("findlinks = []"), ["unknown key `findlinks`; did you mean `find_links`?"]);
    }

    #[test]
    fn an_empty_declaration_leaves_it_to_the_manifest() {
        assert_eq!(parse("").unwrap().spec(), None);
        let inner = parse("crate = ::eryx_rt").unwrap();
        assert_eq!(inner.spec(), None);
        assert_eq!(inner.facade().to_string(), ":: eryx_rt");
    }

    #[test]
    fn unknown_keys_come_with_a_suggestion() {
        assert_eq!(errors(r#"package = ["a"]"#), ["unknown key `package`; did you mean `packages`?"]);
        assert_eq!(
            errors(r#"wheels = "x""#),
            [
                "unknown key `wheels`; the keys are `name`, `packages`, `requirements`, `pyproject`, `extras`, `groups`, \
              `pylock`, `constraints`, `prereleases`, `exclude_newer`, `index_url`, `extra_index_urls`, `find_links`, \
              `imports`, `python`, `cpu`, `fuel`, `compression`, `stdlib`, `fuse`, \
              `build_wall_time`, `build_cpu_time`, `build_memory`"
            ]
        );
    }

    #[test]
    fn wrong_values_say_what_to_write() {
        assert_eq!(
            errors(r#"packages = "six""#),
            ["`packages` is a list of strings: write `packages = [\"six\"]`"]
        );
        assert_eq!(
            errors(r#"python = ["src"]"#),
            ["`python` is one string, not a list: write `python = \"…\"`"]
        );
        assert_eq!(errors("cpu = NATIVE"), ["`cpu` takes a string literal, as in `cpu = \"…\"`"]);
        assert_eq!(
            errors("imports = [six]"),
            [
                "expected a string literal: `imports` takes a list of string literals, as in `imports = [\"…\"]`"
            ]
        );
        assert_eq!(errors(r#"imports = ["a" "b"]"#), ["expected `,` between two strings"]);
        assert_eq!(
            errors("cpu ="),
            ["`cpu` has no value; `cpu` takes a string literal, as in `cpu = \"…\"`"]
        );
        assert_eq!(errors("cpu"), ["expected `=` after `cpu`"]);
        assert_eq!(errors(r#"cpu: "native""#), ["expected `=` after `cpu`"]);
        assert_eq!(errors(r#"cpu = "native" python = "src""#), ["expected `,`"]);
        assert_eq!(errors(r#""six""#), ["expected a key, as in `packages = [\"six==1.17.0\"]`"]);
    }

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let found = errors(r#"pakages = ["a"], imports = "b", cpu = "x", cpu = "y""#);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[2], "`cpu` is given twice");
    }
}
